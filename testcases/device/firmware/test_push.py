"""Firmware pushed by Write to /5/0/0: arrived, installed, and told of in the end (Core 1.1.1 §E.6)."""

from conformance.matching import differs, one_of
from conformance.messages.codes import (
    CHANGED,
    CONTENT,
    CONTINUE,
    REQUEST_ENTITY_INCOMPLETE,
)
from conformance.roles import Device
from conformance.roles.firmware import (
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
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, NotApplicable

CLAUSE = "LwM2M Core 1.1.1 §E.6"
PUSH = "device & firmware_push & blockwise & ixit.firmware_package"
SIZE = 16


def need_blocks(package: bytes, count: int) -> None:
    """Raise NotApplicable for a package that is too short to be cut."""
    if len(package) <= (count - 1) * SIZE:
        raise NotApplicable(f"{len(package)} B in ixit.firmware_package are no {count} blocks of {SIZE}")


@testcase("FW-PUSH-01", verifies=["HLF-003"], clause=CLAUSE, ets="int-770", applies=PUSH)
@vary(szx=[0, 2, 6])
async def test_package_arrives_in_blocks(device: Device, szx: int) -> None:
    """A package in blocks, each with its own token, leads to State 2; Result stays 0 until the update."""
    await device.registered()
    firmware = Firmware(device)
    written = await firmware.push(firmware.package("firmware_package"), szx)
    written.expect(code=CHANGED)
    await firmware.expect_after(ON_THE_WAY, DOWNLOADED, 0)


@testcase(
    "FW-PUSH-02",
    verifies=["HLF-003", "HLF-004"],
    clause=CLAUSE,
    ets="int-770",
    applies=PUSH,
    wait=5.0,
)
async def test_pushed_package_is_installed(device: Device) -> None:
    """The Update of a pushed package is carried out and ends with State 0, Result 1."""
    firmware = Firmware(device)
    await firmware.downloaded(firmware.package("firmware_package"))
    answer = await firmware.update()
    answer.expect(code=CHANGED)
    await firmware.expect_after(IN_PROGRESS, IDLE, SUCCESS)


@testcase(
    "FW-PUSH-03",
    verifies=["HLF-002", "HLF-003"],
    clause=CLAUSE,
    ets="int-652, int-770",
    applies=f"{PUSH} & ixit.firmware_version",
    wait=5.0,
)
async def test_new_version_is_told_after_the_update(device: Device) -> None:
    """After the update, and not before, /3/0/3 tells the version of the package."""
    firmware = Firmware(device)
    version = device.ixit.firmware_version
    await device.registered()
    if await firmware.version() == version:
        raise Inconclusive(f"preamble: the SUT runs version {version!r}, that of the package, already")
    await firmware.downloaded(firmware.package("firmware_package"))
    before = await device.read("/3/0/3")
    before.expect(name="old-version", code=CONTENT, value=differs(version))
    answer = await firmware.update()
    answer.require(code=CHANGED)
    await firmware.expect_after(IN_PROGRESS, IDLE, SUCCESS)
    after = await device.read("/3/0/3")
    after.expect(name="new-version", code=CONTENT, value=version)


@testcase("FW-PUSH-04", verifies=["HLF-003"], clause="RFC 7959 §2.5", applies=PUSH, wait=5.0)
async def test_first_block_may_come_twice(device: Device) -> None:
    """A first block that comes again begins the package anew, which arrives whole and can be installed."""
    await device.registered()
    firmware = Firmware(device)
    package = firmware.package("firmware_package")
    need_blocks(package, 2)
    for attempt in ("first-block", "first-block-again"):
        begun = await firmware.push_block(package, 0)
        begun.expect(name=attempt, code=CONTINUE)
    for number in range(1, (len(package) - 1) // SIZE):
        (await firmware.push_block(package, number)).expect(name=f"block-{number}", code=CONTINUE)
    last = await firmware.push_block(package, (len(package) - 1) // SIZE)
    last.expect(name="last-block", code=CHANGED)
    await firmware.expect_after(ON_THE_WAY, DOWNLOADED, 0, name="downloaded")
    (await firmware.update()).expect(code=CHANGED)
    await firmware.expect_after(IN_PROGRESS, IDLE, SUCCESS)


@testcase("FW-PUSH-05", verifies=["HLF-003"], clause=CLAUSE, applies=PUSH, fresh=True)
async def test_half_a_package_is_not_installed(device: Device) -> None:
    """While blocks are missing, the device is not in state Downloaded, and Update is answered 4.05."""
    await device.registered()
    firmware = Firmware(device)
    package = firmware.package("firmware_package")
    need_blocks(package, 3)
    (await device.read(STATE)).require(code=CONTENT, value=IDLE)
    earlier = (await device.read(RESULT)).value
    for number in range(2):
        (await firmware.push_block(package, number, more=True)).require(code=CONTINUE)
    state = await device.read(STATE)
    state.expect(name="state", code=CONTENT, value=one_of(IDLE, DOWNLOADING))
    await firmware.expect_nothing_to_install()
    result = await device.read(RESULT)
    result.expect(name="result", code=CONTENT, value=differs(SUCCESS), tolerated={"value": earlier})


@testcase("FW-PUSH-06", verifies=["HLF-004"], clause=CLAUSE, applies=PUSH, wait=5.0)
async def test_next_package_clears_the_result(device: Device) -> None:
    """After an update, the next package leads to State 2 with Result 0 again."""
    firmware = Firmware(device)
    package = firmware.package("firmware_package")
    await firmware.downloaded(package)
    (await firmware.update()).require(code=CHANGED)
    await firmware.expect_after(IN_PROGRESS, IDLE, SUCCESS)
    written = await firmware.push(package)
    written.expect(code=CHANGED)
    await firmware.expect_after([*ON_THE_WAY, (IDLE, SUCCESS)], DOWNLOADED, 0, name="next")


@testcase("FW-PUSH-07", verifies=["HLF-003"], clause="RFC 7959 §2.5", applies=PUSH, wait=5.0)
async def test_push_may_begin_anew_with_another_size(device: Device) -> None:
    """A push that begins anew after some blocks, in blocks of another size, arrives whole and installs."""
    await device.registered()
    firmware = Firmware(device)
    await firmware.begin_push()
    written = await firmware.push(firmware.package("firmware_package"), 1)
    written.expect(code=CHANGED)
    await firmware.expect_after(ON_THE_WAY, DOWNLOADED, 0, name="downloaded")
    await firmware.expect_update()


@testcase("FW-PUSH-08", verifies=["HLF-003", "MBMS-SW-2"], clause="RFC 7959 §2.9.2", applies=PUSH)
async def test_package_with_a_gap_is_none(device: Device) -> None:
    """A block that skips one is answered 4.08, and nothing is there to install."""
    await device.registered()
    firmware = Firmware(device)
    package = firmware.package("firmware_package")
    need_blocks(package, 4)
    await firmware.begin_push()
    skipped = await firmware.push_block(package, 3, more=True)
    skipped.expect(code=REQUEST_ENTITY_INCOMPLETE, level=Level.SHOULD)
    last = await firmware.push_block(package, (len(package) - 1) // SIZE)
    last.note(f"the last block after the gap was answered {last.code}")
    state = await device.read(STATE)
    state.expect(name="state", code=CONTENT, value=one_of(IDLE, DOWNLOADING))
    await firmware.expect_nothing_to_install()
