"""What object 5 tells of a package and of its own progress beside State and Result (Core 1.1.1 §E.6)."""

from conformance.matching import PRESENT, between, matches
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.firmware import (
    AUTOMATIC,
    CORRUPT,
    DEFER_PERIOD,
    DOWNLOADED,
    IDLE,
    IN_PROGRESS,
    INVALID_URI,
    ON_THE_WAY,
    PACKAGE_NAME,
    PACKAGE_VERSION,
    PROTOCOL_NAMES,
    PROTOCOLS,
    RESULT,
    SEVERITY,
    STATE_TIME,
    SUCCESS,
    UNSUPPORTED_PROTOCOL,
    UPDATE_FAILED,
    Firmware,
)
from conformance.roles.optional import read_optional
from conformance.roles.package_server import PackageServer
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

CLAUSE = "LwM2M Core 1.1.1 §E.6"
PUSH = "device & discover & firmware_push & ixit.firmware_package"
LISTED = "device & discover & firmware & lwm2m >= 1.1"
NOT_LISTED = ["http", "https", "coaps", "coap+tcp"]


@testcase("FW-RES-01", verifies=["HLF-004"], clause=CLAUSE, applies=PUSH)
@vary(resource=["name", "version"])
async def test_package_is_named(device: Device, resource: str) -> None:
    """PkgName and PkgVersion, where there are such, tell at most 255 octets once a package is there."""
    await device.registered()
    firmware = Firmware(device)
    path = PACKAGE_NAME if resource == "name" else PACKAGE_VERSION
    await firmware.need_listed(path)
    await firmware.downloaded(firmware.package("firmware_package"))
    answer = await read_optional(device, path)
    answer.expect(code=CONTENT, value=matches(r"(?s).{0,255}"))


@testcase(
    "FW-RES-02",
    verifies=["HLF-004", "HLF-028"],
    clause=f"{CLAUSE}, §6.4.2",
    ets="int-776",
    applies="device & observe & firmware_push & ixit.firmware_corrupt",
)
async def test_result_is_told_to_an_observer(device: Device) -> None:
    """A server that observes Update Result is told that a package was corrupt."""
    await device.registered()
    firmware = Firmware(device)
    observation = await device.observe(RESULT)
    observation.first.require(code=CONTENT, observe=PRESENT, value=0)
    await firmware.push(firmware.package("firmware_corrupt"))
    await firmware.wait_while(ON_THE_WAY)
    found, later = await firmware.look(firmware.limit), CORRUPT
    if found is not None and found[0] == DOWNLOADED:
        (await firmware.update()).note("the package is checked when it is installed", ambiguity="Q31")
        later = UPDATE_FAILED
    told = await observation.next_but((0,), firmware.limit)
    told.expect(code=CONTENT, value=CORRUPT, tolerated={"value": later})


@testcase("FW-RES-03", verifies=["HLF-003"], clause=CLAUSE, applies=LISTED)
async def test_severity_is_written(device: Device) -> None:
    """Severity, where there is one, takes 0, 1 and 2, and refuses 3 with 4.00."""
    await device.registered()
    await Firmware(device).need_listed(SEVERITY)
    for value in (0, 2, 1):
        (await device.write(SEVERITY, value)).expect(name=f"write-{value}", code=CHANGED)
        (await device.read(SEVERITY)).expect(name=f"read-{value}", code=CONTENT, value=value)
    refused = await device.write(SEVERITY, 3)
    refused.expect(name="write-3", code=BAD_REQUEST, level=Level.SHOULD)
    if refused.code == BAD_REQUEST:
        (await device.read(SEVERITY)).expect(name="read-back", code=CONTENT, value=1)


@testcase("FW-RES-04", verifies=["HLF-004"], clause=CLAUSE, applies=f"{PUSH} & lwm2m >= 1.1", wait=2.0)
async def test_state_change_is_dated(device: Device) -> None:
    """Last State Change Time, where there is one, does not lie before the change that it dates."""
    await device.registered()
    firmware = Firmware(device)
    await firmware.need_listed(STATE_TIME)
    clock = await device.read("/3/0/13")
    if clock.code != CONTENT or not isinstance(clock.value, int):
        raise NotApplicable("the SUT tells no Current Time /3/0/13 to compare with")
    await firmware.downloaded(firmware.package("firmware_package"))
    answer = await device.read(STATE_TIME)
    latest = clock.value + firmware.limit
    answer.expect(code=CONTENT, value=between(clock.value - 1, latest))


@testcase("FW-RES-05", verifies=["HLF-003"], clause=CLAUSE, applies=LISTED)
async def test_defer_period_is_written(device: Device) -> None:
    """Maximum Defer Period, where there is one, reads back as it was written."""
    await device.registered()
    await Firmware(device).need_listed(DEFER_PERIOD)
    for value in (3600, 0):
        (await device.write(DEFER_PERIOD, value)).expect(name=f"write-{value}", code=CHANGED)
        (await device.read(DEFER_PERIOD)).expect(name=f"read-{value}", code=CONTENT, value=value)


@testcase("FW-RES-06", verifies=["HLF-004"], clause=CLAUSE, applies="device & firmware_pull & discover")
@vary(scheme=NOT_LISTED)
async def test_protocol_that_is_not_listed_is_not_used(device: Device, scheme: str) -> None:
    """A Package URI of a protocol that /5/0/8 does not list leads to State 0, Result 9."""
    await device.registered()
    firmware = Firmware(device)
    await firmware.need_listed(PROTOCOLS)
    if PROTOCOL_NAMES[scheme] in await firmware.protocols():
        raise NotApplicable(f"the SUT lists {scheme} in /5/0/8")
    host, port = device.endpoint.local
    shown = f"[{host}]" if ":" in host else host
    PackageServer(device.server, {"package": device.ixit.firmware_package or b""})
    answer = await firmware.name(f"{scheme}://{shown}:{port}/package")
    if answer.code != CHANGED:
        answer.note("the Write itself was refused", ambiguity="Q31")
    await firmware.expect_after(ON_THE_WAY, IDLE, UNSUPPORTED_PROTOCOL, tolerated=INVALID_URI)


@testcase(
    "FW-RES-07",
    verifies=["HLF-004"],
    clause="LwM2M Core 1.2 §E.6",
    applies=f"{PUSH} & lwm2m >= 1.2",
    wait=5.0,
)
async def test_update_begins_by_itself_when_told_so(device: Device) -> None:
    """With Automatic Upgrade at Download true a package is installed without Execute; with false it waits."""
    await device.registered()
    firmware = Firmware(device)
    await firmware.need_listed(AUTOMATIC)
    (await device.write(AUTOMATIC, True)).expect(name="on", code=CHANGED)
    (await firmware.push(firmware.package("firmware_package"))).require(code=CHANGED)
    await firmware.expect_after([*ON_THE_WAY, *IN_PROGRESS], IDLE, SUCCESS, name="automatic")
    (await device.write(AUTOMATIC, False)).expect(name="off", code=CHANGED)
    await firmware.expect_arrives("waiting")
    await firmware.stays((DOWNLOADED, 0), device.ixit.quiet_time)
    await firmware.expect(DOWNLOADED, 0, name="still-waiting")
