"""Use case B.3, movable assets: what a device sends names the device, so that its source is known."""

import asyncio

from conformance.matching import PRESENT
from conformance.messages import Register, Update
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device, variable
from conformance.testcase import testcase
from conformance.verdicts import Subject

BIKES = 3
TRACED = "device & observe & (ixit.observable | ixit.writable_integer)"


@testcase(
    "UC-BIKE-01",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="device",
    fresh=True,
    devices=BIKES,
)
async def test_every_asset_registers_under_its_own_name(devices: list[Device]) -> None:
    """Three devices of one make register under three names, each under the name that it was given."""
    names = []
    for bike in devices:
        register = await bike.next(Register)
        register.expect(endpoint=bike.context.endpoint)
        names.append(register.message.endpoint)
    devices[0].context.record.judge(
        "endpoints.distinct", BIKES, len(set(names)), subject=Subject("names"), what="different names"
    )


@testcase(
    "UC-BIKE-02",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies="device & update_trigger",
    devices=BIKES,
)
async def test_every_asset_renews_its_own_registration(devices: list[Device]) -> None:
    """All devices are asked for a sign of life: each updates its own registration and nobody else's."""
    for bike in devices:
        await bike.registered()
    for bike in devices:
        (await bike.execute(bike.server_object / 8)).require(code=CHANGED)
    for bike in devices:
        update = await bike.next(Update)
        update.expect(location=bike.current.location)


@testcase(
    "UC-BIKE-03",
    verifies=["HLF-001", "HLF-017", "HLF-027", "HLF-028"],
    clause="LwM2M Core 1.1.1 §6.4.2; RFC 7641 §3.4",
    applies=TRACED,
    fresh=True,
    devices=BIKES,
)
async def test_what_is_traced_comes_from_its_source(devices: list[Device]) -> None:
    """Each device moves on its own: its reports carry its values, in order, under its token."""

    async def trace(bike: Device, start: int) -> None:
        await bike.registered()
        place = await variable(bike, start)
        reports = await bike.observe(place.path)
        reports.first.require(code=CONTENT, value=start, observe=PRESENT)
        for step in (1, 2, 3):
            await place.becomes(start + step)
            told = await reports.next(name=f"step-{step}")
            told.expect(name=f"step-{step}", value=start + step, newer=True)

    await asyncio.gather(*(trace(bike, 100 * number) for number, bike in enumerate(devices, 1)))
