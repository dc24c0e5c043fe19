"""The power fails in every state of an update: the old or the new version runs, and updates go on."""

from conformance.matching import Matcher, between, differs, one_of
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.firmware import (
    COAP,
    DOWNLOADED,
    DOWNLOADING,
    IDLE,
    IN_PROGRESS,
    ON_THE_WAY,
    RESULT,
    STATE,
    SUCCESS,
    Firmware,
)
from conformance.roles.package_server import PackageServer
from conformance.testcase import testcase
from conformance.verdicts import Inconclusive

CLAUSE = "3GPP TR 26.850 §4, LwM2M Core 1.1.1 §E.6"
POWER = "device & restart & firmware_push & blockwise & ixit.firmware_package"
ROBUST, ATOMIC, FAIL_SAFE = "MBMS-SW-1", "MBMS-SW-2", "MBMS-SW-3"
STATE_KEPT = ("state",)
WAIT = 20.0
"""Seconds for a start, a download and an update one after the other."""


async def idle(device: Device) -> tuple[Firmware, str | None]:
    """The preamble: registered and Idle; gives the version that runs."""
    await device.registered()
    (await device.read(STATE)).require(code=CONTENT, value=IDLE)
    firmware = Firmware(device)
    return firmware, await firmware.version()


async def no_success(device: Device) -> Matcher:
    """Any Update Result but 1, unless that is still there from an earlier update."""
    earlier = await device.read(RESULT)
    earlier.require(code=CONTENT)
    return between(0, 11) if earlier.value == SUCCESS else differs(SUCCESS)


@testcase(
    "FW-POWER-01",
    verifies=[ROBUST, "HLF-004"],
    clause=CLAUSE,
    applies=POWER,
    launch_options=STATE_KEPT,
    wait=WAIT,
)
async def test_power_fails_in_idle(device: Device) -> None:
    """A device whose power failed in Idle registers again, runs the same version and takes an update."""
    firmware, version = await idle(device)
    await device.killed_and_restarted()
    await firmware.expect(IDLE, between(0, 11))
    await firmware.expect_version(version)
    await firmware.expect_installs()


@testcase(
    "FW-POWER-02",
    verifies=[ROBUST, ATOMIC, "HLF-004"],
    clause=CLAUSE,
    applies=POWER,
    launch_options=STATE_KEPT,
    wait=WAIT,
)
async def test_power_fails_while_a_package_is_pushed(device: Device) -> None:
    """After a power cut amid a push nothing is left to install, the old version runs, a new push arrives."""
    firmware, version = await idle(device)
    result = await no_success(device)
    await firmware.begin_push()
    await device.killed_and_restarted()
    await firmware.expect(one_of(IDLE, DOWNLOADING), result)
    await firmware.expect_version(version)
    await firmware.expect_nothing_to_install()
    await firmware.expect_installs()


@testcase(
    "FW-POWER-03",
    verifies=[ROBUST, ATOMIC, "HLF-004"],
    clause=CLAUSE,
    applies=f"{POWER} & firmware_pull",
    launch_options=STATE_KEPT,
    wait=WAIT,
)
async def test_power_fails_while_a_package_is_fetched(device: Device) -> None:
    """After a power cut amid a fetch the old version runs; the fetch is given up or carried to its end."""
    firmware, version = await idle(device)
    await firmware.need_protocol(COAP, "CoAP")
    result = await no_success(device)
    server = PackageServer(device.server, {"package": firmware.package("firmware_package")})
    server.pause_after(2)
    (await firmware.name(server.uri("package"))).require(code=CHANGED)
    await firmware.amid_fetch(server)
    await device.killed_and_restarted()
    server.go_on()
    await firmware.expect_after(ON_THE_WAY, one_of(IDLE, DOWNLOADED), result)
    await firmware.expect_version(version)
    await firmware.expect_installs()


@testcase(
    "FW-POWER-04",
    verifies=[ROBUST, ATOMIC, "HLF-004"],
    clause=CLAUSE,
    applies=POWER,
    launch_options=STATE_KEPT,
    wait=WAIT,
)
async def test_power_fails_with_a_package_at_hand(device: Device) -> None:
    """After a power cut in Downloaded the old version runs; a package still there can be installed."""
    firmware, version = await idle(device)
    await firmware.downloaded(firmware.package("firmware_package"))
    await device.killed_and_restarted()
    await firmware.expect(one_of(IDLE, DOWNLOADED), differs(SUCCESS))
    await firmware.expect_version(version)
    state = await device.read(STATE)
    if state.value == DOWNLOADED:
        await firmware.expect_update("kept")
    await firmware.expect_installs()


@testcase(
    "FW-POWER-05",
    verifies=[ROBUST, ATOMIC, FAIL_SAFE, "HLF-004"],
    clause=CLAUSE,
    applies=f"{POWER} & ixit.firmware_version",
    launch_options=STATE_KEPT,
    wait=WAIT,
)
async def test_power_fails_amid_the_update(device: Device) -> None:
    """After a power cut in Updating the old or the new version runs, and State and Result say which."""
    firmware, old = await idle(device)
    if old is None or old == device.ixit.firmware_version:
        raise Inconclusive(f"preamble: /3/0/3 is {old!r}, not another version than that of the package")
    await firmware.downloaded(firmware.package("firmware_package"))
    (await firmware.update()).require(code=CHANGED)
    await device.killed_and_restarted()
    await firmware.wait_while(IN_PROGRESS)
    await device.registered()
    version = await firmware.version()
    await firmware.expect_version(one_of(old, device.ixit.firmware_version))
    if version == old:
        await firmware.expect(one_of(IDLE, DOWNLOADED), differs(SUCCESS), name="old")
    else:
        await firmware.expect(IDLE, SUCCESS, name="new", tolerated=0)
    await firmware.expect_installs("next")


@testcase(
    "FW-POWER-06",
    verifies=[ATOMIC, "HLF-002", "HLF-004"],
    clause=CLAUSE,
    applies=f"{POWER} & ixit.firmware_version",
    launch_options=STATE_KEPT,
    wait=WAIT,
)
async def test_power_fails_after_the_update(device: Device) -> None:
    """A version that was installed with Result 1 still runs after a power cut."""
    firmware, _ = await idle(device)
    await firmware.downloaded(firmware.package("firmware_package"))
    (await firmware.update()).require(code=CHANGED)
    await firmware.wait_while(IN_PROGRESS)
    await device.registered()
    (await device.read(RESULT)).require(code=CONTENT, value=SUCCESS)
    await device.killed_and_restarted()
    await firmware.expect(IDLE, SUCCESS, tolerated=0)
    await firmware.expect_version(device.ixit.firmware_version)
    await firmware.expect_installs()


@testcase(
    "FW-POWER-07",
    verifies=[ROBUST, FAIL_SAFE, "HLF-004"],
    clause=CLAUSE,
    applies=f"{POWER} & ixit.firmware_failing",
    launch_options=STATE_KEPT,
    wait=WAIT,
)
async def test_power_fails_after_a_failed_update(device: Device) -> None:
    """After an update that failed, and a power cut, the old version still runs and takes an update."""
    firmware, version = await idle(device)
    await firmware.downloaded(firmware.package("firmware_failing"))
    (await firmware.update()).require(code=CHANGED)
    await firmware.wait_while(IN_PROGRESS)
    await device.registered()
    (await device.read(RESULT)).require(code=CONTENT, value=between(2, 9))
    await device.killed_and_restarted()
    await firmware.expect(one_of(IDLE, DOWNLOADED), differs(SUCCESS))
    await firmware.expect_version(version)
    await firmware.expect_installs()
