"""Use case B.1, street lights: single lamps and groups of them are switched, and their state is known."""

import asyncio
from collections.abc import Sequence

from conformance.matching import PRESENT
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.testcase import testcase, vary

SWITCH = "boolean"
STREET = "device & ixit.writable_boolean"


async def dark(lamps: Sequence[Device]) -> Path:
    """Every lamp is registered and switched off; gives the Resource that switches one.

    Raises:
        Inconclusive: a lamp did not register, or refused to be switched.
    """
    switch = lamps[0].writable(SWITCH)
    for lamp in lamps:
        await lamp.registered()
        (await lamp.write(switch, False)).require(code=CHANGED)
    return switch


@testcase(
    "UC-LAMP-01",
    verifies=["HLF-001", "HLF-009", "HLF-027", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.3, §6.3.1",
    applies=STREET,
    devices=3,
)
@vary(chosen=[0, 1, 2])
async def test_one_lamp_of_a_street_is_switched(devices: list[Device], chosen: int) -> None:
    """One lamp is switched on: it says so, and the others of the street stay dark."""
    switch = await dark(devices)
    (await devices[chosen].write(switch, True)).expect(code=CHANGED)
    for number, lamp in enumerate(devices):
        state = await lamp.read(switch)
        state.expect(name="state", code=CONTENT, value=number == chosen)


@testcase(
    "UC-LAMP-02",
    verifies=["HLF-009", "HLF-027", "HLF-028", "HLF-036"],
    clause="LwM2M Core 1.1.1 §6.3.3, §6.4.2",
    applies=f"{STREET} & observe",
    devices=3,
)
async def test_group_of_lamps_is_switched_at_once(devices: list[Device]) -> None:
    """A group is switched on at once: every lamp acknowledges, reports its new state and keeps it."""
    switch = await dark(devices)
    observations = [await lamp.observe(switch) for lamp in devices]
    for observation in observations:
        observation.first.require(code=CONTENT, value=False, observe=PRESENT)
    answers = await asyncio.gather(*(lamp.write(switch, True) for lamp in devices))
    for answer, observation, lamp in zip(answers, observations, devices, strict=True):
        answer.expect(name="switched", code=CHANGED)
        (await observation.next(name="report")).expect(name="report", value=True)
        (await lamp.read(switch)).expect(name="state", code=CONTENT, value=True)


@testcase(
    "UC-LAMP-03",
    verifies=["HLF-001", "HLF-019", "HLF-036"],
    clause="LwM2M Core 1.1.1 §6.2.1, §6.3.3",
    applies=STREET,
    devices=3,
)
async def test_lamps_are_switched_to_and_fro_side_by_side(devices: list[Device]) -> None:
    """Each lamp follows its own orders while the others get theirs: no order is lost and none goes astray."""
    switch = await dark(devices)
    orders = [(True, False, True), (False, True, False), (True, True, False)]

    async def follow(lamp: Device, turns: Sequence[bool]) -> None:
        for turn, on in enumerate(turns, 1):
            (await lamp.write(switch, on)).expect(name=f"order-{turn}", code=CHANGED)
            (await lamp.read(switch)).expect(name=f"state-{turn}", code=CONTENT, value=on)

    await asyncio.gather(*(follow(lamp, turns) for lamp, turns in zip(devices, orders, strict=True)))
