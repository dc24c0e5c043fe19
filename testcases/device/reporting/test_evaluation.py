"""The evaluation periods epmin and epmax, which LwM2M 1.1 added (LwM2M Core 1.1.1 §5.1.2)."""

from conformance.matching import PRESENT, between
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT
from conformance.roles import Device, Observation, variable
from conformance.roles.observation import Variable
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, Subject

EVALUATION = "LwM2M Core 1.1.1 §5.1.2"
PERIODS = ["HLF-016", "HLF-018"]
APPLIES = (
    "device & lwm2m >= 1.1 & observe & write_attributes & attributes_evaluation_period"
    " & (ixit.observable | ixit.writable_integer)"
)
LEVELS = ["object", "instance", "resource"]


async def evaluated(device: Device, level: str, **attributes: float) -> tuple[Variable, Observation]:
    """A number with the value 20 whose attributes are set at a level, and then the observation of it."""
    await device.registered()
    changing = await variable(device, 20)
    (await device.write_attributes(changing.at(level), **attributes)).require(code=CHANGED)
    observation = await device.observe(changing.path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    return changing, observation


@testcase("REP-EVAL-01", verifies=PERIODS, clause=EVALUATION, applies=f"{APPLIES} & discover", fresh=True)
@vary(level=LEVELS)
async def test_evaluation_periods_are_stored(device: Device, level: str) -> None:
    """Evaluation periods are taken on an Object, an Instance and a Resource, and a Discover shows them."""
    await device.registered()
    target = (await variable(device, 20)).at(level)
    written = await device.write_attributes(target, epmin=1, epmax=3)
    written.expect(code=CHANGED)
    answer = await device.discover(target)
    answer.expect(code=CONTENT)
    for name, value in (("epmin", "1"), ("epmax", "3")):
        found = answer.attributes(str(target)).get(name)
        subject = Subject("payload", answer.frame)
        device.context.record.judge(f"discover.{name}", value, found, subject=subject, what=f"{name}=")


@testcase("REP-EVAL-02", verifies=PERIODS, clause=EVALUATION, applies=APPLIES, fresh=True, wait=2.0)
@vary(level=LEVELS)
async def test_evaluations_keep_their_distance(device: Device, level: str) -> None:
    """Two changes are told with the time from epmin to epmax between them, as they need two evaluations."""
    changing, observation = await evaluated(device, level, epmin=1, epmax=2)
    tolerance = device.ixit.timing_tolerance
    await changing.becomes(30)
    told = await observation.next(2 + device.ixit.reaction_time, name="first-change")
    told.expect(name="first-change", code=CONTENT, value=30)
    await changing.becomes(40)
    told = await observation.next(2 + device.ixit.reaction_time, name="second-change")
    told.expect(name="second-change", code=CONTENT, value=40)
    told.expect(name="second-change", seconds=between(1 - tolerance, 2 + tolerance))


@testcase("REP-EVAL-03", verifies=PERIODS, clause=EVALUATION, applies=APPLIES, fresh=True, wait=1.0)
async def test_evaluation_is_due_after_its_maximum_period(device: Device) -> None:
    """A change is told no later than epmax after it."""
    changing, observation = await evaluated(device, "resource", epmax=1)
    await changing.becomes(30)
    told = await observation.next(1 + device.ixit.timing_tolerance)
    told.expect(code=CONTENT, value=30)


@testcase("REP-EVAL-04", verifies=PERIODS, clause=EVALUATION, applies=APPLIES, fresh=True, wait=5.0)
async def test_minimum_period_holds_beside_the_evaluation(device: Device) -> None:
    """With epmax shorter than pmin, notifications of changes are pmin apart all the same."""
    changing, observation = await evaluated(device, "resource", epmax=1, pmin=2)
    limit = 3 + device.ixit.reaction_time
    for value in (30, 40):
        await changing.becomes(value)
        told = await observation.next(limit, name=f"changed-{value}")
        told.expect(name=f"changed-{value}", code=CONTENT, value=value)
    tolerance = device.ixit.timing_tolerance
    told.expect(name="second", seconds=between(2 - tolerance, 3 + tolerance))


@testcase(
    "REP-EVAL-05", verifies=[*PERIODS, "HLF-021"], clause=EVALUATION, applies=APPLIES, fresh=True, wait=2.0
)
async def test_threshold_is_looked_at_by_an_evaluation(device: Device) -> None:
    """With gt and epmin a value that crosses and stays beyond is told after epmin, and only once."""
    changing, observation = await evaluated(device, "resource", epmin=1, epmax=2, gt=50)
    await changing.becomes(30)
    await changing.becomes(80)
    told = await observation.next(2 + device.ixit.timing_tolerance)
    told.expect(code=CONTENT, value=80)
    await changing.becomes(90)
    await observation.none(2 + device.ixit.timing_tolerance, name="further")


@testcase("REP-EVAL-06", verifies=PERIODS, clause=EVALUATION, applies=f"{APPLIES} & discover", fresh=True)
@vary(epmax=[1, 2])
async def test_evaluation_periods_are_compared(device: Device, epmax: int) -> None:
    """An epmax that is not greater than the epmin beside it should be answered 4.00, and is then not set."""
    await device.registered()
    target = (await variable(device, 20)).path
    written = await device.write_attributes(target, epmin=2, epmax=epmax)
    written.expect(outcome="response")
    written.expect(code=BAD_REQUEST, level=Level.SHOULD)
    answer = await device.discover(target)
    answer.require(code=CONTENT)
    held = answer.attributes(str(target))
    found = {name: held[name] for name in ("epmin", "epmax") if name in held}
    expected = {} if written.code != CHANGED else found
    subject = Subject("payload", answer.frame)
    device.context.record.judge("discover.periods", expected, found, subject=subject, what="what is set:")
