"""Use case B.4, movable assets: a car is found, stopped, lent, and goes over to another service provider."""

import asyncio

from conformance.matching import PRESENT, between
from conformance.messages import Deregister, Path, Register, Update
from conformance.messages.codes import (
    CHANGED,
    CONTENT,
    DELETED,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAUTHORIZED,
)
from conformance.messages.content import Values
from conformance.roles import Device, variable
from conformance.roles.several_servers import ALL, Access, Rights, provisioned
from conformance.testcase import testcase
from conformance.verdicts import NotApplicable, Subject

ALARM = "device & observe & (ixit.observable | ixit.writable_integer)"
CLAUSE = "LwM2M Core 1.1.1 §6.3.1, §6.3.3"
LATITUDE, LONGITUDE = Path(6, 0, 0), Path(6, 0, 1)
ENTRIES, BOOTSTRAP_TRIGGER = 2, 9
QUIET, LOUD = 20, 90
BREAK = 1.0
"""Seconds without a network."""


@testcase(
    "UC-CAR-01",
    verifies=["HLF-009", "HLF-017", "HLF-027", "HLF-034"],
    clause=f"{CLAUSE}, §6.4.2",
    applies=f"{ALARM} & ixit.writable_boolean & object(6)",
)
async def test_stolen_car_is_found_and_stopped(device: Device) -> None:
    """The alarm of a car reaches the server, which asks where the car is and shuts its engine off."""
    await device.registered()
    engine = device.writable("boolean")
    (await device.write(engine, True)).require(code=CHANGED)
    alarm = await variable(device, QUIET)
    alarms = await device.observe(alarm.path)
    alarms.first.require(code=CONTENT, observe=PRESENT)
    await alarm.becomes(LOUD)
    (await alarms.next(name="alarm")).expect(name="alarm", value=LOUD)
    for name, path, limit in (("latitude", LATITUDE, 90), ("longitude", LONGITUDE, 180)):
        (await device.read(path)).expect(name=name, code=CONTENT, value=between(-limit, limit))
    (await device.write(engine, False)).expect(name="stop", code=CHANGED)
    (await device.read(engine)).expect(name="engine", code=CONTENT, value=False)


@testcase(
    "UC-CAR-02",
    verifies=["HLF-010", "HLF-027", "HLF-041"],
    clause="LwM2M Core 1.1.1 §6.2",
    applies="device & ixit.writable_boolean",
    wait=BREAK,
)
async def test_car_is_served_again_after_the_network_was_lost(device: Device) -> None:
    """A car whose network went away is reachable again afterwards, with everything that was set before."""
    await device.registered()
    engine = device.writable("boolean")
    before = await device.read(engine)
    before.require(code=CONTENT)
    (await device.write(engine, not before.value)).require(code=CHANGED)
    await device.trigger("offline", seconds=BREAK)
    await asyncio.sleep(BREAK + device.ixit.timing_tolerance)
    while await device.server.next((Update, Register), 0):
        pass
    await device.trigger("update")
    back = await device.back()
    device.context.record.judge(
        "return.received",
        True,
        back is not None,
        subject=Subject("operation", back.frame if back else None),
        what="a sign of life when the network is back:",
    )
    (await device.read(engine)).expect(name="engine", code=CONTENT, value=not before.value)


@testcase(
    "UC-CAR-03",
    verifies=["HLF-031", "HLF-009"],
    clause="LwM2M Core 1.1.1 §8.1.2, §8.2.1",
    applies="device & bootstrap & multiple_servers & access_control & ixit.writable_boolean",
    servers=2,
)
async def test_car_is_lent_for_a_weekend(device: Device) -> None:
    """The owner lends the car: the borrower may start it until the owner takes the right back."""
    engine = device.writable("boolean")
    controls = await provisioned(device, Access(engine.parent, owner=1))
    owner, borrower = device.account(1), device.account(2)
    (await borrower.write(engine, True)).expect(name="before", code=UNAUTHORIZED)
    entries = controls[engine.parent] / ENTRIES
    for name, rights, code in (("lent", ALL, CHANGED), ("returned", Rights.NONE, UNAUTHORIZED)):
        permitted: Values = {owner.provided.ssid: int(ALL), borrower.provided.ssid: int(rights)}
        (await owner.write(entries, permitted)).expect(name=f"{name}-entry", code=CHANGED)
        (await borrower.write(engine, name == "lent")).expect(name=name, code=code)
        state = await owner.read(engine)
        state.expect(name=f"{name}-engine", code=CONTENT, value=True)
    (await owner.write(engine, False)).expect(name="owner", code=CHANGED)


@testcase(
    "UC-CAR-04",
    verifies=["HLF-019", "OSR-001"],
    clause="LwM2M Core 1.1.1 §6.1.3.4, §6.1.7.5, §6.1.7.6",
    applies="device & bootstrap & multiple_servers & lwm2m >= 1.1",
    servers=2,
    final_control=False,
)
async def test_car_goes_over_to_another_provider(device: Device) -> None:
    """A bootstrap replaces the account of the old provider by that of a new one.

    The car registers with the new one and serves it; the old one hears no more of it.
    """
    contract = await device.bootstrap.complete()
    old, new = device.account(1), device.account(2)
    await old.control()
    triggered = await old.execute(old.server_object / BOOTSTRAP_TRIGGER)
    if triggered.code in (NOT_FOUND, METHOD_NOT_ALLOWED):
        raise NotApplicable(f"the SUT has no Bootstrap-Request Trigger: {triggered.code}")
    triggered.require(code=CHANGED)
    await device.bootstrap.requested()
    for path in (contract.server, contract.security):
        (await device.bootstrap.delete(path)).expect(name=f"delete{path.parent}", code=DELETED)
    new.settings = await device.bootstrap.provision(server=new)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    while await old.server.next((Register, Update, Deregister), 0):
        pass
    register = await new.next(Register)
    register.expect(lifetime=new.provided.lifetime)
    await new.control()
    found = await old.server.next((Register, Update), device.ixit.quiet_time)
    device.context.record.judge(
        "old.absent",
        None,
        type(found[0]).__name__ if found else None,
        subject=Subject("operation", found[1].frame if found else None),
        what="nothing for the old provider, not",
    )
    await new.control()
