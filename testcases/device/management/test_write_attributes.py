"""Write-Attributes: setting and unsetting the conditions of notifications (Core 1.1.1 §6.3.4, §5.1.2)."""

from conformance.matching import ABSENT, Matcher, code_class, matches, one_of
from conformance.messages import Path
from conformance.messages.codes import (
    BAD_REQUEST,
    CHANGED,
    CONTENT,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
)
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, Subject

CLAUSE = "LwM2M Core 1.1.1 §6.3.4"
RULES = "LwM2M Core 1.1.1 §5.1.2"
CODES = "LwM2M Transport 1.1.1 §6.7"
APPLIES = "device & write_attributes & discover & ixit.observable"
DEPTH = {"object": 1, "instance": 2, "resource": 3}
UNUSED_ID = 32100
INCONSISTENT: dict[str, dict[str, float]] = {
    "lt_above_gt": {"lt": 50, "gt": 40},
    "step_too_wide": {"lt": 40, "gt": 50, "st": 5},
    "pmax_below_pmin": {"pmin": 30, "pmax": 10},
}
Shown = dict[str, object]


def target_of(device: Device, level: str = "resource") -> Path:
    """The number that can be observed, its Instance or its Object."""
    return Path(*Path.of(device.ixit.observable or ())[: DEPTH[level]])


async def shown(device: Device, path: Path, name: str, level: Level = Level.MUST, **expected: object) -> None:
    """Check the attributes that Discover of the path shows at the path itself."""
    answer = await device.discover(path)
    answer.expect(name=f"{name}-answer", code=CONTENT)
    attributes = answer.attributes(str(path))
    for attribute, value in expected.items():
        device.context.record.judge(
            f"{name}.{attribute}",
            value,
            attributes.get(attribute),
            subject=Subject("discover.attributes", answer.frame),
            what=f"link of {path} with {attribute}",
            level=level,
        )


async def as_before(device: Device, path: Path, attribute: str) -> Matcher:
    """What an attribute that is not set may look like: nothing, or the default that was shown before."""
    answer = await device.discover(path)
    answer.require(code=CONTENT)
    return one_of(None, answer.attributes(str(path)).get(attribute))


@testcase(
    "DM-ATTR-01", verifies=["HLF-018", "HLF-029"], clause=CLAUSE, ets="int-260", applies=APPLIES, fresh=True
)
@vary(level=list(DEPTH))
async def test_periods_are_set_and_shown(device: Device, level: str):
    """pmin and pmax can be set on an Object, an Instance and a Resource, and Discover shows them there."""
    await device.registered()
    target = target_of(device, level)
    answer = await device.write_attributes(target, pmin=3, pmax=30)
    answer.expect(code=CHANGED)
    await shown(device, target, "discover", pmin="3", pmax="30")


