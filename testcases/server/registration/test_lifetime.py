"""The lifetime of a registration, as a server counts it (LwM2M Core 1.1.1 §6.2)."""

import asyncio

from conformance.clock import now
from conformance.matching import differs, excluding
from conformance.messages import Read
from conformance.messages.codes import BAD_REQUEST, CHANGED, CREATED, NOT_FOUND
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive

SHORTEST = 2
"""Seconds of the shortest lifetime that the cases use, where the SUT bears it."""
YEAR = 31_536_000


def short(server: Server) -> int:
    """A lifetime that is over soon."""
    return max(SHORTEST, server.ixit.shortest_lifetime)


def grace(server: Server) -> float:
    """Seconds after the end of a lifetime that the SUT has to drop the registration, which the case waits."""
    server.context.more_time(server.ixit.expiry_time)
    return server.ixit.expiry_time


@testcase(
    "SRG-EXP-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2",
    applies="server & event_expired",
    wait=10.0,
)
async def test_user_learns_that_a_registration_ran_out(server: Server) -> None:
    """When the lifetime is over, the user learns it, and an Update is answered 4.04."""
    device = await server.registered(lifetime=short(server))
    await server.event("expired", device.name, within=short(server) + grace(server))
    late = await device.update()
    late.expect(code=NOT_FOUND, tolerated={"code": BAD_REQUEST})


@testcase(
    "SRG-EXP-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2",
    applies="server & verb_read",
    wait=10.0,
)
async def test_nothing_is_asked_of_a_device_that_ran_out(server: Server) -> None:
    """A registration that ran out is gone: the user gets no answer, and no request reaches the device."""
    device = await server.registered(lifetime=short(server))
    await asyncio.sleep(short(server) + grace(server))
    device.forget()
    result = await server.read(device, "/3/0/1")
    result.expect(outcome=differs("response"))
    await device.none(Read)


@testcase(
    "SRG-EXP-03",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2",
    applies="server",
    wait=10.0,
)
@vary(lifetime=["kept", "longer"])
async def test_update_lets_a_registration_live_on(server: Server, lifetime: str) -> None:
    """An Update begins the lifetime anew, with its own value where it brings one."""
    seconds = 2 * short(server)
    device = await server.registered(lifetime=seconds)
    await asyncio.sleep(seconds / 2)
    renewed = now()
    (await device.update(lifetime=300 if lifetime == "longer" else None)).expect(code=CHANGED)
    await asyncio.sleep(seconds * (0.65 if lifetime == "kept" else 1.2))
    if lifetime == "kept" and now() - renewed > seconds * 0.9:
        raise Inconclusive("the tester was held up until the renewed lifetime was nearly over")
    (await device.update()).expect(name="later", code=CHANGED)


@testcase(
    "SRG-EXP-04",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2",
    applies="server",
)
@vary(lifetime=[86_400, 2_147_484, YEAR])
async def test_long_lifetime_does_not_run_out_at_once(server: Server, lifetime: int) -> None:
    """A registration for a day, for what 32 bits of milliseconds cannot count, or for a year, is kept."""
    device = await server.device()
    (await device.register(lifetime=lifetime)).expect(code=CREATED)
    await asyncio.sleep(server.ixit.quiet_time)
    (await device.update()).expect(code=CHANGED)
    if server.context.ics["event_registered"]:
        (await server.event("registered", device.name)).shows(lifetime=lifetime)


@testcase(
    "SRG-EXP-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2",
    applies="server & event_expired & verb_registrations",
    wait=10.0,
)
async def test_each_registration_has_its_own_lifetime(server: Server) -> None:
    """When the registration of one device runs out, that of another stays."""
    staying, ending = await server.registered(), await server.device()
    await ending.registered(lifetime=short(server))
    await server.event("expired", ending.name, within=short(server) + grace(server))
    kept = [each["endpoint"] for each in await server.registrations()]
    server.context.record.judge(
        "kept.names", excluding(ending.name), kept, what="registered names", source="live"
    )
    (await staying.update()).expect(code=CHANGED)
