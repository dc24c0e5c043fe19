"""Connectivity Monitoring: bearers, signal, addresses and cell of a device (Object 4, Core 1.1.1 §E.5)."""

import ipaddress

from conformance.formats import ContentFormat, Value
from conformance.matching import PRESENT, between, containing, covering, one_of
from conformance.messages import Path
from conformance.messages.codes import CONTENT
from conformance.roles import Answer, Device
from conformance.roles.expectation import UnreadableError
from conformance.roles.optional import bring_about, expect_each, read_optional
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

CLAUSE = "LwM2M Core 1.1.1 §E.5"
MONITORING = Path(4, 0)
BEARER, AVAILABLE, SIGNAL, ADDRESSES, ROUTERS, CELL = (MONITORING / number for number in (0, 1, 2, 4, 5, 8))
LARGEST_CELL = (1 << 36) - 1
"""NR Cell Identity; a UTRAN cell has 28 bits."""
INTEGER = between(-(2**31), 2**31 - 1)
LARGEST_AREA = (1 << 24) - 1
"""5GS Tracking Area Code; a Location Area Code has 16 bits."""
CONDITION = {
    "quality": (3, INTEGER),
    "utilisation": (6, between(0, 100)),
    "noise": (11, INTEGER),
    "area": (12, between(0, LARGEST_AREA)),
    "coverage": (13, between(0, 4)),
}
LTE, WLAN = 6, 21
NEWS: dict[str, list[Value]] = {
    "bearer": [WLAN, LTE],
    "address": ["192.0.2.1", "192.0.2.2"],
    "cell": [4711, 4712],
}
CURRENT_TIME = Path(3, 0, 13)
EARLIEST_ABSOLUTE_TIME = 1 << 28
"""Smaller times count from now (RFC 8428 §4.5.3)."""
CLOCK_TOLERANCE = 2


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
    """Network Bearer /4/0/0 is a number from 0 to 50, and should be an available one."""
    await device.registered()
    answer = await device.read(BEARER)
    answer.expect(name="bearer", code=CONTENT, value=between(0, 50))
    available = await device.read(AVAILABLE)
    if available.code == CONTENT:
        expect_each(device, available, between(0, 50), "available-bearer")
        values = [entry.value for entry in available.entries]
        device.context.record.judge(
            "bearer.available",
            one_of(*values),
            answer.value,
            subject=Subject("read.value", answer.frame),
            level=Level.SHOULD,
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
    values = [entry.value for entry in answer.entries if entry.value not in (None, "")]
    if resource == "router" and not values:
        raise NotApplicable("the SUT has no router at present")
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
    await bring_about(device, SIGNAL, changed)
    told = await observation.next()
    told.expect(code=CONTENT, value=changed)


@testcase(
    "CON-MON-08",
    verifies=["HLF-022"],
    clause="RFC 8428 §4.5.3; LwM2M Core 1.1.1 §7.4",
    applies="device & object(4)",
)
@vary(format=[ContentFormat.LWM2M_JSON, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
async def test_time_of_the_measurement_is_past(device: Device, format: ContentFormat) -> None:
    """A time that comes with the Radio Signal Strength is not one that the device has still to see.

    Object 4 has no Resource for it: a time shows only where the payload format carries one.
    """
    device.need_format(format)
    await device.registered()
    clock = await device.read(CURRENT_TIME)
    answer = await device.read(SIGNAL, format)
    answer.expect(name="signal", code=CONTENT, value=INTEGER)
    time = answer.entries[0].time
    if time is None:
        answer.note("no time of measurement comes with the value: it counts as measured when it was read")
    elif abs(time) < EARLIEST_ABSOLUTE_TIME:
        judge_past(device, answer, time)
    elif clock.code == CONTENT and isinstance(clock.value, int):
        judge_past(device, answer, time - clock.value)
    else:
        answer.note(f"the device has no clock that the time {time} could be compared with")


def judge_past(device: Device, answer: Answer, seconds: float) -> None:
    """Judge a time that is so many seconds after now."""
    device.context.record.judge(
        "measured.ahead",
        False,
        seconds > CLOCK_TOLERANCE,
        subject=Subject("read.time", answer.frame),
        what=f"measured {seconds:.0f} s ahead:",
    )


@testcase(
    "CON-MON-09",
    verifies=["HLF-024"],
    clause="LwM2M Core 1.1.1 §6.4.2",
    ets="int-710",
    applies="device & object(4) & observe",
)
@vary(resource=["bearer", "address", "cell"])
async def test_connectivity_status_is_reported(device: Device, resource: str) -> None:
    """A change of the bearer, of the address or of the cell is told to the server that observes it."""
    await device.registered()
    path, given = {"bearer": (BEARER, BEARER), "address": (ADDRESSES, ADDRESSES / 0), "cell": (CELL, CELL)}[
        resource
    ]
    before = await read_optional(device, path)
    observation = await device.observe(path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    held = before.values.get(str(given))
    changed = next(value for value in NEWS[resource] if value != held)
    await bring_about(device, given, changed)
    told = await observation.next()
    told.expect(code=CONTENT, values=covering({str(given): changed}))
    if held is not None:
        await bring_about(device, given, held)


@testcase("CON-MON-10", verifies=["HLF-023"], clause=CLAUSE, applies="device & object(4)")
@vary(resource=list(CONDITION))
async def test_condition_of_the_link_is_within_range(device: Device, resource: str) -> None:
    """Quality, utilisation, noise, area code and coverage level, where they are there, are in range."""
    await device.registered()
    number, expected = CONDITION[resource]
    answer = await read_optional(device, MONITORING / number)
    answer.expect(name=resource, value=expected)
