"""What a device is and how it fares: identity, memory, bindings, clock, faults and power (Object 3)."""

from asyncio import get_running_loop, sleep

from conformance.matching import PRESENT, between, containing, covering, excluding, matches
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Answer, Device
from conformance.roles.optional import bring_about, read_optional
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, Subject

CLAUSE = "LwM2M Core 1.1.1 §E.4"
DEVICE = Path(3, 0)
IDENTITY = {"manufacturer": 0, "model": 1, "serial": 2, "type": 17, "hardware": 18, "software": 19}
BATTERY, MEMORY_FREE, ERRORS, RESET_ERRORS, CLOCK = (DEVICE / number for number in (9, 10, 11, 12, 13))
OFFSET, ZONE, BINDINGS, MEMORY_TOTAL = (DEVICE / number for number in (14, 15, 16, 21))
UTC_OFFSET = r"Z|(UTC|GMT)?[+\-\u2212]\d{1,2}(:?[0-5]\d)?"
"""ISO 8601, with or without the name in front that the Object's own text has."""
ZONE_NAME = r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*"
"""As in the IANA time zone database."""
LOW_POWER = 1
"""An error code that is defined: low battery power."""
CLOCK_SECONDS, POLL = 2, 0.2


@testcase("DEV-INFO-02", verifies=["HLF-027"], clause=CLAUSE, ets="int-201", applies="device & object(3)")
@vary(resource=list(IDENTITY))
async def test_device_says_what_it_is(device: Device, resource: str) -> None:
    """Manufacturer, model, serial number, type and versions, where they are there, say something."""
    await device.registered()
    answer = await read_optional(device, DEVICE / IDENTITY[resource])
    answer.expect(name=resource, value=matches(".*"))
    answer.expect(name=f"{resource}-text", value=matches(".+"), level=Level.SHOULD)


@testcase("DEV-INFO-03", verifies=["HLF-027"], clause=CLAUSE, applies="device & object(3)")
async def test_free_memory_is_part_of_the_total(device: Device) -> None:
    """Memory Free /3/0/10 is not more than Memory Total /3/0/21: both tell kilobytes."""
    await device.registered()
    total = await read_optional(device, MEMORY_TOTAL)
    total.expect(name="total", value=between(0, 2**63))
    free = await read_optional(device, MEMORY_FREE)
    free.expect(name="free", value=between(0, float(str(total.value))))


@testcase("DEV-INFO-04", verifies=["HLF-027", "HLF-012"], clause=CLAUSE, applies="device & object(3)")
async def test_registered_binding_is_a_supported_one(device: Device) -> None:
    """Supported Binding and Modes /3/0/16 has every binding that the device registered with."""
    await device.registered()
    answer = await device.read(BINDINGS)
    answer.expect(name="bindings", code=CONTENT, value=matches("[UMHTSNQ]+"))
    registered = sorted(set(device.current.binding or "U") - {"Q"})
    device.context.record.judge(
        "bindings.registered",
        containing(*registered),
        sorted(str(answer.value)),
        subject=Subject("read.value", answer.frame),
        what="supported bindings:",
    )


@testcase(
    "DEV-TIME-03", verifies=["HLF-027"], clause=CLAUSE, applies="device & object(3)", wait=CLOCK_SECONDS
)
async def test_clock_runs(device: Device) -> None:
    """Current Time /3/0/13 is no faster than time, and should go on by one second in a second."""
    await device.registered()
    first = await read_optional(device, CLOCK)
    first.expect(name="first", value=between(0, 2**63))
    started, begun = get_running_loop().time(), float(str(first.value))
    later = await until_above(device, begun + CLOCK_SECONDS - 1)
    passed = get_running_loop().time() - started
    later.expect(name="later", value=between(begun - 1, begun + passed + CLOCK_SECONDS))
    least = begun + passed - CLOCK_SECONDS
    later.expect(name="runs", value=between(least, float("inf")), level=Level.SHOULD)


async def until_above(device: Device, value: float) -> Answer:
    """Read the clock until it shows more than this, or until it should have done so for long."""
    over = get_running_loop().time() + 2 * CLOCK_SECONDS + device.ixit.timing_tolerance
    while True:
        answer = await device.read(CLOCK)
        answer.require(code=CONTENT)
        if get_running_loop().time() > over or (isinstance(answer.value, int) and answer.value > value):
            return answer
        await sleep(POLL)


@testcase("DEV-TIME-04", verifies=["HLF-027"], clause=CLAUSE, applies="device & object(3)")
@vary(resource=["offset", "zone"])
async def test_time_zone_is_spelled_right(device: Device, resource: str) -> None:
    """UTC Offset /3/0/14 is one of ISO 8601, Timezone /3/0/15 a name of the IANA time zone database."""
    await device.registered()
    answer = await read_optional(device, OFFSET if resource == "offset" else ZONE)
    answer.expect(
        name=resource,
        value=matches(UTC_OFFSET if resource == "offset" else ZONE_NAME),
        tolerated={"value": ""},
    )


@testcase(
    "DEV-ERR-02", verifies=["HLF-006", "HLF-028"], clause=CLAUSE, applies="device & object(3) & observe"
)
async def test_fault_is_reported(device: Device) -> None:
    """A server that observes Error Code /3/0/11 is told of a fault."""
    await device.registered()
    await read_optional(device, ERRORS)
    observation = await device.observe(ERRORS)
    observation.first.require(code=CONTENT, observe=PRESENT)
    await bring_about(device, ERRORS / 0, LOW_POWER)
    told = await observation.next()
    told.expect(code=CONTENT)
    codes = [entry.value for entry in told.entries]
    subject = Subject("notification.values", told.frame)
    device.context.record.judge("fault.told", containing(LOW_POWER), codes, subject=subject)


@testcase("DEV-ERR-03", verifies=["HLF-006"], clause=CLAUSE, applies="device & object(3)")
async def test_reset_takes_the_fault_back(device: Device) -> None:
    """Reset Error Code /3/0/12 removes a fault that is over; without any other, Error Code is 0.

    A device for which the fault is still there raises it again, and nothing tells the two apart.
    """
    await device.registered()
    await bring_about(device, ERRORS / 0, LOW_POWER)
    before = await read_optional(device, ERRORS)
    before.require(values=covering({str(ERRORS / 0): LOW_POWER}))
    (await device.execute(RESET_ERRORS)).expect(code=CHANGED)
    after = await device.read(ERRORS)
    after.expect(name="after", code=CONTENT)
    codes, subject = [entry.value for entry in after.entries], Subject("read.values", after.frame)
    device.context.record.judge(
        "fault.gone", excluding(LOW_POWER), codes, subject=subject, level=Level.SHOULD
    )
    device.context.record.judge("no-error.told", [0], codes, subject=subject, level=Level.SHOULD)


@testcase(
    "DEV-PWR-04",
    verifies=["HLF-005", "HLF-028"],
    clause="LwM2M Core 1.1.1 §6.4.2",
    applies="device & object(3) & observe",
)
async def test_battery_level_is_reported(device: Device) -> None:
    """A server that observes Battery Level /3/0/9 is told when it changes."""
    await device.registered()
    before = await read_optional(device, BATTERY)
    observation = await device.observe(BATTERY)
    observation.first.require(code=CONTENT, observe=PRESENT)
    level = 20 if before.value != 20 else 21
    await bring_about(device, BATTERY, level)
    (await observation.next()).expect(code=CONTENT, value=level)
