"""Several observations beside a composite one, and what happens to its paths (LwM2M Core 1.1.1 §6.4.4)."""

from conformance.matching import PRESENT, between, covering, excluding
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, CREATED, DELETED
from conformance.messages.content import Values
from conformance.roles import Device, Observation
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

COMPOSITE = "LwM2M Core 1.1.1 §6.4.4"
APPLIES = "device & lwm2m >= 1.1 & observe_composite & ixit.writable_integer & ixit.writable_string"
VERIFIES = ["HLF-035", "HLF-028"]


async def known(device: Device) -> tuple[Path, Path]:
    """A number and a text with known values."""
    await device.registered()
    number, text = device.writable("integer"), device.writable("string")
    (await device.write(number, 20)).require(code=CHANGED)
    (await device.write(text, "first")).require(code=CHANGED)
    return number, text


async def composite(device: Device, *paths: Path) -> Observation:
    observation = await device.observe_composite(paths)
    observation.first.require(code=CONTENT, observe=PRESENT)
    return observation


@testcase("REP-COMP-06", verifies=VERIFIES, clause="RFC 7641 §4.1", applies=APPLIES)
async def test_single_and_composite_observations_overlap(device: Device) -> None:
    """A change of a Resource is told to its own observation and to the composite one that names it."""
    number, text = await known(device)
    both = await composite(device, number, text)
    single = await device.observe(number)
    single.first.expect(code=CONTENT, observe=PRESENT)
    (await device.write(number, 30)).require(code=CHANGED)
    (await single.next(name="single")).expect(name="single", code=CONTENT, value=30)
    told = await both.next(name="composite")
    told.expect(name="composite", code=CONTENT, values={str(number): 30, str(text): "first"})
    (await device.cancel(single)).expect(code=CONTENT)
    (await device.write(number, 40)).require(code=CHANGED)
    told = await both.next(name="kept")
    told.expect(name="kept", code=CONTENT, values={str(number): 40, str(text): "first"})


@testcase(
    "REP-COMP-07",
    verifies=["HLF-018", "HLF-035"],
    clause="LwM2M Core 1.1.1 §5.1.2, §6.4.4",
    applies=f"{APPLIES} & write_attributes",
    fresh=True,
    wait=2,
)
async def test_maximum_period_of_one_resource_tells_all(device: Device) -> None:
    """With pmax on one of the Resources all should be told, changed or not, when it has passed."""
    number, text = await known(device)
    (await device.write_attributes(number, pmax=1)).require(code=CHANGED)
    observation = await composite(device, number, text)
    tolerance = device.ixit.timing_tolerance
    for name in ("first-period", "second-period"):
        told = await observation.next_or_none(1 + device.ixit.reaction_time)
        device.context.record.judge(
            f"{name}.received",
            True,
            told is not None,
            subject=Subject("notification.received", told.frame if told else None),
            what="a notification when pmax has passed:",
            level=Level.SHOULD,
        )
        if told is None:
            break
        told.expect(name=name, code=CONTENT, values={str(number): 20, str(text): "first"})
        full = between(1 - tolerance, 1 + tolerance)
        told.expect(name=name, seconds=full, level=Level.SHOULD)
    await device.control()


@testcase(
    "REP-COMP-08",
    verifies=VERIFIES,
    clause=COMPOSITE,
    applies=f"{APPLIES} & create & delete & ixit.creatable_object & ixit.creatable_values",
)
async def test_resource_of_a_deleted_instance_is_told_no_more(device: Device) -> None:
    """When the Instance of one of the Resources is deleted, the others are told on, without it."""
    number, text = await known(device)
    values: dict[int, Values] = {int(key): value for key, value in device.ixit.creatable_values.items()}
    created = await device.create(device.ixit.creatable_object or 0, values)
    created.require(code=CREATED)
    instance = Path.parse(created.location or "")
    gone = instance / next(iter(values))
    observation = await composite(device, number, gone, text)
    (await device.delete(instance)).require(code=DELETED)
    (await device.write(number, 30)).require(code=CHANGED)
    told = await observation.next()
    if told.values.get(str(number)) != 30:
        told.note("the deletion is told, too", ambiguity="Q08")
        told = await observation.next(name="change")
    told.expect(code=CONTENT, values=covering({str(number): 30, str(text): "first"}))
    told.expect(paths=excluding(str(gone)))


@testcase("REP-COMP-09", verifies=VERIFIES, clause="LwM2M Core 1.1.1 §6.4.5; RFC 7641 §4.1", applies=APPLIES)
@vary(means=["reset", "observe_1"])
async def test_one_composite_observation_is_cancelled(device: Device, means: str) -> None:
    """When one of two composite observations is cancelled the other one still tells."""
    number, text = await known(device)
    kept = await composite(device, number, text)
    cancelled = await device.observe_composite([number])
    if cancelled.first.code != CONTENT or cancelled.first.observe is None:
        raise NotApplicable(f"the SUT does not take a second one: {cancelled.first.code} (Q07)")
    if means == "observe_1":
        (await device.cancel(cancelled)).expect(code=CONTENT)
    else:
        cancelled.reset_next()
        (await device.write(number, 25)).require(code=CHANGED)
        await cancelled.next(name="reset")
        await kept.next(name="before")
    (await device.write(number, 30)).require(code=CHANGED)
    told = await kept.next(name="kept")
    told.expect(name="kept", code=CONTENT, values={str(number): 30, str(text): "first"})
    await cancelled.none(name="cancelled")
