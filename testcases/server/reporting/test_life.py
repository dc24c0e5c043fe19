"""How long observations last: as long as the registration (LwM2M Core 1.1.1 §6.2, §6.4.1)."""

from conformance.messages.codes import CHANGED, DELETED
from conformance.roles.server import Server
from conformance.testcase import testcase
from conformance.verdicts import Inconclusive, Level

APPLIES = "server & verb_observe & event_notify"
CLAUSE = "LwM2M Core 1.1.1 §6.4.1"
SENSOR = "/3303/0/5700"


@testcase("SIR-LIF-01", verifies=["HLF-017", "HLF-019"], clause=CLAUSE, applies=APPLIES)
async def test_update_keeps_an_observation(server: Server) -> None:
    """After an Update with a new lifetime the notifications are told as before."""
    device = await server.observing(SENSOR)
    (await device.update(lifetime=600)).require(code=CHANGED)
    await device.notify(SENSOR, 24.25)
    await server.told(device, value=24.25)


@testcase("SIR-LIF-02", verifies=["HLF-017", "HLF-019"], clause=CLAUSE, applies=APPLIES)
async def test_new_register_ends_an_observation(server: Server) -> None:
    """After a new Register the token of an earlier observation is unknown, and nothing under it is told."""
    device = await server.observing(SENSOR)
    seen = device.observed(SENSOR)
    device.observations.clear()
    await device.registered()
    renewed = seen.token in {each.token for each in device.observations.values()}
    if renewed:
        raise Inconclusive("the server observes anew under the token that it had")
    device.set(SENSOR, 24.25)
    (await device.tell(seen)).expect_rejected(level=Level.SHOULD)
    await server.no_event("notify", device.name, level=Level.SHOULD)


@testcase(
    "SIR-LIF-03",
    verifies=["HLF-017", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2",
    applies=f"{APPLIES} & event_expired",
    wait=5.0,
)
async def test_observation_ends_with_the_lifetime(server: Server) -> None:
    """When a registration has run out, the token of its observation is unknown and nothing is told."""
    lifetime = max(1, round(server.ixit.shortest_lifetime))
    device = await server.device()
    await device.registered(lifetime=lifetime)
    (await server.observe(device, SENSOR)).require(outcome="response")
    seen = device.observed(SENSOR)
    within = lifetime + server.ixit.reaction_time
    if await server.hears("expired", device.name, within) is None:
        raise Inconclusive(
            f"preamble: no event expired {within:.0f} s after a lifetime of {lifetime} s began"
        )
    device.set(SENSOR, 24.25)
    (await device.tell(seen)).expect_rejected()
    await server.no_event("notify", device.name)


@testcase("SIR-LIF-04", verifies=["HLF-017", "HLF-019"], clause="LwM2M Core 1.1.1 §6.2.3", applies=APPLIES)
async def test_nothing_is_told_of_a_device_that_left(server: Server) -> None:
    """A notification that follows a De-register is not told to the user."""
    device = await server.observing(SENSOR)
    seen = device.observed(SENSOR)
    (await device.deregister()).require(code=DELETED)
    device.set(SENSOR, 24.25)
    late = await device.tell(seen)
    late.note(f"after the De-register it was answered: {late.outcome}", ambiguity="Q21")
    await server.no_event("notify", device.name, level=Level.SHOULD)
