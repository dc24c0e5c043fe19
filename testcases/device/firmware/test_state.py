"""Firmware Update at rest: what it tells, what it refuses, how a package is given up (Core 1.1.1 §E.6)."""

from conformance.matching import PRESENT, between, containing
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, METHOD_NOT_ALLOWED
from conformance.roles import Device
from conformance.roles.firmware import (
    CANCEL,
    CANCELLED,
    DELIVERY_METHOD,
    DOWNLOADED,
    DOWNLOADING,
    IDLE,
    NUL,
    PACKAGE,
    PROTOCOLS,
    RESULT,
    STATE,
    Firmware,
)
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

CLAUSE = "LwM2M Core 1.1.1 §E.6"
INSTANCE = Path(5, 0)
PULL_ONLY, PUSH_ONLY, BOTH = 0, 1, 2
RESETS = ["nul_package", "empty_uri"]


async def reset(device: Device, by: str) -> None:
    """Give up the update in one of the two ways; records the check ``write.code``."""
    firmware = Firmware(device)
    if by == "nul_package" and not device.context.ics["firmware_push"]:
        raise NotApplicable("the SUT takes no pushed package, so none of one NUL either")
    answer = await (firmware.push(NUL) if by == "nul_package" else firmware.name(""))
    if by == "empty_uri" and not device.context.ics["firmware_pull"] and answer.code != CHANGED:
        raise NotApplicable("the SUT takes no Package URI, so no empty one either")
    answer.expect(code=CHANGED)


@testcase(
    "FW-STATE-01",
    verifies=["HLF-003", "HLF-004"],
    clause=CLAUSE,
    ets="int-751",
    applies="device & firmware",
    fresh=True,
)
async def test_nothing_is_under_way_at_first(device: Device) -> None:
    """A device that was just started is Idle and has no Update Result but that of an earlier update."""
    await device.registered()
    await Firmware(device).expect(IDLE, 0, tolerated=between(1, 10))


@testcase("FW-STATE-02", verifies=["HLF-003"], clause=CLAUSE, applies="device & firmware & discover")
async def test_mandatory_resources_are_listed(device: Device) -> None:
    """Object 5 has Package, Package URI, Update, State, Update Result and Delivery Method."""
    await device.registered()
    answer = await device.discover(INSTANCE)
    answer.expect(code=CONTENT, targets=containing(*(f"/5/0/{number}" for number in (0, 1, 2, 3, 5, 9))))


@testcase("FW-STATE-03", verifies=["HLF-003"], clause=CLAUSE, applies="device & firmware")
async def test_delivery_method_is_what_the_device_does(device: Device) -> None:
    """Firmware Update Delivery Method /5/0/9 is pull, push or both, as the profile says."""
    await device.registered()
    push, pull = device.context.ics["firmware_push"], device.context.ics["firmware_pull"]
    claimed = {(False, True): PULL_ONLY, (True, False): PUSH_ONLY, (True, True): BOTH}
    answer = await device.read(DELIVERY_METHOD)
    answer.expect(code=CONTENT, value=claimed.get((bool(push), bool(pull)), between(PULL_ONLY, BOTH)))


@testcase("FW-STATE-04", verifies=["HLF-003"], clause=CLAUSE, applies="device & firmware & discover")
async def test_protocols_are_among_those_defined(device: Device) -> None:
    """Firmware Update Protocol Support /5/0/8, where there is one, holds numbers from 0 to 5."""
    await device.registered()
    await Firmware(device).need_listed(PROTOCOLS)
    answer = await device.read(PROTOCOLS)
    answer.expect(code=CONTENT)
    for entry in answer.entries:
        device.context.record.judge(f"protocol-{entry.path[-1]}", between(0, 5), entry.value)


