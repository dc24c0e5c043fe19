"""What a device tells of itself in Object 3: power, errors, time, version; its return to factory state."""

import re
from time import time

from conformance.matching import Matcher, between, matches
from conformance.messages import Path, Register
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.optional import expect_each, need_value, read_optional
from conformance.testcase import testcase, vary
from conformance.verdicts import HarnessError, Level, Subject

CLAUSE = "LwM2M Core 1.1.1 §E.4"
DEVICE = Path(3, 0)
POWER_SOURCES, ERROR_CODE, CURRENT_TIME = DEVICE / 6, DEVICE / 11, DEVICE / 13
DAY = 86400
ZONE = "Europe/Helsinki"
SAME_OFFSET = r"(UTC|GMT)?\+0?2(:?00)?"
"""UTC+2 in the spellings that the Object's own text and ISO 8601 have."""
CLOCK_TOLERANCE = 2
"""Seconds: Time has a resolution of one."""


def defined_range(device: Device, path: Path) -> Matcher:
    """The range of a number in the version of the Object that the device announces."""
    definition = device.context.model.resource(path)
    bounds = re.fullmatch(r"(\d+)(?:\.\.|-)(\d+)", definition.range if definition else "")
    if bounds is None:
        raise HarnessError(f"the definition of {path} gives no range")
    return between(int(bounds[1]), int(bounds[2]))


@testcase("DEV-PWR-01", verifies=["HLF-005"], clause=CLAUSE, applies="device & object(3)")
async def test_power_sources_are_known_ones(device: Device) -> None:
    """Available Power Sources /3/0/6, where there are any, are numbers from 0 to 7."""
    await device.registered()
    answer = await read_optional(device, POWER_SOURCES)
    need_value(answer)
    expect_each(device, answer, defined_range(device, POWER_SOURCES), "power-source")


@testcase("DEV-PWR-02", verifies=["HLF-005"], clause=CLAUSE, applies="device & object(3)")
@vary(measure=["voltage", "current"])
async def test_measures_belong_to_a_power_source(device: Device, measure: str) -> None:
    """Each voltage /3/0/7 and current /3/0/8 stands for one of the power sources."""
    await device.registered()
    sources = await read_optional(device, POWER_SOURCES)
    measured = await read_optional(device, DEVICE / (7 if measure == "voltage" else 8))
    instances = {entry.path[3] for entry in sources.entries if len(entry.path) > 3}
    kinds = {entry.value for entry in sources.entries}
    given = {entry.path[3] for entry in measured.entries if len(entry.path) > 3}
    strangers = sorted(given - instances) if given - kinds else []
    device.context.record.judge(
        f"{measure}.source",
        [],
        strangers,
        subject=Subject("instances", measured.frame),
        what="Resource Instances without a power source",
    )


@testcase("DEV-PWR-03", verifies=["HLF-005", "HLF-027"], clause=CLAUSE, applies="device & object(3)")
@vary(resource=["level", "status"])
async def test_battery_is_within_range(device: Device, resource: str) -> None:
    """Battery Level /3/0/9 is a percentage, Battery Status /3/0/20 a number from 0 to 6."""
    await device.registered()
    path = DEVICE / (9 if resource == "level" else 20)
    answer = await read_optional(device, path)
    answer.expect(name=f"battery-{resource}", value=defined_range(device, path))


@testcase("DEV-ERR-01", verifies=["HLF-006", "HLF-027"], clause=CLAUSE, applies="device & object(3)")
async def test_error_codes_are_known_ones(device: Device) -> None:
    """Error Codes /3/0/11 are numbers that are defined, and 0 stands alone."""
    await device.registered()
    answer = await read_optional(device, ERROR_CODE)
    expect_each(device, answer, defined_range(device, ERROR_CODE), "error-code")
    codes = [entry.value for entry in answer.entries]
    device.context.record.judge(
        "no-error.alone",
        False,
        0 in codes and len(codes) > 1,
        subject=Subject("read.values", answer.frame),
        what="0 beside other codes",
    )


@testcase(
    "DEV-TIME-01", verifies=["HLF-010", "HLF-034"], clause=CLAUSE, ets="int-651", applies="device & object(3)"
)
async def test_clock_goes_on_from_what_was_written(device: Device) -> None:
    """Current Time /3/0/13 is set by a Write and goes on from there."""
    await device.registered()
    await read_optional(device, CURRENT_TIME)
    started = time()
    yesterday = int(started) - DAY
    (await device.write(CURRENT_TIME, yesterday)).expect(code=CHANGED)
    answer = await device.read(CURRENT_TIME)
    passed = time() - started
    answer.expect(
        name="clock", code=CONTENT, value=between(yesterday - 1, yesterday + passed + CLOCK_TOLERANCE)
    )
    (await device.write(CURRENT_TIME, int(time()))).expect(name="restored", code=CHANGED)


@testcase(
    "DEV-TIME-02", verifies=["HLF-010", "HLF-034"], clause=CLAUSE, ets="int-651", applies="device & object(3)"
)
@vary(resource=["offset", "zone"])
async def test_time_zone_is_written_and_read(device: Device, resource: str) -> None:
    """UTC Offset /3/0/14 and Timezone /3/0/15 read back as they were written."""
    await device.registered()
    path = DEVICE / (14 if resource == "offset" else 15)
    before = await read_optional(device, path)
    prefix = "UTC" if str(before.value).startswith("UTC") else ""
    value, same = (f"{prefix}+02:00", SAME_OFFSET) if resource == "offset" else (ZONE, ZONE)
    (await device.write(path, value)).expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(name="read-back", code=CONTENT, value=value, tolerated={"value": matches(same)})
    (await device.write(path, before.value or "")).expect(name="restored", code=CHANGED)


@testcase("DEV-INFO-01", verifies=["HLF-002"], clause=CLAUSE, ets="int-652", applies="device & object(3)")
async def test_firmware_version_is_told(device: Device) -> None:
    """Firmware Version /3/0/3 is a text, and should not be empty."""
    await device.registered()
    answer = await read_optional(device, DEVICE / 3)
    answer.expect(name="firmware-version", value=matches("(?s).*"))
    answer.expect(name="firmware-version-text", value=matches("(?s).+"), level=Level.SHOULD)


@testcase(
    "DEV-RESET-01",
    verifies=["HLF-030"],
    clause=CLAUSE,
    applies="device & ixit.factory_reset & ixit.writable_integer",
    fresh=True,
)
async def test_factory_reset_undoes_what_was_written(device: Device) -> None:
    """After a Factory Reset the device registers again, with the value that it had before a Write."""
    await device.registered()
    path = device.writable("integer")
    first = await device.read(path)
    first.require(code=CONTENT)
    other = 4711 if first.value != 4711 else 4712
    (await device.write(path, other)).require(code=CHANGED)
    await device.server.next((Register,), 0.01)
    answer = await device.execute(device.ixit.factory_reset)
    if answer.answered:
        answer.expect(code=CHANGED)
    else:
        answer.note("the reset came before the answer to the Execute", ambiguity="Q19")
    await device.next(Register, within=device.ixit.restart_time)
    again = await device.read(path)
    again.expect(name="after-reset", code=CONTENT, value=first.value)
