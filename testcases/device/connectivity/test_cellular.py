"""Cellular Connectivity: how the server lets a modem save power, and switches it off (Object 10)."""

from asyncio import get_running_loop

from conformance.formats import Value
from conformance.matching import PRESENT, between, one_of
from conformance.messages import Path, Register, Update
from conformance.messages.codes import CHANGED, CONTENT, NOT_FOUND
from conformance.roles import Device
from conformance.roles.expectation import UnreadableError
from conformance.roles.optional import instances_of, read_optional
from conformance.roles.refusal import expect_refused, of_type
from conformance.roles.settling import read_until
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, NotApplicable, Subject

CLAUSE = "LwM2M Registry 1.1 §10"
CELLULAR = Path(10, 0)
DISABLE_RADIO, PSM_TIMER, ACTIVE_TIMER, ACTIVATED, SUPPORTED, ACTIVE = (
    CELLULAR / number for number in (1, 4, 5, 11, 12, 13)
)
PROFILES = 11
TIMERS = {"psm": (PSM_TIMER, 7200, 31 * 320 * 3600), "active": (ACTIVE_TIMER, 60, 31 * 360)}
"""A value in seconds that the timer of 3GPP TS 24.008 holds exactly, and its largest."""
EDRX = {"iu": 7, "wb_s1": 8, "nb_s1": 9, "a_gb": 10}
SOME_EDRX, OTHER_EDRX = b"\x12", b"\x23"
CELLULAR_BEARERS = range(21)
MINUTE = 60
LATER = 30
"""Seconds for what was on its way to be sent again, after some back-off, when the radio is on again."""
AWAY = 3


@testcase("CELL-01", verifies=["HLF-023", "HLF-026"], clause=CLAUSE, applies="device & object(10)")
async def test_activated_profiles_exist(device: Device) -> None:
    """Activated Profile Names /10/0/11 link to Instances of Object 11 that the device announced."""
    await device.registered()
    answer = await device.read(ACTIVATED)
    answer.expect(name="activated", code=one_of(CONTENT, NOT_FOUND))
    if answer.code == NOT_FOUND:
        answer.note("no profile is activated", ambiguity="Q14")
        return
    links = [str(entry.value) for entry in answer.entries if entry.value is not None]
    announced = [f"{path[0]}:{path[1]}" for path in instances_of(device, PROFILES)]
    device.context.record.judge(
        "activated.unknown",
        [],
        [link for link in links if link not in announced],
        subject=Subject("read.values", answer.frame),
        what="links to no profile",
    )


@testcase("CELL-02", verifies=["HLF-015"], clause=CLAUSE, ets="int-1210", applies="device & object(10)")
@vary(timer=list(TIMERS))
async def test_power_saving_timer_is_configured(device: Device, timer: str) -> None:
    """PSM Timer /10/0/4 and Active Timer /10/0/5 take another value; the network has the last word on it."""
    await device.registered()
    path, value, largest = TIMERS[timer]
    before = await read_optional(device, path)
    value = value if before.value != value else 2 * value
    (await device.write(path, value)).expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(name=timer, code=CONTENT, value=between(0, largest))
    answer.expect(name=f"{timer}-granted", value=value, level=Level.SHOULD)
    (await device.write(path, before.value or 0)).expect(name="restored", code=CHANGED)


@testcase("CELL-03", verifies=["HLF-015"], clause=CLAUSE, applies="device & object(10)")
@vary(mode=list(EDRX))
async def test_edrx_is_configured(device: Device, mode: str) -> None:
    """The eDRX parameters /10/0/7 to /10/0/10 take another value and are one octet."""
    await device.registered()
    path = CELLULAR / EDRX[mode]
    before = await read_optional(device, path)
    value = SOME_EDRX if before.value != SOME_EDRX else OTHER_EDRX
    (await device.write(path, value)).expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(name="edrx", code=CONTENT)
    octets = len(answer.value) if isinstance(answer.value, bytes) else None
    device.context.record.judge("edrx.octets", 1, octets, subject=Subject("read.value", answer.frame))
    answer.expect(name="edrx-granted", value=value, level=Level.SHOULD)
    (await device.write(path, before.value or b"\0")).expect(name="restored", code=CHANGED)


async def supported_modes(device: Device) -> int:
    """The power saving modes that the device has, one bit each."""
    answer = await read_optional(device, SUPPORTED)
    answer.expect(name="supported", value=between(0, 255))
    return bits(answer.value)


def bits(value: Value | None) -> int:
    """A bit field that was read; raises UnreadableError."""
    if not isinstance(value, int):
        raise UnreadableError(f"{value!r} is no bit field")
    return value


@testcase("CELL-04", verifies=["HLF-015"], clause=CLAUSE, ets="int-1200", applies="device & object(10)")
async def test_active_modes_are_supported_ones(device: Device) -> None:
    """Active Power Saving Modes /10/0/13 are among the supported ones of /10/0/12."""
    await device.registered()
    supported = await supported_modes(device)
    answer = await read_optional(device, ACTIVE)
    answer.expect(name="active", value=between(0, 255))
    device.context.record.judge(
        "active.unsupported",
        0,
        bits(answer.value) & ~supported,
        subject=Subject("read.value", answer.frame),
        what="bits of modes that are not supported",
    )


