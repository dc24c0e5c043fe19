"""An update is given up in each of its states: reset by an empty value, and Cancel (Core 1.1.1 §E.6)."""

from conformance.matching import differs, one_of
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, METHOD_NOT_ALLOWED
from conformance.roles import Answer, Device
from conformance.roles.firmware import (
    CANCEL,
    CANCELLED,
    COAP,
    DOWNLOADED,
    IDLE,
    IN_PROGRESS,
    NUL,
    ON_THE_WAY,
    RESULT,
    STATE,
    SUCCESS,
    UPDATING,
    Firmware,
)
from conformance.roles.package_server import PackageServer
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, NotApplicable

CLAUSE = "LwM2M Core 1.1.1 §E.6"
PUSH = "device & firmware_push & blockwise & ixit.firmware_package"
PULL = "device & firmware_pull & blockwise & ixit.firmware_package"
WAYS = ["nul_package", "empty_uri", "cancel"]


async def give_up(firmware: Firmware, by: str) -> Answer:
    """Give up the update in one of the three ways; nothing is judged."""
    if by == "cancel":
        return await firmware.device.execute(CANCEL)
    return await (firmware.push(NUL) if by == "nul_package" else firmware.name(""))


async def prepared(device: Device, by: str) -> Firmware:
    """The preamble: registered and Idle. Raise NotApplicable for a way that the device does not offer."""
    await device.registered()
    firmware = Firmware(device)
    if by == "cancel":
        await firmware.need_listed(CANCEL)
    if by == "nul_package" and not device.context.ics["firmware_push"]:
        raise NotApplicable("the SUT takes no pushed package, so none of one NUL either")
    (await device.read(STATE)).require(code=CONTENT, value=IDLE)
    return firmware


def told(by: str) -> int:
    """The Update Result after an update was given up so."""
    return CANCELLED if by == "cancel" else 0


async def expect_given_up(firmware: Firmware, answer: Answer, by: str) -> None:
    """What the definition says of giving up; amid a download the public answers differ (Q31)."""
    answer.expect(name="given-up", code=CHANGED, level=Level.SHOULD)
    if answer.code == CHANGED:
        state, result = await firmware.device.read(STATE), await firmware.device.read(Path(5, 0, 5))
        state.expect(name="state", code=CONTENT, value=IDLE, level=Level.SHOULD)
        result.expect(name="result", code=CONTENT, value=told(by), level=Level.SHOULD)
    else:
        answer.note("giving up was refused while Downloading", ambiguity="Q31")


@testcase("FW-CANCEL-01", verifies=["HLF-003", "HLF-004"], clause=CLAUSE, applies=PUSH)
@vary(by=WAYS)
async def test_push_is_given_up(device: Device, by: str) -> None:
    """A push that is given up between two blocks leaves nothing to install; the next one arrives whole."""
    firmware = await prepared(device, by)
    await firmware.begin_push()
    await expect_given_up(firmware, await give_up(firmware, by), by)
    await firmware.expect_nothing_to_install()
    await firmware.expect_arrives()


@testcase("FW-CANCEL-02", verifies=["HLF-003", "HLF-004"], clause=CLAUSE, applies=PULL, wait=5.0)
@vary(by=WAYS)
async def test_fetch_is_given_up(device: Device, by: str) -> None:
    """A fetch that is given up between two blocks does not go on to Downloaded by itself."""
    firmware = await prepared(device, by)
    await firmware.need_protocol(COAP, "CoAP")
    server = PackageServer(device.server, {"package": firmware.package("firmware_package")})
    server.pause_after(2)
    (await firmware.name(server.uri("package"))).require(code=CHANGED)
    await firmware.amid_fetch(server)
    answer = await give_up(firmware, by)
    await expect_given_up(firmware, answer, by)
    server.go_on()
    if answer.code == CHANGED:
        await firmware.stays((IDLE, told(by)), device.ixit.quiet_time)
        state = await device.read(STATE)
        state.expect(name="end", code=CONTENT, value=IDLE, level=Level.SHOULD)
    (await firmware.name(server.uri("package"))).expect(name="anew", code=CHANGED)
    await firmware.expect_after((*ON_THE_WAY, (IDLE, told(by))), DOWNLOADED, 0, name="anew")


@testcase(
    "FW-CANCEL-03",
    verifies=["HLF-003"],
    clause=CLAUSE,
    applies="device & lwm2m >= 1.1 & firmware & discover",
    fresh=True,
)
async def test_cancel_in_idle_changes_nothing(device: Device) -> None:
    """Cancel with nothing to cancel is answered 2.04 or 4.05, and the device stays Idle."""
    firmware = await prepared(device, "cancel")
    before = await device.read(RESULT)
    before.require(code=CONTENT)
    answer = await device.execute(CANCEL)
    answer.expect(code=METHOD_NOT_ALLOWED, tolerated={"code": CHANGED})
    await firmware.expect(IDLE, one_of(0, CANCELLED, before.value))


@testcase(
    "FW-CANCEL-04",
    verifies=["HLF-004", "MBMS-SW-2"],
    clause=CLAUSE,
    applies=f"{PUSH} & ixit.firmware_version",
    wait=5.0,
)
@vary(by=WAYS)
async def test_update_is_not_given_up_by_half(device: Device, by: str) -> None:
    """Giving up amid the update ends with the old version, or with the new one and Result 1."""
    firmware = await prepared(device, by)
    old = await firmware.version()
    if old == device.ixit.firmware_version:
        raise Inconclusive(f"preamble: the SUT runs version {old!r}, that of the package, already")
    await firmware.downloaded(firmware.package("firmware_package"))
    (await firmware.update()).require(code=CHANGED)
    before = await firmware.look(device.ixit.reaction_time)
    answer = await give_up(firmware, by)
    if by == "cancel" and answer.answered:
        answer.expect(name="cancel", code=METHOD_NOT_ALLOWED, level=Level.SHOULD)
    if answer.code != METHOD_NOT_ALLOWED or before is None or before[0] != UPDATING:
        answer.note(f"giving up at {before!r} of an update was answered {answer.code}", ambiguity="Q31")
    await firmware.wait_while(IN_PROGRESS)
    await device.registered()
    new = device.ixit.firmware_version
    version = await firmware.version()
    await firmware.expect_version(one_of(old, new))
    if version == new:
        await firmware.expect(IDLE, SUCCESS, name="new", tolerated=one_of(0, CANCELLED))
    else:
        await firmware.expect(one_of(IDLE, DOWNLOADED), differs(SUCCESS), name="old")
    await firmware.expect_installs("next")


@testcase(
    "FW-CANCEL-05",
    verifies=["HLF-004"],
    clause=CLAUSE,
    applies=f"{PUSH} & discover & lwm2m >= 1.1",
    wait=5.0,
)
async def test_cancel_after_the_update_is_refused(device: Device) -> None:
    """Cancel of what is installed already is answered 4.05, and the Result stays 1."""
    firmware = await prepared(device, "cancel")
    await firmware.expect_installs("first")
    answer = await device.execute(CANCEL)
    answer.expect(code=METHOD_NOT_ALLOWED, level=Level.SHOULD)
    await firmware.expect(IDLE, SUCCESS, tolerated=one_of(0, CANCELLED))
    await firmware.expect_version(device.ixit.firmware_version)
