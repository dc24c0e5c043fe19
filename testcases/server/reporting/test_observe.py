"""Observe: what a server asks for, and what its user gets (LwM2M Core 1.1.1 §6.4.1)."""

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Code
from conformance.matching import covering, differs
from conformance.messages import Observe, Path
from conformance.messages.codes import CONTENT, METHOD_NOT_ALLOWED
from conformance.roles.device_reporting import Observed
from conformance.roles.server import Server
from conformance.testcase import testcase
from conformance.verdicts import Level, Subject

CLAUSE = "LwM2M Core 1.1.1 §6.4.1"
APPLIES = "server & verb_observe"
TOLD = "server & verb_observe & event_notify"
SENSOR = "/3303/0/5700"
BATTERY = "/3/0/9"


@testcase("SIR-OBS-01", verifies=["HLF-016", "HLF-017"], clause=CLAUSE, applies=APPLIES, versions="each")
async def test_observe_goes_out_and_gives_the_first_value(server: Server) -> None:
    """An Observe goes out as a confirmable GET with Observe 0, and the user gets the value answered."""
    device = await server.registered()
    device.set(SENSOR, 24.25)
    result = await server.observe(device, SENSOR)
    request = await device.next(Observe, at=SENSOR)
    request.expect(path=SENSOR, method="0.01", observe=0, confirmable=True, payload=b"")
    result.expect(outcome="response", value=24.25)


@testcase("SIR-OBS-02", verifies=["HLF-017"], clause="LwM2M Transport 1.1.1 §6.7", applies=APPLIES)
async def test_refusal_reaches_the_user(server: Server) -> None:
    """The user learns that an Observe was answered 4.05."""
    device = await server.registered()
    device.answer_next(Observe, Code.METHOD_NOT_ALLOWED, at=SENSOR)
    result = await server.observe(device, SENSOR)
    result.expect(outcome="response", code=METHOD_NOT_ALLOWED)


@testcase("SIR-OBS-03", verifies=["HLF-017"], clause="RFC 7641 §3.1, §3.5", applies=APPLIES)
async def test_answer_without_observe_makes_no_observation(server: Server) -> None:
    """The user hears of an Observe that was answered without the option, and its token should be forgotten.

    What the user hears, the value or that nothing is observed, is left open.
    """
    device = await server.registered()
    device.set(SENSOR, 24.25)

    async def decline(operation: ServerOperation, incoming: Incoming) -> Response:
        return device.right.to(operation)

    device.script_next(Observe, decline, at=SENSOR)
    result = await server.observe(device, SENSOR)
    request = await device.next(Observe, at=SENSOR)
    result.expect(outcome=differs("unanswered"), level=Level.SHOULD)
    late = await device.tell(Observed.asked(request.message, request.incoming))
    late.expect_rejected(level=Level.SHOULD)


@testcase("SIR-OBS-04", verifies=["HLF-017", "HLF-033"], clause=CLAUSE, applies=TOLD)
async def test_whole_instance_is_observed(server: Server) -> None:
    """Of an observed Instance the user gets all values, first and in each notification."""
    device = await server.registered()
    device.set("/3303/0/5700", 24.25)
    result = await server.observe(device, "/3303/0")
    result.expect(outcome="response", values=covering({"5700": 24.25, "5701": "Cel"}))
    device.set("/3303/0/5700", 24.75)
    await device.notify("/3303/0")
    await server.told(device, values=covering({"5700": 24.75, "5701": "Cel"}))


@testcase("SIR-OBS-05", verifies=["HLF-017", "HLF-033"], clause=CLAUSE, applies=TOLD)
async def test_all_instances_of_an_object_are_observed(server: Server) -> None:
    """Of an observed Object the user gets the values of every Instance, first and in each notification."""
    device = await server.device()
    device.set("/3303/2/5700", 11.5)
    await device.registered()
    sensor = {"5700": 21.5, "5701": "Cel"}
    result = await server.observe(device, "/3303")
    result.expect(outcome="response", values={"0": sensor, "2": {"5700": 11.5}})
    device.set("/3303/2/5700", 12.75)
    await device.notify("/3303")
    await server.told(device, values={"0": sensor, "2": {"5700": 12.75}})


@testcase("SIR-OBS-06", verifies=["HLF-017"], clause="RFC 7641 §3.1", applies=TOLD)
async def test_observations_are_told_apart(server: Server) -> None:
    """What is told of one of two observed Resources reaches the user under its own path."""
    device = await server.observing(SENSOR)
    (await server.observe(device, BATTERY)).require(outcome="response", code=CONTENT)
    await device.notify(BATTERY, 12)
    await server.told(device, "battery", path=BATTERY, value=12)
    await device.notify(SENSOR, 24.25)
    await server.told(device, "sensor", path=SENSOR, value=24.25)


@testcase("SIR-OBS-07", verifies=["HLF-017"], clause="RFC 7641 §3.1", applies=TOLD)
async def test_second_observe_leaves_one_observation(server: Server) -> None:
    """Who has a path observed twice is told of each change once: the server lets go of its first token."""
    device = await server.observing(SENSOR)
    await server.observe(device, SENSOR)
    *earlier, last = [each for each in device.observations.values() if each.path == Path.of(SENSOR)]
    device.set(SENSOR, 24.25)
    outcomes = [(await device.tell(each)).outcome for each in earlier]
    subject = Subject("notified.outcome")
    record = server.context.record
    record.judge("earlier.kept", 0, outcomes.count("acknowledged"), subject=subject, level=Level.SHOULD)
    await device.tell(last)
    await server.told(device, value=24.25)


@testcase("SIR-OBS-08", verifies=["HLF-017", "HLF-001"], clause="RFC 7641 §3.1", applies=TOLD)
async def test_devices_are_told_apart(server: Server) -> None:
    """The same path observed on two devices: the user learns which of them told what."""
    one, other = await server.observing(SENSOR), await server.observing(SENSOR)
    await one.notify(SENSOR, 24.25)
    await server.told(one, "one", value=24.25)
    await other.notify(SENSOR, 25.75)
    await server.told(other, "other", value=25.75)
    await server.no_event("notify", one.name)
