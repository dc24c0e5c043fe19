"""Messages that are protected one by one, without a session (RFC 8613, LwM2M Transport 1.1.1 §5.4)."""

from collections.abc import Callable

from conformance.coap.codec import encode
from conformance.coap.codes import Code
from conformance.coap.message import Message
from conformance.matching import matches, one_of
from conformance.messages import Path
from conformance.messages.codes import (
    BAD_REQUEST,
    CHANGED,
    CONTENT,
    CREATED,
    DELETED,
    UNAUTHORIZED,
)
from conformance.oscore.carrier import Envelope
from conformance.roles.device_crafted import location_message, register_message
from conformance.roles.envelopes import TAG
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import OSCORE, testcase, vary
from testcases.server.security.test_identity import expect_name_refused

MODEL, REBOOT, OBSERVED = Path(3, 0, 1), Path(3, 0, 4), Path(3, 0, 9)
TIME_ZONE = Path(3, 0, 15)
LIFETIME = 4711
UNDERWAY: dict[str, Callable[[Message, Envelope], Envelope]] = {
    "clear": lambda message, envelope: envelope.altered(encode(message)),
    "changed": lambda _message, envelope: envelope.altered(
        envelope.datagram[:-1] + bytes([envelope.datagram[-1] ^ 1])
    ),
}


@testcase(
    "SSEC-OSC-01",
    verifies=["SEC-001", "SEC-002", "SEC-003", "HLF-038"],
    clause="LwM2M Transport 1.1.1 §5.4",
    applies="server & verb_read & verb_write & verb_execute & lwm2m >= 1.1",
    security=(OSCORE,),
)
async def test_a_device_is_registered_and_managed_under_oscore(server: Server) -> None:
    """A device registers with its first message under the context that the server was given, and is read,
    written and executed under it."""
    device = await server.device()
    answer = await device.register()
    device.oscore.need_fixed_context()
    answer.expect(code=CREATED)
    await server.knows(device)
    device.set(MODEL, "within an envelope")
    (await server.read(device, MODEL)).expect(outcome="response", code=CONTENT, value="within an envelope")
    (await server.write(device, TIME_ZONE, "Europe/Paris")).expect(outcome="response", code=CHANGED)
    device.expect_holds(TIME_ZONE, "Europe/Paris")
    (await server.execute(device, REBOOT)).expect(outcome="response", code=CHANGED)
    device.oscore.expect_no_incident()


@testcase(
    "SSEC-OSC-02",
    verifies=["SEC-002", "SEC-003"],
    clause="RFC 8613 §8.4",
    applies="server & verb_observe & event_notify & lwm2m >= 1.1",
    security=(OSCORE,),
)
@vary(underway=list(UNDERWAY))
async def test_only_protected_notifications_count(server: Server, underway: str) -> None:
    """A notification under OSCORE reaches the user; one of which the protection was taken off, or changed,
    on its way does not."""
    device = await server.observing(OBSERVED)
    await device.notify(OBSERVED, 30)
    await server.told(device, "first", path=str(OBSERVED), value=one_of(30, "30"))
    with device.oscore.altering(UNDERWAY[underway]):
        await device.notify(OBSERVED, 13, confirmable=False)
    await server.no_event("notify", device.name, check=underway)
    await device.notify(OBSERVED, 31)
    await server.told(device, "last", path=str(OBSERVED), value=one_of(31, "31"))
    device.oscore.expect_no_incident()


@testcase(
    "SSEC-OSC-03",
    verifies=["SEC-004"],
    clause="RFC 8613 §7.4",
    applies="server & lwm2m >= 1.1",
    security=(OSCORE,),
)
async def test_a_replayed_register_registers_nobody(server: Server) -> None:
    """The Register of a device that has left, recorded and sent again, does not bring it back."""
    device = await server.device()
    with device.oscore.recording() as recorded:
        await device.registered(lifetime=LIFETIME)
    await server.hears("registered", device.name, 0)
    (await device.deregister()).expect(code=DELETED)
    await _replayed(device, recorded[-1])
    await _expect_nobody(server, device)


@testcase(
    "SSEC-OSC-04",
    verifies=["SEC-004"],
    clause="RFC 8613 §7.4",
    applies="server & lwm2m >= 1.1",
    security=(OSCORE,),
)
async def test_a_replayed_update_changes_nothing(server: Server) -> None:
    """An Update that was recorded and is sent again after another changes nothing of the registration."""
    device = await server.registered(lifetime=300)
    with device.oscore.recording() as recorded:
        (await device.update(lifetime=60)).expect(name="first", code=CHANGED)
    (await device.update(lifetime=LIFETIME)).expect(name="second", code=CHANGED)
    await server.knows_update(device)
    await _replayed(device, recorded[-1])
    await _expect_kept(server, device)


