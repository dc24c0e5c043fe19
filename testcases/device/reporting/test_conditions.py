"""The conditions of notifications: periods, thresholds, defaults, inheritance (Core 1.1.1 §5.1.1, §5.1.2)."""

from collections.abc import Mapping

from conformance.matching import PRESENT, between, one_of
from conformance.messages import Path
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT
from conformance.roles import Device, Observation, variable
from conformance.roles.observation import Variable
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

CONDITIONS = "LwM2M Core 1.1.1 §5.1.2"
PERIODS = ["HLF-016", "HLF-018"]
THRESHOLDS = ["HLF-021", "HLF-029"]
CHANGING = "device & observe & (ixit.observable | ixit.writable_integer)"
APPLIES = f"{CHANGING} & write_attributes"
LEVELS = ["object", "instance", "resource"]
DEFAULT_MINIMUM, DEFAULT_MAXIMUM = 2, 3
FAR = 20
"""Seconds of a period that must not take effect while a case lasts."""


async def conditioned(
    device: Device, levels: Mapping[str, Mapping[str, float]]
) -> tuple[Variable, Observation]:
    """A number with the value 20, the attributes set by level, and then the observation of the number."""
    await device.registered()
    changing = await variable(device, 20)
    for level, attributes in levels.items():
        if level == "default":
            await set_defaults(device, attributes)
        elif (answer := await device.write_attributes(changing.at(level), **attributes)).code != CHANGED:
            raise NotApplicable(f"the SUT does not take {dict(attributes)} on {level}: {answer.code}")
    observation = await device.observe(changing.path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    return changing, observation


async def set_defaults(device: Device, periods: Mapping[str, float]) -> None:
    """Write the default periods of the server account."""
    for name, seconds in periods.items():
        path = device.server_object / {"pmin": DEFAULT_MINIMUM, "pmax": DEFAULT_MAXIMUM}[name]
        answer = await device.write(path, seconds)
        if answer.code != CHANGED:
            raise NotApplicable(f"the SUT does not let {path} be written: {answer.code}")


async def expect_minimum(
    device: Device, changing: Variable, observation: Observation, pmin: int, level: Level = Level.MUST
) -> None:
    """Two changes: the second is told no sooner than pmin after the first, and not forgotten."""
    await changing.becomes(30)
    limit = pmin + device.ixit.reaction_time
    told = await observation.next(limit, name="first-change")
    told.expect(name="first-change", value=30)
    await changing.becomes(40)
    told = await observation.next(limit, name="second-change")
    told.expect(name="second-change", value=40)
    told.expect(
        name="second-change", seconds=between(pmin - device.ixit.timing_tolerance, limit), level=level
    )


async def expect_maximum(device: Device, observation: Observation, pmax: int) -> None:
    """Two notifications without any change, each no later than pmax after the one before."""
    latest = pmax + device.ixit.timing_tolerance
    for name in ("first-period", "second-period"):
        told = await observation.next(pmax + device.ixit.reaction_time, name=name)
        told.expect(name=name, code=CONTENT, value=20, seconds=between(0, latest))
        earliest = pmax - device.ixit.timing_tolerance
        told.expect(name=f"{name}-full", seconds=between(earliest, latest), level=Level.SHOULD)


@testcase("REP-ATT-01", verifies=PERIODS, clause=CONDITIONS, ets="int-301", applies=APPLIES, fresh=True)
@vary(level=LEVELS)
async def test_minimum_period_is_kept(device: Device, level: str) -> None:
    """Notifications are at least pmin apart, set on the Resource or inherited, and no change gets lost."""
    changing, observation = await conditioned(device, {level: {"pmin": 1}})
    await expect_minimum(device, changing, observation, 1)


@testcase("REP-ATT-02", verifies=PERIODS, clause=CONDITIONS, ets="int-301", applies=APPLIES, fresh=True)
@vary(level=LEVELS)
async def test_maximum_period_is_kept(device: Device, level: str) -> None:
    """Without a change a notification comes each pmax, set on the Resource or inherited."""
    _, observation = await conditioned(device, {level: {"pmax": 1}})
    await expect_maximum(device, observation, 1)


@testcase("REP-ATT-03", verifies=PERIODS, clause=CONDITIONS, applies=APPLIES, fresh=True)
async def test_last_change_within_the_minimum_period_is_told(device: Device) -> None:
    """Of several changes within pmin the last is told when pmin has passed."""
    changing, observation = await conditioned(device, {"resource": {"pmin": 1}})
    await changing.becomes(30)
    limit = 1 + device.ixit.reaction_time
    (await observation.next(limit, name="first-change")).expect(name="first-change", value=30)
    held_back = (40, 50, 60)
    for value in held_back:
        await changing.becomes(value)
    told = await observation.next(limit, name="held-back")
    told.expect(name="held-back", seconds=between(1 - device.ixit.timing_tolerance, limit))
    for _ in held_back[1:]:
        if told.value != held_back[-1]:
            told.note(f"{told.value!r} is told although the value has changed meanwhile")
            told = await observation.next_or_none(limit) or told
    told.expect(name="latest", value=held_back[-1])


@testcase("REP-ATT-04", verifies=PERIODS, clause=CONDITIONS, ets="int-301", applies=APPLIES, fresh=True)
async def test_both_periods_bound_the_notifications(device: Device) -> None:
    """With pmin and pmax set, changes or none, all notifications keep the distance that both demand."""
    changing, observation = await conditioned(device, {"resource": {"pmin": 1, "pmax": 2}})
    distance = between(1 - device.ixit.timing_tolerance, 2 + device.ixit.timing_tolerance)
    before = 20
    for value in (30, 40):
        await changing.becomes(value)
        told = await observation.next(2 + device.ixit.reaction_time, name=f"changed-{value}")
        if told.value == before:
            told.note("pmax had passed before the change")
            told = await observation.next(2 + device.ixit.reaction_time, name=f"change-{value}")
        told.expect(name=f"changed-{value}", value=value)
        if value != 30:
            told.expect(name=f"changed-{value}", seconds=distance)
        before = value
    told = await observation.next(2 + device.ixit.reaction_time, name="unchanged")
    told.expect(name="unchanged", value=40, seconds=distance)


@testcase(
    "REP-ATT-05",
    verifies=PERIODS,
    clause=CONDITIONS,
    applies=f"{APPLIES} & lwm2m >= 1.1",
    fresh=True,
)
async def test_smaller_maximum_period_is_ignored(device: Device) -> None:
    """A pmax that is smaller than pmin has no effect: without a change nothing is told."""
    await device.registered()
    changing = await variable(device, 20)
    (await device.write_attributes(changing.path, pmin=FAR)).require(code=CHANGED)
    smaller = await device.write_attributes(changing.path, pmax=1)
    smaller.expect(code=one_of(CHANGED, BAD_REQUEST))
    smaller.note(f"a pmax below the pmin set before is answered {smaller.code}", ambiguity="Q03")
    observation = await device.observe(changing.path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    await observation.none(1 + device.ixit.timing_tolerance + device.ixit.quiet_time)


@testcase(
    "REP-ATT-06", verifies=PERIODS, clause="LwM2M Core 1.1.1 §5.1.2, §E.2", applies=CHANGING, fresh=True
)
async def test_default_minimum_period_is_kept(device: Device) -> None:
    """Without pmin the Default Minimum Period /1/x/2 should hold."""
    changing, observation = await conditioned(device, {"default": {"pmin": 1}})
    await expect_minimum(device, changing, observation, 1, Level.SHOULD)


@testcase(
    "REP-ATT-07", verifies=PERIODS, clause="LwM2M Core 1.1.1 §5.1.2, §E.2", applies=CHANGING, fresh=True
)
async def test_default_maximum_period_is_kept(device: Device) -> None:
    """Without pmax the Default Maximum Period /1/x/3 should hold."""
    _, observation = await conditioned(device, {"default": {"pmax": 1}})
    told = await observation.next_or_none(1 + device.ixit.reaction_time)
    device.context.record.judge(
        "period.received",
        True,
        told is not None,
        subject=Subject("notification.received", told.frame if told else None),
        what="a notification by the default:",
        level=Level.SHOULD,
    )
    if told is not None:
        told.expect(name="period", code=CONTENT, value=20)
        tolerance = device.ixit.timing_tolerance
        told.expect(name="period", seconds=between(1 - tolerance, 1 + tolerance), level=Level.SHOULD)


@testcase("REP-ATT-08", verifies=PERIODS, clause="LwM2M Core 1.1.1 §5.1.1", applies=APPLIES, fresh=True)
@vary(upper=["default", "object", "instance"])
async def test_lower_minimum_period_prevails(device: Device, upper: str) -> None:
    """A pmin on the Resource is preferred to that of its Instance or Object, and to the default."""
    changing, observation = await conditioned(device, {upper: {"pmin": FAR}, "resource": {"pmin": 1}})
    await expect_minimum(device, changing, observation, 1)


@testcase("REP-ATT-09", verifies=PERIODS, clause="LwM2M Core 1.1.1 §5.1.1", applies=APPLIES, fresh=True)
@vary(upper=["default", "object", "instance"])
async def test_lower_maximum_period_prevails(device: Device, upper: str) -> None:
    """A pmax on the Resource is preferred to that of its Instance or Object, and to the default."""
    _, observation = await conditioned(device, {upper: {"pmax": FAR}, "resource": {"pmax": 1}})
    await expect_maximum(device, observation, 1)


@testcase("REP-ATT-10", verifies=THRESHOLDS, clause=CONDITIONS, applies=APPLIES, fresh=True)
@vary(attribute=["gt", "lt"])
async def test_crossing_of_a_threshold_is_told(device: Device, attribute: str) -> None:
    """A value that crosses gt upwards or lt downwards is told; changes on either side are not."""
    limit, values = {"gt": (50, (30, 80, 90)), "lt": (10, (15, 4, 2))}[attribute]
    changing, observation = await conditioned(device, {"resource": {attribute: limit}})
    on_this_side, beyond, further = values
    await changing.becomes(on_this_side)
    await observation.none(name="on-this-side")
    await changing.becomes(beyond)
    told = await observation.next(name="crossing")
    told.expect(name="crossing", code=CONTENT, value=beyond)
    await changing.becomes(further)
    await observation.none(name="further")


@testcase("REP-ATT-11", verifies=THRESHOLDS, clause=CONDITIONS, applies=APPLIES, fresh=True)
@vary(direction=["up", "down"])
async def test_step_is_counted_from_what_was_told_last(device: Device, direction: str) -> None:
    """With st a value is told when it has moved that far since the last notification, in small steps too."""
    changing, observation = await conditioned(device, {"resource": {"st": 10}})
    sign = 1 if direction == "up" else -1
    await changing.becomes(20 + 6 * sign)
    await observation.none(name="small-step")
    await changing.becomes(20 + 12 * sign)
    told = await observation.next()
    told.expect(code=CONTENT, value=20 + 12 * sign)


@testcase("REP-ATT-12", verifies=[*PERIODS, *THRESHOLDS], clause=CONDITIONS, applies=APPLIES, fresh=True)
async def test_maximum_period_needs_no_crossing(device: Device) -> None:
    """With gt and pmax a value that crosses nothing is told when pmax has passed."""
    changing, observation = await conditioned(device, {"resource": {"gt": 50, "pmax": 1}})
    await changing.becomes(30)
    told = await observation.next(1 + device.ixit.reaction_time)
    if told.value == 20:
        told.note("pmax had passed before the change")
        told = await observation.next(1 + device.ixit.reaction_time, name="after-the-change")
    tolerance = device.ixit.timing_tolerance
    told.expect(code=CONTENT, seconds=between(1 - tolerance, 1 + tolerance), value=30)


@testcase("REP-ATT-13", verifies=[*PERIODS, *THRESHOLDS], clause=CONDITIONS, applies=APPLIES, fresh=True)
async def test_crossing_within_the_minimum_period_is_not_lost(device: Device) -> None:
    """A value that crosses gt right after Observe and stays beyond is told, at the latest after pmin."""
    changing, observation = await conditioned(device, {"resource": {"gt": 50, "pmin": 1}})
    await changing.becomes(80)
    told = await observation.next(1 + device.ixit.reaction_time)
    told.expect(code=CONTENT, value=80)


@testcase("REP-ATT-14", verifies=PERIODS, clause="LwM2M Core 1.1.1 §6.3.4", applies=APPLIES, fresh=True)
async def test_period_that_was_unset_ends(device: Device) -> None:
    """After pmax was unset, a new observation tells nothing as long as nothing changes."""
    await device.registered()
    changing = await variable(device, 20)
    (await device.write_attributes(changing.path, pmax=1)).require(code=CHANGED)
    (await device.write_attributes(changing.path, pmax=None)).require(code=CHANGED)
    observation = await device.observe(Path.of(changing.path))
    observation.first.require(code=CONTENT, observe=PRESENT)
    await observation.none(1 + device.ixit.timing_tolerance + device.ixit.quiet_time)
    await changing.becomes(30)
    (await observation.next()).expect(code=CONTENT, value=30)


@testcase("REP-ATT-15", verifies=PERIODS, clause="LwM2M Core 1.1.1 §5.1.1", applies=APPLIES, fresh=True)
async def test_each_observation_has_its_own_periods(device: Device) -> None:
    """A pmax on a Resource makes no other Resource tell."""
    if device.ixit.writable_string is None:
        raise NotApplicable("the profile gives no ixit.writable_string")
    _, observation = await conditioned(device, {"resource": {"pmax": 1}})
    other = await device.observe(device.ixit.writable_string)
    other.first.require(code=CONTENT, observe=PRESENT)
    await expect_maximum(device, observation, 1)
    await other.none(name="other")
