"""Observe: what its answer has to be, and what may not be observed (LwM2M Core 1.1.1 §6.4.1)."""

import asyncio

from conformance.bindings.coap_datagrams import DeviceOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.formats import ContentFormat
from conformance.matching import ABSENT, PRESENT, code_class, covering, matches, unordered
from conformance.messages import Path, Register
from conformance.messages.codes import CHANGED, CONTENT, METHOD_NOT_ALLOWED, NOT_FOUND, UNAUTHORIZED
from conformance.roles import Device, variable
from conformance.roles.other_server import another_in_its_place
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Subject

STRUCTURED = [ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR]
OBSERVE = "LwM2M Core 1.1.1 §6.4.1"
CHANGING = "device & observe & (ixit.observable | ixit.writable_integer)"
PERIOD = 1


@testcase("REP-OBS-01", verifies=["HLF-028"], clause=OBSERVE, applies=CHANGING)
@vary(format=[ContentFormat.TEXT, ContentFormat.CBOR, *STRUCTURED])
async def test_resource_is_observed_in_a_format(device: Device, format: ContentFormat) -> None:
    """The answer to Observe of a Resource has its value in the format asked for, and an Observe option."""
    number = device.need_format(format)
    await device.registered()
    value = device.context.chance.randrange(1, 100)
    changing = await variable(device, value)
    observation = await device.observe(changing.path, number)
    observation.first.expect(code=CONTENT, observe=PRESENT, format=format, value=value)


@testcase("REP-OBS-02", verifies=["HLF-028", "HLF-033"], clause=OBSERVE, applies=CHANGING)
@vary(level=["object", "instance", "resource"])
async def test_answer_to_observe_is_that_of_a_read(device: Device, level: str) -> None:
    """Observe of an Object, an Instance and a Resource is answered as a Read is, with an Observe option.

    Other values than that which the tester set may change meanwhile.
    """
    await device.registered()
    changing = await variable(device, 20)
    target = changing.at(level)
    read = await device.read(target)
    read.require(code=CONTENT)
    observation = await device.observe(target)
    observation.first.expect(code=CONTENT, observe=PRESENT, paths=unordered(*read.paths))
    observation.first.expect(values=covering({str(changing.path): 20}))


@testcase(
    "REP-OBS-03",
    verifies=["HLF-028", "HLF-020"],
    clause=OBSERVE,
    applies="device & observe & lwm2m >= 1.1 & resource_instances & ixit.writable_multiple",
)
async def test_resource_instance_is_observed(device: Device) -> None:
    """Observe of a Resource Instance is answered with its value alone, and an Observe option."""
    await device.registered()
    whole = await device.read(device.ixit.writable_multiple)
    whole.require(code=CONTENT)
    path, value = next(iter(whole.values.items()))
    observation = await device.observe(path)
    observation.first.expect(code=CONTENT, observe=PRESENT, values={path: value})


@testcase(
    "REP-OBS-04",
    verifies=["HLF-032", "HLF-028"],
    clause=OBSERVE,
    applies="device & observe & update_trigger",
)
async def test_unreadable_resource_is_not_observed(device: Device) -> None:
    """Observe of a Resource that cannot be read is answered 4.05, and nobody is told anything later."""
    await device.registered()
    await device.control()
    server = device.server_object
    periodic = await device.write(server / 3, PERIOD)
    if periodic.code != CHANGED:
        periodic.note("there is no default maximum period that would make a wrong observer tell")
    observation = await device.observe(server / 8)
    observation.first.expect(code=METHOD_NOT_ALLOWED, tolerated={"code": code_class(4)})
    observation.first.expect(observe=ABSENT)
    await observation.none(PERIOD + device.ixit.timing_tolerance + device.ixit.quiet_time)


@testcase("REP-OBS-05", verifies=["HLF-020", "HLF-028"], clause="RFC 7641 §4.1", applies=CHANGING)
@vary(unknown=["object", "instance", "resource"])
async def test_unknown_target_is_not_observed(device: Device, unknown: str) -> None:
    """Observe of something that does not exist is answered 4.04, without an Observe option."""
    await device.registered()
    path = (await variable(device, 20)).path
    ids = {"object": (32100, 0, 0), "instance": (path[0], 32100, 0), "resource": (*path[:2], 32100)}
    observation = await device.observe(ids[unknown])
    observation.first.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})
    observation.first.expect(observe=ABSENT)


@testcase("REP-OBS-06", verifies=["HLF-031", "SEC-002"], clause=OBSERVE, applies="device & observe")
@vary(path=["/0", "/0/0", "/0/0/0"])
async def test_security_object_is_not_observed(device: Device, path: str) -> None:
    """Observe of the Security Object is answered 4.01, without an Observe option.

    LwM2M 1.0.1 forbids the access (Appendix E.1) without saying by which code.
    """
    await device.registered()
    await device.control()
    observation = await device.observe(path)
    permitted = code_class(4) if device.context.lwm2m == "1.0" else UNAUTHORIZED
    observation.first.expect(code=UNAUTHORIZED, tolerated={"code": permitted})
    observation.first.expect(observe=ABSENT)