@testcase("DM-ATTR-02", verifies=["HLF-021", "HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
@vary(attribute=["gt", "lt", "st"])
async def test_threshold_is_set_and_shown(device: Device, attribute: str):
    """gt, lt and st can be set on a number, and Discover shows what was set."""
    await device.registered()
    target = target_of(device)
    answer = await device.write_attributes(target, **{attribute: 12})
    answer.expect(code=CHANGED, level=Level.SHOULD)
    stored = answer.code == CHANGED
    await shown(device, target, "discover", **{attribute: matches(r"12(\.0+)?") if stored else ABSENT})


@testcase("DM-ATTR-03", verifies=["HLF-029"], clause=CLAUSE, applies=APPLIES, fresh=True)
@vary(level=list(DEPTH))
async def test_attribute_is_unset_by_its_bare_name(device: Device, level: str):
    """An attribute written without a value is unset, and the others stay."""
    await device.registered()
    target = target_of(device, level)
    unset = await as_before(device, target, "pmax")
    (await device.write_attributes(target, pmin=3, pmax=30)).require(code=CHANGED)
    answer = await device.write_attributes(target, pmax=None)
    answer.expect(code=CHANGED)
    await shown(device, target, "discover", pmin="3", pmax=unset)


@testcase("DM-ATTR-04", verifies=["HLF-018"], clause=RULES, applies=APPLIES, fresh=True)
@vary(attribute=["pmin", "pmax"])
async def test_one_period_needs_no_other(device: Device, attribute: str):
    """pmin can be set where there is no pmax, and pmax where there is no pmin."""
    await device.registered()
    target = target_of(device)
    answer = await device.write_attributes(target, **{attribute: 20})
    answer.expect(code=CHANGED)
    await shown(device, target, "discover", **{attribute: "20"})


@testcase("DM-ATTR-05", verifies=["HLF-018", "HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
async def test_object_takes_attributes_after_its_resource(device: Device):
    """Each level keeps its own value: the Object can be given one that its Resource has already."""
    await device.registered()
    first = await device.write_attributes(target_of(device), pmin=1)
    first.require(code=CHANGED)
    answer = await device.write_attributes(target_of(device, "object"), pmin=2)
    answer.expect(code=CHANGED)
    await shown(device, target_of(device, "object"), "object", pmin="2")
    await shown(device, target_of(device), "resource", pmin="1")


@testcase("DM-ATTR-06", verifies=["HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
async def test_other_attributes_stay(device: Device):
    """A Write-Attributes changes what it names and leaves the other attributes of the path."""
    await device.registered()
    target = target_of(device)
    (await device.write_attributes(target, pmin=1, pmax=60)).require(code=CHANGED)
    answer = await device.write_attributes(target, pmax=120)
    answer.expect(code=CHANGED)
    await shown(device, target, "discover", pmin="1", pmax="120")


@testcase("DM-ATTR-07", verifies=["HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
@vary(attributes=list(INCONSISTENT))
async def test_inconsistent_set_is_refused_as_a_whole(device: Device, attributes: str):
    """A set of attributes that contradict each other is answered 4.00, and none of it is stored."""
    await device.registered()
    target, values = target_of(device), INCONSISTENT[attributes]
    unset = {name: await as_before(device, target, name) for name in values}
    answer = await device.write_attributes(target, **values)
    fair = {"code": one_of(CHANGED)} if device.context.lwm2m in ("1.0", "1.1") else {}
    answer.expect(code=BAD_REQUEST, tolerated=fair)
    if answer.code == CHANGED:
        answer.note("an inconsistent set of attributes was accepted", ambiguity="Q03")
    else:
        await shown(device, target, "discover", **unset)


@testcase("DM-ATTR-08", verifies=["HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
@vary(level=["object", "instance"])
async def test_threshold_above_the_resource(device: Device, level: str):
    """A threshold belongs to a Resource: on an Object or an Instance it is refused, or this is noted."""
    await device.registered()
    await device.control()
    answer = await device.write_attributes(target_of(device, level), gt=12)
    answer.expect(code=BAD_REQUEST, tolerated={"code": one_of(CHANGED, METHOD_NOT_ALLOWED)})
    if answer.code == CHANGED:
        answer.note(f"gt was accepted on an {level}")


@testcase(
    "DM-ATTR-09",
    verifies=["HLF-020", "HLF-029"],
    clause=CLAUSE,
    applies="device & write_attributes & lwm2m >= 1.1 & ixit.writable_integer",
)
async def test_single_resource_has_no_instances(device: Device):
    """Write-Attributes on a Resource Instance of a single Resource is an error."""
    await device.registered()
    await device.control()
    answer = await device.write_attributes(Path.of(device.ixit.writable_integer or ()) / 0, pmin=3)
    answer.expect(code=code_class(4), tolerated={"code": code_class(5)})


@testcase("DM-ATTR-10", verifies=["HLF-029"], clause=CODES, applies=APPLIES, fresh=True)
async def test_unknown_attribute_is_not_taken_for_one(device: Device):
    """An attribute that LwM2M does not know is refused, or this is noted."""
    await device.registered()
    await device.control()
    answer = await device.write_attributes(target_of(device), nosuch=3)
    answer.expect(code=BAD_REQUEST, tolerated={"code": matches(r"2\.04|4\.\d\d")})
    if answer.code == CHANGED:
        answer.note("an unknown attribute was accepted")


@testcase(
    "DM-ATTR-11",
    verifies=["HLF-029"],
    clause=CLAUSE,
    applies="device & write_attributes & discover & ixit.writable_multiple",
    fresh=True,
)
async def test_property_is_not_written(device: Device):
    """Only attributes of notification can be written: dim keeps the number of Resource Instances."""
    await device.registered()
    target = Path.of(device.ixit.writable_multiple or ())
    before = await device.discover(target)
    before.require(code=CONTENT)
    answer = await device.write_attributes(target, dim=77)
    answer.expect(code=BAD_REQUEST, tolerated={"code": matches(r"2\.04|4\.\d\d")})
    dimension = before.attributes(str(target)).get("dim")
    await shown(device, target, "discover", dim=ABSENT if dimension is None else dimension)


@testcase("DM-ATTR-12", verifies=["HLF-020", "HLF-036"], clause=CODES, applies=APPLIES)
@vary(unknown=list(DEPTH))
async def test_unknown_target_is_not_found(device: Device, unknown: str):
    """Write-Attributes on something that does not exist is answered 4.04."""
    await device.registered()
    await device.control()
    target = Path(*target_of(device, unknown).parent, UNUSED_ID)
    answer = await device.write_attributes(target, pmin=3)
    answer.expect(code=NOT_FOUND, tolerated={"code": one_of(BAD_REQUEST, METHOD_NOT_ALLOWED)})


@testcase(
    "DM-ATTR-13",
    verifies=["HLF-029"],
    clause=CLAUSE,
    applies="device & write_attributes & ixit.writable_integer",
)
async def test_value_is_left_alone(device: Device):
    """Write-Attributes on a Resource does not change the value of the Resource."""
    await device.registered()
    target = Path.of(device.ixit.writable_integer or ())
    value = device.context.chance.randrange(1, 100)
    (await device.write(target, value)).require(code=CHANGED)
    answer = await device.write_attributes(target, pmin=3)
    answer.expect(code=CHANGED)
    after = await device.read(target)
    after.expect(code=CONTENT, value=value)


@testcase(
    "DM-ATTR-14",
    verifies=["HLF-029"],
    clause=CLAUSE,
    ets="int-261",
    applies="device & write_attributes & discover & ixit.writable_multiple",
    fresh=True,
)
async def test_multiple_resource_takes_attributes(device: Device):
    """pmin and pmax can be set on a multiple Resource, and Discover shows them there."""
    await device.registered()
    target = Path.of(device.ixit.writable_multiple or ())
    answer = await device.write_attributes(target, pmin=5, pmax=50)
    answer.expect(code=CHANGED)
    await shown(device, target, "discover", pmin="5", pmax="50")


@testcase("DM-ATTR-15", verifies=["HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
async def test_negative_threshold_is_stored_or_refused(device: Device):
    """A negative threshold is stored as it is or refused with 4.00."""
    await device.registered()
    target = target_of(device)
    answer = await device.write_attributes(target, lt=-5)
    answer.expect(code=one_of(CHANGED, BAD_REQUEST))
    answer.note(f"a negative lt is answered {answer.code}", ambiguity="Q05")
    stored = matches(r"-5(\.0+)?") if answer.code == CHANGED else ABSENT
    await shown(device, target, "discover", lt=stored)


@testcase("DM-ATTR-16", verifies=["HLF-029"], clause=CODES, applies=APPLIES, fresh=True)
@vary(value=["abc", "1.5.2", "3s"])
async def test_period_that_is_no_number_is_refused(device: Device, value: str):
    """A pmin that is no number is answered 4.00, and Discover does not show it."""
    await device.registered()
    target = target_of(device)
    unset = await as_before(device, target, "pmin")
    answer = await device.write_attributes(target, pmin=value)
    answer.expect(code=BAD_REQUEST, level=Level.SHOULD)
    await shown(device, target, "discover", pmin=unset)


@testcase("DM-ATTR-17", verifies=["HLF-029"], clause="LwM2M Core 1.1.1 §6.3.2", applies=APPLIES, fresh=True)
async def test_resource_shows_what_it_inherits(device: Device):
    """Discover of a Resource shows the attribute that it inherits from its Instance."""
    await device.registered()
    answer = await device.write_attributes(target_of(device, "instance"), pmax=45)
    answer.expect(code=CHANGED)
    await shown(device, target_of(device), "inherited", Level.SHOULD, pmax="45")


@testcase("DM-ATTR-18", verifies=["HLF-029"], clause=CLAUSE, applies=APPLIES, fresh=True)
async def test_instance_lists_its_resource_with_attributes(device: Device):
    """Discover of an Instance shows, beside the link of a Resource, the attributes set on that Resource."""
    await device.registered()
    target = target_of(device)
    answer = await device.write_attributes(target, pmin=4, pmax=40)
    answer.expect(code=CHANGED)
    listed = await device.discover(target.parent)
    listed.expect(code=CONTENT)
    attributes = listed.attributes(str(target))
    for name, value in {"pmin": "4", "pmax": "40"}.items():
        device.context.record.judge(
            f"listed.{name}",
            value,
            attributes.get(name),
            subject=Subject("discover.attributes", listed.frame),
            what=f"link of {target} in the Discover of its Instance with {name}",
        )
