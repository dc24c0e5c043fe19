"""Connectivity Monitoring: bearers, signal, addresses and cell of a device (Object 4, Core 1.1.1 §E.5)."""

import ipaddress

from conformance.matching import PRESENT, between, containing, one_of
from conformance.messages import Path
from conformance.messages.codes import CONTENT
from conformance.roles import Device
from conformance.roles.expectation import UnreadableError
from conformance.roles.optional import expect_each, read_optional
from conformance.sut.adapter import VerbFailedError
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable, Subject

CLAUSE = "LwM2M Core 1.1.1 §E.5"
MONITORING = Path(4, 0)
BEARER, AVAILABLE, SIGNAL, ADDRESSES, ROUTERS, CELL = (MONITORING / number for number in (0, 1, 2, 4, 5, 8))
LARGEST_CELL = (1 << 36) - 1
"""NR Cell Identity; a UTRAN cell has 28 bits."""
INTEGER = between(-(2**31), 2**31 - 1)


@testcase(
    "CON-MON-01", verifies=["HLF-023", "HLF-027"], clause=CLAUSE, applies="device & object(4) & discover"
)
async def test_mandatory_resources_are_listed(device: Device) -> None:
    """Object 4 has a bearer, the available bearers, a signal strength and the addresses."""
    await device.registered()
    answer = await device.discover(MONITORING)
    answer.expect(code=CONTENT, targets=containing(*map(str, (BEARER, AVAILABLE, SIGNAL, ADDRESSES))))


@testcase("CON-MON-02", verifies=["HLF-023", "HLF-012"], clause=CLAUSE, applies="device & object(4)")
async def test_bearer_is_a_known_one(device: Device) -> None:
    """Network Bearer /4/0/0 is a number from 0 to 50 and one of the available ones."""
    await device.registered()
    answer = await device.read(BEARER)
    answer.expect(name="bearer", code=CONTENT, value=between(0, 50))
    available = await device.read(AVAILABLE)
    if available.code == CONTENT:
        expect_each(device, available, between(0, 50), "available-bearer")
        values = [entry.value for entry in available.entries]
        device.context.record.judge(
            "bearer.available", one_of(*values), answer.value, subject=Subject("read.value", answer.frame)
        )


@testcase("CON-MON-03", verifies=["HLF-022", "HLF-023"], clause=CLAUSE, applies="device & object(4)")
async def test_signal_strength_is_told(device: Device) -> None:
    """Radio Signal Strength /4/0/2 is an Integer."""
    await device.registered()
    answer = await device.read(SIGNAL)
    answer.expect(name="signal", code=CONTENT, value=INTEGER)


@testcase("CON-MON-04", verifies=["HLF-039", "HLF-023"], clause=CLAUSE, applies="device & object(4)")
@vary(resource=["own", "router"])
async def test_addresses_are_addresses(device: Device, resource: str) -> None:
    """IP Addresses /4/0/4 and Router IP Addresses /4/0/5 hold IPv4 and IPv6 addresses."""
    await device.registered()
    answer = await read_optional(device, ADDRESSES if resource == "own" else ROUTERS)
    values = [entry.value for entry in answer.entries if entry.value is not None]
    subject = Subject("read.values", answer.frame)
    device.context.record.judge("addresses.count", between(1, 1000), len(values), subject=subject)
    strange = [value for value in values if not is_address(value)]
    device.context.record.judge("addresses.readable", [], strange, subject=subject, what="not an address")
    if resource == "own" and device.current.remote[0] not in values:
        answer.note(f"the address {device.current.remote[0]}, from which the device registered, is not there")


def is_address(value: object) -> bool:
    """Whether the value is the text of an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(str(value))
    except ValueError:
        return False
    return True


@testcase("CON-MON-05", verifies=["HLF-025"], clause=CLAUSE, applies="device & object(4)")
async def test_cell_is_told(device: Device) -> None:
    """Cell ID /4/0/8, where there is one, is a number of at most 36 bits."""
    await device.registered()
    answer = await read_optional(device, CELL)
    answer.expect(name="cell", value=between(0, LARGEST_CELL))


@testcase("CON-MON-06", verifies=["HLF-025"], clause=CLAUSE, applies="device & object(4)")
@vary(code=["network", "country"])
async def test_network_of_the_cell_is_told(device: Device, code: str) -> None:
    """Serving Mobile Network and Country Code /4/0/9 and /4/0/10, where they are there, have three digits."""
    await device.registered()
    answer = await read_optional(device, MONITORING / (9 if code == "network" else 10))
    answer.expect(name=code, value=between(0, 999))


@testcase(
    "CON-MON-07",
    verifies=["HLF-022", "HLF-024"],
    clause="LwM2M Core 1.1.1 §6.4.2",
    applies="device & object(4) & observe",
)
async def test_signal_strength_is_reported(device: Device) -> None:
    """A change of the Radio Signal Strength is told to the server that observes it."""
    await device.registered()
    observation = await device.observe(SIGNAL)
    observation.first.require(code=CONTENT, observe=PRESENT)
    try:
        now = observation.first.value
    except UnreadableError as problem:
        raise NotApplicable(f"the signal strength cannot be read: {problem}") from None
    changed = -80 if now != -80 else -81
    try:
        await device.trigger("set", path=str(SIGNAL), value=changed)
    except VerbFailedError as problem:
        raise NotApplicable(f"the adapter does not let {SIGNAL} change: {problem}") from None
    told = await observation.next()
    told.expect(code=CONTENT, value=changed)
