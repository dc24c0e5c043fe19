"""Send and Mute Send (LwM2M Core 1.1.1 §6.4.6, E.2)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from conformance.coap.codes import Code
from conformance.formats import ContentFormat, Value
from conformance.formats.errors import MalformedPayload
from conformance.matching import containing, covering, one_of
from conformance.messages import Deregister, Path, Register, Send
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.content import values_of
from conformance.roles import Arrival, Device
from conformance.roles.expectation import UnreadableError
from conformance.sut.adapter import VerbFailedError
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable, Subject

SEND = "LwM2M Core 1.1.1 §6.4.6"
APPLIES = "device & lwm2m >= 1.1 & send & ixit.observable"
MUTE = 23


async def sent(device: Device, paths: Sequence[object], name: str = "send") -> Arrival[Send]:
    """Make the device send what is at the paths, and expect it.

    Send is off where Mute Send is true or absent (LwM2M Core 1.1.1 §E.2).

    Raises:
        NotApplicable: nothing is sent, by a device that does not let Mute Send be written.
        CheckFailed: nothing is sent, with Mute Send false.
    """
    unmuted = await device.write(device.server_object / MUTE, False)
    await device.trigger("send", paths=[str(path) for path in paths])
    if unmuted.code == CHANGED:
        return await device.next(Send, name=name)
    found = await device.server.next((Send,), device.ixit.reaction_time)
    if found is None or not isinstance(found[0], Send):
        raise NotApplicable(f"the SUT sends nothing, and does not take /1/x/{MUTE}: {unmuted.code}")
    return Arrival(device.context.record, found[0], found[1])


def expect_values(device: Device, arrival: Arrival[Send], expectation: object) -> Mapping[str, Value | None]:
    """Check the values that a Send carries, by path, and return them."""
    payload = arrival.message
    permitted = (*SENML, ContentFormat.LWM2M_CBOR) if device.context.lwm2m >= "1.2" else SENML
    arrival.expect(content_format=one_of(*(int(number) for number in permitted)))
    try:
        values = values_of(payload.payload, payload.content_format or 0, Path(), device.context.type_of)
    except MalformedPayload as problem:
        raise UnreadableError(f"malformed payload: {problem}") from None
    subject = Subject("send.values", arrival.frame)
    device.context.record.judge("send.values", expectation, values, subject=subject, what="Send with values")
    return values


SENML = (ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR)


async def muted(device: Device, mute: bool) -> None:
    """Write Mute Send; not applicable where that cannot be written."""
    answer = await device.write(device.server_object / MUTE, mute)
    if answer.code != CHANGED:
        raise NotApplicable(f"the SUT does not let /1/x/{MUTE} be written: {answer.code}")


@testcase("REP-SEND-01", verifies=["HLF-017"], clause=SEND, ets="int-311", applies=APPLIES)
async def test_resource_is_sent(device: Device) -> None:
    """A Send is a confirmable POST to /dp that has the value in SenML with its path."""
    await device.registered()
    path = Path.of(device.ixit.observable)
    await device.trigger("set", path=str(path), value=30)
    arrival = await sent(device, [path])
    arrival.expect(confirmable=True, clause="LwM2M Transport 1.1.1 §6.4")
    expect_values(device, arrival, {str(path): 30})


@testcase("REP-SEND-02", verifies=["HLF-017", "HLF-035"], clause=SEND, ets="int-311", applies=APPLIES)
async def test_several_resources_are_sent_together(device: Device) -> None:
    """One Send carries the values of several Resources."""
    await device.registered()
    lifetime, path = device.server_object / 1, Path.of(device.ixit.observable)
    await device.trigger("set", path=str(path), value=30)
    arrival = await sent(device, [path, lifetime])
    expect_values(device, arrival, covering({str(path): 30, str(lifetime): device.lifetime}))


@testcase("REP-SEND-03", verifies=["HLF-017", "HLF-033"], clause=SEND, ets="int-306", applies=APPLIES)
async def test_whole_instance_is_sent(device: Device) -> None:
    """A Send of an Instance carries the Resources that a Read of it gives, each with its value of then."""
    await device.registered()
    path = Path.of(device.ixit.observable)
    await device.trigger("set", path=str(path), value=30)
    read = await device.read(path.parent)
    read.require(code=CONTENT)
    arrival = await sent(device, [path.parent])
    carried = expect_values(device, arrival, covering({str(path): 30}))
    subject = Subject("send.values", arrival.frame)
    device.context.record.judge(
        "send.paths", containing(*read.paths), list(carried), subject=subject, what="Send of"
    )


@testcase("REP-SEND-04", verifies=["HLF-017"], clause="LwM2M Core 1.1.1 §E.2", ets="int-307", applies=APPLIES)
async def test_mute_send_silences(device: Device) -> None:
    """With Mute Send true nothing is sent, and with false it is again."""
    await device.registered()
    path = Path.of(device.ixit.observable)
    await muted(device, True)
    with suppress(VerbFailedError):
        await device.trigger("send", paths=[str(path)])
    await device.none(Send, name="muted")
    await muted(device, False)
    await sent(device, [path], name="unmuted")


@testcase("REP-SEND-05", verifies=["HLF-017", "HLF-031", "SEC-002"], clause=SEND, applies=APPLIES)
async def test_what_is_not_registered_is_not_sent(device: Device) -> None:
    """The Security Object, which no device registers, is in no Send."""
    await device.registered()
    await device.write(device.server_object / MUTE, False)
    await device.control()
    for path in ("/0/0/0", "/0/0", "/0"):
        with suppress(VerbFailedError):
            await device.trigger("send", paths=[path])
    found = await device.server.next((Send,), device.ixit.quiet_time)
    uri = f"{device.endpoint.local[0]}:{device.endpoint.local[1]}".encode()
    told = found is not None and isinstance(found[0], Send) and uri in found[0].payload
    subject = Subject("send.payload", found[1].frame if found else None)
    device.context.record.judge("send.secrets", False, told, subject=subject, what="the server URI is sent:")


@testcase("REP-SEND-06", verifies=["HLF-017"], clause=SEND, applies=APPLIES)
@vary(code=[Code.BAD_REQUEST, Code.NOT_FOUND])
async def test_refused_send_has_no_consequence(device: Device, code: Code) -> None:
    """A device whose Send was answered by an error sends again when it has to.

    That it registers again is noted: 4.04 tells it that what it sent is not registered.
    """
    await device.registered()
    path = Path.of(device.ixit.observable)
    while await device.server.next((Register,), 0):
        pass
    device.server.answer_next(Send, code)
    await sent(device, [path], name="refused")
    again = await device.server.next((Register,), device.ixit.quiet_time)
    if again is not None:
        device.context.record.note("it registers again after the refusal", frame=again[1].frame)
    await device.trigger("set", path=str(path), value=31)
    while await device.server.next((Send,), 0):
        pass
    arrival = await sent(device, [path], name="later")
    expect_values(device, arrival, {str(path): 31})


@testcase(
    "REP-SEND-07",
    verifies=["HLF-017", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.3, §6.4.6",
    applies=f"{APPLIES} & deregister",
    final_control=False,
)
async def test_nothing_is_sent_without_a_registration(device: Device) -> None:
    """A device that has de-registered sends nothing, whatever makes it send otherwise."""
    await device.registered()
    await device.control()
    path = Path.of(device.ixit.observable)
    await sent(device, [path], name="registered")
    await device.trigger("deregister")
    await device.next(Deregister)
    for name in ("farewell", "send"):
        found = await device.server.next((Send,), device.ixit.quiet_time)
        subject = Subject("operation", found[1].frame if found else None)
        sent_now = "Send" if found else None
        device.context.record.judge(f"{name}.absent", None, sent_now, subject=subject, what="sent")
        if name == "farewell":
            with suppress(VerbFailedError):
                await device.trigger("send", paths=[str(path)])
