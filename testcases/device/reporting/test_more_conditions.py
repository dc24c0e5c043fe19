"""Conditions of notifications that change, are unset, or hold at zero (LwM2M Core 1.1.1 §5.1.1, §5.1.2)."""

from conformance.matching import PRESENT, between
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device, Observation, variable
from conformance.roles.observation import Variable
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

CONDITIONS = "LwM2M Core 1.1.1 §5.1.2"
PERIODS = ["HLF-016", "HLF-018"]
CHANGING = "device & observe & (ixit.observable | ixit.writable_integer)"
APPLIES = f"{CHANGING} & write_attributes"
DEFAULT_MINIMUM = 2
FAR = 20


async def with_attributes(device: Device, **attributes: float) -> tuple[Variable, Observation]:
    """A number with the value 20, the attributes on it, and then the observation of it."""
    await device.registered()
    changing = await variable(device, 20)
    (await device.write_attributes(changing.path, **attributes)).require(code=CHANGED)
    return changing, await observed(device, changing)


async def observed(device: Device, changing: Variable) -> Observation:
    observation = await device.observe(changing.path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    return observation


async def expect_change(device: Device, changing: Variable, observation: Observation, value: int) -> None:
    """The number changes, and that is told promptly."""
    await changing.becomes(value)
    told = await observation.next(name=f"changed-{value}")
    told.expect(name=f"changed-{value}", code=CONTENT, value=value)


@testcase(
    "REP-ATT-16", verifies=PERIODS, clause="LwM2M Core 1.1.1 §5.1.1", applies=APPLIES, fresh=True, wait=1
)
@vary(upper=["object", "instance"])
async def test_unset_below_lets_the_upper_level_prevail(device: Device, upper: str) -> None:
    """When pmax is unset on a Resource, that of its Instance or Object holds for it again."""
    await device.registered()
    changing = await variable(device, 20)
    for target, pmax in ((changing.at(upper), 1), (changing.path, FAR), (changing.path, None)):
        (await device.write_attributes(target, pmax=pmax)).require(code=CHANGED)
    observation = await observed(device, changing)
    told = await observation.next(1 + device.ixit.reaction_time)
    tolerance = device.ixit.timing_tolerance
    told.expect(code=CONTENT, value=20, seconds=between(0, 1 + tolerance))
    told.expect(name="full", seconds=between(1 - tolerance, 1 + tolerance), level=Level.SHOULD)


@testcase(
    "REP-ATT-17", verifies=[*PERIODS, "HLF-029"], clause=CONDITIONS, applies=APPLIES, fresh=True, wait=1
)
async def test_step_within_the_minimum_period_is_told_afterwards(device: Device) -> None:
    """With st and pmin a value that has moved by the step is told when pmin has passed, and not before."""
    changing, observation = await with_attributes(device, st=10, pmin=1)
    limit = 1 + device.ixit.reaction_time
    for value in (40, 60):
        await changing.becomes(value)
        told = await observation.next(limit, name=f"changed-{value}")
        told.expect(name=f"changed-{value}", code=CONTENT, value=value)
    told.expect(name="second", seconds=between(1 - device.ixit.timing_tolerance, limit))
    await changing.becomes(65)
    await observation.none(1 + device.ixit.timing_tolerance, name="small-step")


@testcase(
    "REP-ATT-18", verifies=PERIODS, clause="LwM2M Core 1.1.1 §5.1.1, §5.1.2", applies=APPLIES, fresh=True
)
async def test_minimum_period_of_zero_is_a_value(device: Device) -> None:
    """A pmin of 0 on a Resource is preferred to the Default Minimum Period: each change is told promptly."""
    await device.registered()
    default = await device.write(device.server_object / DEFAULT_MINIMUM, FAR)
    if default.code != CHANGED:
        raise NotApplicable(f"the SUT does not let /1/x/2 be written: {default.code}")
    changing, observation = await with_attributes(device, pmin=0)
    await expect_change(device, changing, observation, 30)
    await expect_change(device, changing, observation, 40)


@testcase(
    "REP-ATT-19", verifies=PERIODS, clause="LwM2M Core 1.1.1 §6.4.2", applies=APPLIES, fresh=True, wait=1
)
async def test_attributes_written_later_end_no_observation(device: Device) -> None:
    """Attributes written while an observation runs do not end it: a change is told by the old or the new."""
    await device.registered()
    changing = await variable(device, 20)
    observation = await observed(device, changing)
    await expect_change(device, changing, observation, 30)
    (await device.write_attributes(changing.path, pmin=1)).require(code=CHANGED)
    await changing.becomes(40)
    told = await observation.next(1 + device.ixit.reaction_time, name="afterwards")
    if told.value == 30:
        told.note("the Write-Attributes itself makes it tell")
        told = await observation.next(1 + device.ixit.reaction_time, name="change")
    told.expect(code=CONTENT, value=40)


@testcase(
    "REP-ATT-21",
    verifies=PERIODS,
    clause="LwM2M Core 1.2 §5.1.2",
    applies=f"{APPLIES} & lwm2m >= 1.2",
    fresh=True,
)
async def test_maximum_period_of_zero_is_none(device: Device) -> None:
    """With a pmax of 0 nothing is told as long as nothing changes."""
    changing, observation = await with_attributes(device, pmax=0)
    await observation.none(1 + device.ixit.quiet_time, name="unchanged")
    await expect_change(device, changing, observation, 30)


@testcase(
    "REP-ATT-22",
    verifies=PERIODS,
    clause="LwM2M Core 1.2 §5.1.2",
    applies=f"{APPLIES} & lwm2m >= 1.2",
    fresh=True,
    wait=2,
)
async def test_periods_may_be_equal(device: Device) -> None:
    """With pmin and pmax of the same value a notification comes each period, changed or not."""
    _, observation = await with_attributes(device, pmin=1, pmax=1)
    tolerance = device.ixit.timing_tolerance
    for name in ("first-period", "second-period"):
        told = await observation.next(1 + device.ixit.reaction_time, name=name)
        told.expect(name=name, code=CONTENT, value=20, seconds=between(1 - tolerance, 1 + tolerance))