@testcase("FW-STATE-05", verifies=["HLF-032"], clause=CLAUSE, applies="device & firmware")
@vary(resource=["state", "result"])
async def test_state_and_result_are_not_written(device: Device, resource: str) -> None:
    """Only the device itself sets State and Update Result: a Write is answered 4.05."""
    await device.registered()
    path = STATE if resource == "state" else RESULT
    before = await device.read(path)
    before.require(code=CONTENT)
    answer = await device.write(path, 1)
    answer.expect(code=METHOD_NOT_ALLOWED)
    after = await device.read(path)
    after.expect(code=CONTENT, value=before.value)


@testcase("FW-STATE-06", verifies=["HLF-032"], clause=CLAUSE, applies="device & firmware")
async def test_package_is_not_read(device: Device) -> None:
    """Package /5/0/0 is for writing only: a Read is answered 4.05."""
    await device.registered()
    answer = await device.read(PACKAGE)
    answer.expect(code=METHOD_NOT_ALLOWED)


@testcase(
    "FW-STATE-07",
    verifies=["HLF-003", "HLF-004"],
    clause=CLAUSE,
    ets="int-772",
    applies="device & firmware",
    fresh=True,
)
async def test_update_without_a_package_is_refused(device: Device) -> None:
    """Update in state Idle is answered 4.05, and the device stays Idle."""
    await device.registered()
    firmware = Firmware(device)
    (await device.read(STATE)).require(code=CONTENT, value=IDLE)
    await firmware.expect_nothing_to_install()
    await firmware.expect(IDLE, between(0, 11))


@testcase("FW-STATE-08", verifies=["HLF-003"], clause=CLAUSE, applies="device & firmware", fresh=True)
@vary(by=RESETS)
async def test_idle_device_takes_a_reset(device: Device, by: str) -> None:
    """A package of one NUL, or an empty Package URI, is taken in state Idle too: State 0, Result 0."""
    await device.registered()
    (await device.read(STATE)).require(code=CONTENT, value=IDLE)
    await reset(device, by)
    await Firmware(device).expect(IDLE, 0)


@testcase(
    "FW-STATE-09",
    verifies=["HLF-003", "HLF-004"],
    clause=CLAUSE,
    ets="int-755, int-756",
    applies="device & firmware_push & ixit.firmware_package",
)
@vary(by=RESETS)
async def test_downloaded_package_is_given_up(device: Device, by: str) -> None:
    """In state Downloaded a reset leads to State 0, Result 0, and there is nothing left to install."""
    firmware = Firmware(device)
    await firmware.downloaded(firmware.package("firmware_package"))
    await reset(device, by)
    await firmware.expect(IDLE, 0)
    await firmware.expect_nothing_to_install()


@testcase(
    "FW-STATE-10",
    verifies=["HLF-003", "HLF-004"],
    clause="LwM2M Core 1.1.1 §E.6",
    applies="device & lwm2m >= 1.1 & discover & firmware_push & ixit.firmware_package",
)
async def test_downloaded_package_is_cancelled(device: Device) -> None:
    """Cancel /5/0/10 in state Downloaded leads to State 0, Result 10, and nothing is left to install."""
    await device.registered()
    firmware = Firmware(device)
    await firmware.need_listed(CANCEL)
    await firmware.downloaded(firmware.package("firmware_package"))
    answer = await device.execute(CANCEL)
    answer.expect(code=CHANGED)
    await firmware.expect(IDLE, CANCELLED)
    await firmware.expect_nothing_to_install()


@testcase(
    "FW-STATE-11",
    verifies=["HLF-004", "HLF-028"],
    clause=f"{CLAUSE}, §6.4.2",
    applies="device & observe & firmware_push & ixit.firmware_package",
)
async def test_state_is_told_to_an_observer(device: Device) -> None:
    """A server that observes State is told of Downloaded; what comes before that need not be told."""
    await device.registered()
    firmware = Firmware(device)
    observation = await device.observe(STATE)
    observation.first.require(code=CONTENT, observe=PRESENT, value=IDLE)
    (await firmware.push(firmware.package("firmware_package"))).require(code=CHANGED)
    told = await observation.next_but((IDLE, DOWNLOADING), firmware.limit)
    told.expect(code=CONTENT, value=DOWNLOADED)