@testcase(
    "SSEC-OSC-05",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 8613 §8.2",
    applies="server & lwm2m >= 1.1",
    security=(OSCORE,),
)
@vary(context=["unknown", "wrong_key", "anothers_id"])
async def test_a_register_under_another_context_registers_nobody(server: Server, context: str) -> None:
    """A Register with a Sender ID that the server does not know, made without the Master Secret, or with the
    Sender ID of another device is refused; the device itself is registered afterwards."""
    other = await server.registered()
    device = await server.device(admitted=context != "unknown")
    message = register_message(device)
    envelope = device.oscore.seal(message)
    if context == "wrong_key":
        envelope = device.oscore.seal_with_other_secret(message)
    elif context == "anothers_id":
        envelope = device.oscore.with_other_kid(envelope, other.oscore.parameters.sender_id)
    answer = await device.oscore.sent(envelope, message, "foreign")
    device.oscore.expect_refused(answer, "foreign", UNAUTHORIZED if context == "unknown" else BAD_REQUEST)
    if context == "unknown":
        await device.oscore.admit()
    await _expect_nobody(server, device)
    (await other.update()).expect(name="other", code=CHANGED)


@testcase(
    "SSEC-OSC-06",
    verifies=["SEC-002"],
    clause="RFC 8613 §8.2",
    applies="server & lwm2m >= 1.1",
    security=(OSCORE,),
)
@vary(where=["tag", "payload"])
async def test_a_register_with_a_changed_byte_registers_nobody(server: Server, where: str) -> None:
    """A Register of which one bit was turned on its way, in the tag or in the ciphertext, is refused."""
    device = await server.device()
    message = register_message(device)
    place = TAG + 1 if where == "payload" else 1
    changed = device.oscore.with_changed_byte(device.oscore.seal(message), place)
    answer = await device.oscore.sent(changed, message, "changed")
    device.oscore.expect_refused(answer, "changed", BAD_REQUEST)
    await _expect_nobody(server, device)


@testcase(
    "SSEC-OSC-07",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.4",
    applies="server & lwm2m >= 1.1",
    security=(OSCORE,),
)
async def test_a_register_without_oscore_registers_nobody(server: Server) -> None:
    """A device of which the server knows that it speaks under OSCORE is not registered without."""
    device = await server.device()
    message = register_message(device)
    answer = await device.oscore.sent(device.oscore.bare(message), message, "bare")
    device.oscore.expect_refused(answer, "bare", UNAUTHORIZED)
    await _expect_nobody(server, device)


@testcase(
    "SSEC-OSC-08",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.4",
    applies="server & lwm2m >= 1.1",
    security=(OSCORE,),
)
@vary(operation=["update", "deregister"])
async def test_a_registration_is_not_changed_without_oscore(server: Server, operation: str) -> None:
    """An Update or De-register without OSCORE of a registration that was made under it is refused."""
    device = await server.registered(lifetime=LIFETIME)
    method = Code.POST if operation == "update" else Code.DELETE
    message = location_message(device, method)
    answer = await device.oscore.sent(device.oscore.bare(message), message, "bare")
    device.oscore.expect_refused(answer, "bare", UNAUTHORIZED)
    await _expect_kept(server, device)


@testcase(
    "SSEC-OSC-09",
    verifies=["SEC-001", "HLF-001"],
    clause="LwM2M Transport 1.1.1 §5.4",
    applies="server & lwm2m >= 1.1",
    security=(OSCORE,),
)
async def test_a_context_stands_for_one_name(server: Server) -> None:
    """A Register with the name of another device, under a good context, is answered 4.00, and takes nothing
    from that device."""
    await expect_name_refused(server)


@testcase(
    "SSEC-OSC-10",
    verifies=["SEC-001", "HLF-019"],
    clause="LwM2M Transport 1.1.1 §5.4",
    applies="server & lwm2m >= 1.1",
    security=(OSCORE,),
)
@vary(operation=["update", "deregister"])
async def test_nobody_changes_the_registration_of_another_context(server: Server, operation: str) -> None:
    """An Update or De-register of another device's registration, under a good context, is refused."""
    victim = await server.registered(lifetime=LIFETIME)
    intruder = await server.registered()
    if operation == "update":
        answer = await intruder.update(lifetime=60, location=victim.here)
    else:
        answer = await intruder.deregister(location=victim.here)
    answer.expect(name="intruder", code=matches(r"4\.\d\d"))
    await _expect_kept(server, victim)


async def _replayed(device: TesterDevice, recorded: Envelope) -> None:
    """Send a recorded request again, as a new one for CoAP, and expect that it is refused."""
    message = register_message(device)
    answer = await device.oscore.sent(device.oscore.again(recorded, message), message, "replay")
    device.oscore.expect_refused(answer, "replay", UNAUTHORIZED)


async def _expect_nobody(server: Server, device: TesterDevice) -> None:
    """The device was not registered, and is as soon as it registers rightly."""
    if server.context.ics["event_registered"]:
        await server.no_event("registered", device.name)
    (await device.register()).expect(name="right", code=CREATED)


async def _expect_kept(server: Server, device: TesterDevice) -> None:
    """The registration has the lifetime that the device gave it last, and can be updated."""
    if server.context.ics["verb_registrations"]:
        kept = [each for each in await server.registrations() if each["endpoint"] == device.name]
        lifetimes = [each.get("lifetime", LIFETIME) for each in kept]
        server.context.record.judge(
            "kept.lifetime", [LIFETIME], lifetimes, what="lifetime of the registration", source="live"
        )
    (await device.update()).expect(name="intact", code=CHANGED)