async def other_modes(device: Device) -> tuple[int, int]:
    """The power saving modes that are active, and others that may be.

    Raises:
        NotApplicable: the device has no mode to switch.
    """
    supported = await supported_modes(device)
    before = bits((await read_optional(device, ACTIVE)).value)
    if not supported:
        raise NotApplicable("the SUT supports no power saving mode")
    return before, 0 if before else supported & -supported


@testcase("CELL-05", verifies=["HLF-015"], clause=CLAUSE, ets="int-1210", applies="device & object(10)")
async def test_power_saving_mode_is_switched(device: Device) -> None:
    """A supported power saving mode is switched by a Write to /10/0/13; the network has its say, too."""
    await device.registered()
    before, other = await other_modes(device)
    (await device.write(ACTIVE, other)).expect(code=CHANGED)
    answer = await read_until(device, ACTIVE, lambda answer: answer.value == other)
    answer.expect(name="modes", code=CONTENT, value=between(0, 255))
    answer.expect(name="switched", value=other, level=Level.SHOULD)
    (await device.write(ACTIVE, before)).expect(name="restored", code=CHANGED)


@testcase(
    "CELL-06", verifies=["HLF-015"], clause=CLAUSE, ets="int-1230", applies="device & object(10) & observe"
)
async def test_power_saving_mode_is_reported(device: Device) -> None:
    """A server that observes the active power saving modes is told when they change."""
    await device.registered()
    before, other = await other_modes(device)
    observation = await device.observe(ACTIVE)
    observation.first.require(code=CONTENT, observe=PRESENT)
    (await device.write(ACTIVE, other)).require(code=CHANGED)
    answer = await read_until(device, ACTIVE, lambda answer: answer.value == other)
    if answer.value != other:
        raise NotApplicable(f"the modes did not change: {answer.value!r}; the network may have refused")
    (await observation.next()).expect(code=CONTENT, value=other)
    (await device.write(ACTIVE, before)).expect(name="restored", code=CHANGED)


@testcase("CELL-07", verifies=["HLF-015"], clause="LwM2M Core 1.1.1 §6.3.3", applies="device & object(10)")
async def test_mode_outside_the_range_is_refused(device: Device) -> None:
    """A Write of 256 to Active Power Saving Modes, which end at 255, is refused and changes nothing."""
    await device.registered()
    before = await read_optional(device, ACTIVE)
    await device.control()
    expect_refused(await device.write(ACTIVE, 256), of_type(device))
    (await device.read(ACTIVE)).expect(name="read-back", code=CONTENT, value=before.value)


async def over_the_air(device: Device) -> None:
    """The preamble of a case that switches the radio off.

    Raises:
        NotApplicable: the device has no such Resource, or says that it is not connected by radio.
    """
    await device.registered()
    await read_optional(device, DISABLE_RADIO)
    bearer = await device.read("/4/0/0")
    if bearer.code != CONTENT or bearer.value not in CELLULAR_BEARERS:
        raise NotApplicable("the SUT does not say that a cellular bearer /4/0/0 carries the conversation")
    await device.control()


async def gone(device: Device) -> None:
    """The device stops to answer; records ``radio.off``."""
    over, outcome = get_running_loop().time() + device.ixit.reaction_time, "response"
    while outcome == "response" and get_running_loop().time() < over:
        outcome = (await device.read(DISABLE_RADIO, limit=device.ixit.reaction_time)).outcome
    device.context.record.judge(
        "radio.off", one_of("timeout", "unreachable"), outcome, what="answer to a Read:"
    )


@testcase(
    "CELL-08",
    verifies=["HLF-042"],
    clause=CLAUSE,
    applies="device & object(10) & object(4)",
    fresh=True,
    final_control=False,
    wait=AWAY,
)
async def test_radio_is_switched_off(device: Device) -> None:
    """A device whose Disable Radio Period /10/0/1 is set to a minute disconnects, and stays away."""
    await over_the_air(device)
    answer = await device.write(DISABLE_RADIO, 1)
    if answer.answered:
        answer.expect(code=CHANGED)
    else:
        answer.note("the radio was off before the answer to the Write")
    await gone(device)
    again = await device.read(DISABLE_RADIO, limit=AWAY)
    again.expect(name="away", outcome=one_of("timeout", "unreachable"))


@testcase(
    "CELL-09",
    verifies=["HLF-041", "HLF-042"],
    clause=CLAUSE,
    applies="device & object(10) & object(4)",
    fresh=True,
    final_control=False,
    wait=MINUTE + LATER,
)
async def test_radio_comes_back_after_its_period(device: Device) -> None:
    """A device whose radio was switched off for a minute says nothing for a minute; it may then come back."""
    await over_the_air(device)
    while await device.server.next((Register, Update), 0.01) is not None:
        pass
    started = get_running_loop().time()
    await device.write(DISABLE_RADIO, 1)
    await gone(device)
    found = await device.server.next((Register, Update), MINUTE + LATER)
    if found is None:
        raise Inconclusive("the SUT may come back after the minute, and did not")
    device.context.record.judge(
        "return.seconds",
        between(MINUTE - device.ixit.timing_tolerance, float("inf")),
        round(found[1].time - started, 3),
        subject=Subject("time", found[1].frame),
        what="seconds until the device is back",
    )
    await device.control()