@testcase(
    "REP-OBS-07",
    verifies=["HLF-028", "HLF-034"],
    clause="RFC 7641 §4.1",
    applies="device & observe & ixit.writable_integer & ixit.writable_string",
)
async def test_two_resources_are_observed_side_by_side(device: Device) -> None:
    """Two Resources are observed at once: each change is told to the observation of its own Resource."""
    await device.registered()
    number, text = device.writable("integer"), device.writable("string")
    for path, value in ((number, 20), (text, "first")):
        (await device.write(path, value)).require(code=CHANGED)
    of_number, of_text = await device.observe(number), await device.observe(text)
    for observation in (of_number, of_text):
        observation.first.require(code=CONTENT, observe=PRESENT)
    (await device.write(number, 30)).require(code=CHANGED)
    told = await of_number.next(name="of-number")
    told.expect(name="of-number", code=CONTENT, value=30)
    (await device.write(text, "second")).require(code=CHANGED)
    told = await of_text.next(name="of-text")
    told.expect(name="of-text", code=CONTENT, value="second")


@testcase("REP-OBS-08", verifies=["HLF-028", "HLF-033"], clause="RFC 7641 §4.1", applies=CHANGING)
@vary(upper=["object", "instance"])
async def test_overlapping_observations_are_both_told(device: Device, upper: str) -> None:
    """A change of a Resource is told to its observers and to those of its Instance or its Object."""
    await device.registered()
    changing = await variable(device, 20)
    above, below = await device.observe(changing.at(upper)), await device.observe(changing.path)
    for observation in (above, below):
        observation.first.require(code=CONTENT, observe=PRESENT)
    await changing.becomes(30)
    told = await below.next(name="resource")
    told.expect(name="resource", code=CONTENT, value=30)
    told = await above.next_with(changing.path, 30, name="upper")
    told.expect(name="upper", code=CONTENT, values=covering({str(changing.path): 30}))


@testcase("REP-OBS-09", verifies=["HLF-028"], clause="RFC 7641 §4.1", applies=CHANGING)
async def test_observe_again_renews_the_entry(device: Device) -> None:
    """Observe again, with the token that the observation has, adds no observer: a change is told once."""
    await device.registered()
    changing = await variable(device, 20)
    early = await device.observe(changing.path)
    early.first.require(code=CONTENT, observe=PRESENT)
    observation = await device.observe(changing.path, token=early.handle.token)
    observation.first.expect(code=CONTENT, observe=PRESENT)
    await changing.becomes(30)
    told = await observation.next()
    told.expect(code=CONTENT, value=30)
    await observation.none(name="second-notification")


@testcase("REP-OBS-10", verifies=["HLF-028", "HLF-014"], clause="LwM2M Core 1.1.1 §7.4", applies=CHANGING)
@vary(level=["instance", "resource"])
async def test_format_that_is_not_there_is_not_acceptable(device: Device, level: str) -> None:
    """Observe with an Accept that nothing can serve is answered 4.06, without an Observe option."""
    await device.registered()
    target = (await variable(device, 20)).at(level)
    observation = await device.observe(Path.of(target), accept=65_000)
    observation.first.expect(code="4.06", tolerated={"code": code_class(4)})
    observation.first.expect(observe=ABSENT)


@testcase(
    "REP-OBS-11", verifies=["HLF-028", "HLF-019"], clause=OBSERVE, applies="device & observe", fresh=True
)
async def test_observe_before_registration_is_ignored(device: Device) -> None:
    """Observe is ignored as long as the Register of a device is not answered, and served afterwards."""
    came: asyncio.Queue[Incoming] = asyncio.Queue()
    answer_now = asyncio.Event()

    async def hold(register: DeviceOperation, incoming: Incoming) -> Response | None:
        came.put_nowait(incoming)
        await answer_now.wait()
        return device.server.accept(register, incoming) if isinstance(register, Register) else None

    await device.registered()
    while await device.server.next((Register,), 0):
        pass
    device.server.script_next(Register, hold)
    await another_in_its_place(device)
    try:
        incoming = await asyncio.wait_for(came.get(), device.ixit.reaction_time)
    except TimeoutError:
        raise Inconclusive("preamble: no Register came after the reset") from None
    early = await device.endpoint.observe(incoming.remote, path=("3", "0"), limit=device.ixit.quiet_time)
    response = early.first.response
    answer_now.set()
    device.context.record.judge(
        "early-observe.outcome",
        "timeout",
        str(response.message.code) if response else early.first.outcome,
        subject=Subject("outcome", response.frame if response else None),
        what="the Observe ends with",
        tolerated=matches(r"reset|unreachable|[45]\.\d\d"),
    )
    await device.next(Register)
    observation = await device.observe("/3/0")
    observation.first.expect(code=CONTENT, observe=PRESENT)


@testcase(
    "REP-OBS-12",
    verifies=["HLF-028", "HLF-020"],
    clause="LwM2M Core 1.1.1 §6.4.1, §6.4.2",
    applies="device & observe & lwm2m >= 1.1 & resource_instances & ixit.writable_multiple",
)
async def test_change_of_a_resource_instance_is_told(device: Device) -> None:
    """A Resource Instance that is observed tells its own change, with its value alone."""
    await device.registered()
    whole = await device.read(device.ixit.writable_multiple)
    whole.require(code=CONTENT)
    texts = any(isinstance(value, str) for value in whole.values.values())
    first, second, third = ("first", "second", "third") if texts else (11, 22, 33)
    path = Path.of(device.ixit.writable_multiple) / 0
    written = await device.write(device.ixit.writable_multiple, {0: first, 1: second})
    written.require(code=CHANGED)
    observation = await device.observe(path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    (await device.write(path, third)).require(code=CHANGED)
    told = await observation.next()
    told.expect(code=CONTENT, observe=PRESENT, values={str(path): third})
