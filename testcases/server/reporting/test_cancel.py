"""The end of an observation that the user wants (LwM2M Core 1.1.1 §6.4.3)."""

from conformance.matching import ABSENT
from conformance.messages import Observe
from conformance.messages.codes import CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

CLAUSE = "LwM2M Core 1.1.1 §6.4.3"
APPLIES = "server & verb_observe & verb_cancel"
TOLD = f"{APPLIES} & event_notify"
SENSOR = "/3303/0/5700"
BATTERY = "/3/0/9"


@testcase("SIR-CAN-01", verifies=["HLF-018"], clause=CLAUSE, applies=APPLIES, versions="each")
async def test_request_ends_an_observation(server: Server) -> None:
    """To cancel by a request is the GET of the Observe again, with Observe 1 and the same token."""
    device = await server.registered()
    (await server.observe(device, SENSOR)).require(outcome="response", code=CONTENT)
    first = await device.next(Observe, at=SENSOR)
    result = await server.cancel(device, SENSOR)
    last = await device.next(Observe, at=SENSOR, name="cancel")
    last.expect(name="cancel", observe=1, path=SENSOR, token=first.token, confirmable=True)
    last.expect(name="cancel-options", accept=first.accept, query=first.query, clause="RFC 7641 §3.6")
    result.expect(outcome="response", code=CONTENT, tolerated={"code": ABSENT})


@testcase("SIR-CAN-02", verifies=["HLF-018"], clause="RFC 7641 §3.5, §3.6", applies=TOLD)
async def test_cancelled_observation_tells_nothing(server: Server) -> None:
    """What arrives under the token after a cancellation by a request is neither acknowledged nor told."""
    device = await server.observing(SENSOR)
    seen = device.observed(SENSOR)
    (await server.cancel(device, SENSOR)).require(outcome="response")
    device.set(SENSOR, 24.25)
    (await device.tell(seen)).expect_rejected(level=Level.SHOULD)
    await server.no_event("notify", device.name, level=Level.SHOULD)


@testcase("SIR-CAN-03", verifies=["HLF-018"], clause="LwM2M Transport 1.1.1 §6.4.5", applies=TOLD)
@vary(confirmable=[True, False])
async def test_reset_ends_an_observation(server: Server, confirmable: bool) -> None:
    """To cancel by a Reset sends no request: the next notification is reset, and not told."""
    device = await server.observing(SENSOR)
    (await server.cancel(device, SENSOR, how="passive")).require(outcome="response")
    await device.none(Observe, at=SENSOR)
    notified = await device.notify(SENSOR, 24.25, confirmable=confirmable)
    if confirmable:
        notified.expect_rejected()
    elif not await device.is_reset(notified, server.ixit.quiet_time):
        notified.note("non-confirmable, it was not reset, which RFC 7641 §3.5 leaves to the client")
    await server.no_event("notify", device.name)


@testcase("SIR-CAN-04", verifies=["HLF-018"], clause=CLAUSE, applies=TOLD)
@vary(how=["active", "passive"])
async def test_other_observation_goes_on(server: Server, how: str) -> None:
    """When one of two observations was cancelled, the user is still told of the other."""
    device = await server.observing(SENSOR)
    (await server.observe(device, BATTERY)).require(outcome="response", code=CONTENT)
    (await server.cancel(device, SENSOR, how=how)).require(outcome="response")
    await device.notify(BATTERY, 12)
    await server.told(device, path=BATTERY, value=12)


@testcase("SIR-CAN-05", verifies=["HLF-018"], clause=CLAUSE, applies=TOLD)
@vary(how=["active", "passive"])
async def test_cancelled_path_can_be_observed_again(server: Server, how: str) -> None:
    """A path whose observation was cancelled can be observed again, and its notifications are told."""
    device = await server.observing(SENSOR)
    (await server.cancel(device, SENSOR, how=how)).require(outcome="response")
    device.forget()
    device.observations.clear()
    (await server.observe(device, SENSOR)).expect(outcome="response", code=CONTENT)
    (await device.next(Observe, at=SENSOR)).expect(observe=0, path=SENSOR)
    await device.notify(SENSOR, 24.25)
    await server.told(device, value=24.25)
