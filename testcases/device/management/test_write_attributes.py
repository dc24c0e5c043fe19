"""Write-Attributes: setting and unsetting the conditions of notifications (Core 1.1.1 §6.3.4, §5.1.2)."""

from collections.abc import Mapping

from conformance.matching import Matcher, code_class, matches, one_of
from conformance.messages import Path
from conformance.messages.codes import (
    BAD_REQUEST,
    CHANGED,
    CONTENT,
    NOT_FOUND,
)
from conformance.roles import Answer, Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, Subject

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


def target_of(device: Device, level: str = "resource") -> Path:
    """The number that can be observed, its Instance or its Object."""
    return Path(*Path.of(device.ixit.observable or ())[: DEPTH[level]])


def judge(
    device: Device,
    answer: Answer,
    path: Path,
    name: str,
    expected: Mapping[str, object],
    absent: Level = Level.MUST,
) -> None:
    """Check the attributes that a Discover shows at the path; `absent` is the level if one is not shown."""
    held = answer.attributes(str(path))
    for attribute, value in expected.items():
        device.context.record.judge(
            f"{name}.{attribute}",
            value,
            held.get(attribute),
            subject=Subject("discover.attributes", answer.frame),
            what=f"link of {path} with {attribute}",
            level=absent if held.get(attribute) is None else Level.MUST,
        )


async def shown(
    device: Device, path: Path, name: str, expected: Mapping[str, object], absent: Level = Level.MUST
) -> None:
    """Check the attributes that Discover of the path shows at the path itself.

    A device SHOULD support the attributes (§5.1.2): with `absent` SHOULD one that is not shown is a warning,
    and one that is shown with a wrong value a failure all the same.
    """
    answer = await device.discover(path)
    answer.expect(name=f"{name}-answer", code=CONTENT)
    judge(device, answer, path, name, expected, absent)


async def assigned(device: Device, path: Path, **attributes: int) -> None:
    """Set attributes as a preamble: the device takes them, and Discover shows them."""
    (await device.write_attributes(path, **attributes)).require(code=CHANGED)
    answer = await device.discover(path)
    answer.require(code=CONTENT)
    held = answer.attributes(str(path))
    missing = [name for name, value in attributes.items() if held.get(name) != str(value)]
    if missing:
        raise Inconclusive(f"preamble: the device does not store {', '.join(missing)} at {path}")


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
    """pmin and pmax should be taken by Object, Instance and Resource; what Discover shows is what was set."""
    await device.registered()
    target = target_of(device, level)
    answer = await device.write_attributes(target, pmin=3, pmax=30)
    answer.expect(code=CHANGED, level=Level.SHOULD)
    if answer.code == CHANGED:
        await shown(device, target, "discover", {"pmin": "3", "pmax": "30"}, absent=Level.SHOULD)


@testcase("DM-ATTR-02", verifies=["HLF-021", "HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
@vary(attribute=["gt", "lt", "st"])
async def test_threshold_is_set_and_shown(device: Device, attribute: str):
    """gt, lt and st should be taken by a number; what Discover shows is what was set."""
    await device.registered()
    target = target_of(device)
    answer = await device.write_attributes(target, **{attribute: 12})
    answer.expect(code=CHANGED, level=Level.SHOULD)
    if answer.code == CHANGED:
        await shown(device, target, "discover", {attribute: matches(r"12(\.0+)?")}, absent=Level.SHOULD)


@testcase("DM-ATTR-03", verifies=["HLF-029"], clause=CLAUSE, applies=APPLIES, fresh=True)
@vary(level=list(DEPTH))
async def test_attribute_is_unset_by_its_bare_name(device: Device, level: str):
    """An attribute written without a value is unset, and the others stay."""
    await device.registered()
    target = target_of(device, level)
    unset = await as_before(device, target, "pmax")
    await assigned(device, target, pmin=3, pmax=30)
    answer = await device.write_attributes(target, pmax=None)
    answer.expect(code=CHANGED)
    await shown(device, target, "discover", {"pmin": "3", "pmax": unset})


@testcase("DM-ATTR-04", verifies=["HLF-018"], clause=RULES, applies=APPLIES, fresh=True)
@vary(attribute=["pmin", "pmax"])
async def test_one_period_needs_no_other(device: Device, attribute: str):
    """pmin should be taken where there is no pmax, and pmax where there is no pmin."""
    await device.registered()
    target = target_of(device)
    answer = await device.write_attributes(target, **{attribute: 20})
    answer.expect(code=CHANGED, level=Level.SHOULD)
    if answer.code == CHANGED:
        await shown(device, target, "discover", {attribute: "20"}, absent=Level.SHOULD)


@testcase("DM-ATTR-05", verifies=["HLF-018", "HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
async def test_object_takes_attributes_after_its_resource(device: Device):
    """Each level keeps its own value: the Object can be given one that its Resource has already."""
    await device.registered()
    await assigned(device, target_of(device), pmin=1)
    answer = await device.write_attributes(target_of(device, "object"), pmin=2)
    answer.expect(code=CHANGED)
    await shown(device, target_of(device, "object"), "object", {"pmin": "2"}, absent=Level.SHOULD)
    await shown(device, target_of(device), "resource", {"pmin": "1"})


@testcase("DM-ATTR-06", verifies=["HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
async def test_other_attributes_stay(device: Device):
    """A Write-Attributes changes what it names and leaves the other attributes of the path."""
    await device.registered()
    target = target_of(device)
    await assigned(device, target, pmin=1, pmax=60)
    answer = await device.write_attributes(target, pmax=120)
    answer.expect(code=CHANGED)
    await shown(device, target, "discover", {"pmin": "1", "pmax": "120"})


@testcase("DM-ATTR-07", verifies=["HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
@vary(attributes=list(INCONSISTENT))
async def test_inconsistent_set_is_refused_as_a_whole(device: Device, attributes: str):
    """A set of attributes that contradict each other is answered 4.00, and none of it is stored."""
    await device.registered()
    target, values = target_of(device), INCONSISTENT[attributes]
    unset = {name: await as_before(device, target, name) for name in values}
    answer = await device.write_attributes(target, **values)
    accepted = device.context.lwm2m in ("1.0", "1.1") or attributes == "pmax_below_pmin"
    answer.expect(code=BAD_REQUEST, tolerated={"code": matches(r"2\.04|4\.\d\d" if accepted else r"4\.\d\d")})
    if answer.code == CHANGED:
        answer.note("an inconsistent set of attributes was accepted", ambiguity="Q03")
    else:
        await shown(device, target, "discover", unset)


@testcase("DM-ATTR-08", verifies=["HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
@vary(level=["object", "instance"])
async def test_threshold_above_the_resource(device: Device, level: str):
    """A threshold belongs to a Resource: on an Object or an Instance it is refused, or this is noted."""
    await device.registered()
    await device.control()
    answer = await device.write_attributes(target_of(device, level), gt=12)
    answer.expect(code=BAD_REQUEST, tolerated={"code": matches(r"2\.04|4\.\d\d")})
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
    await shown(device, target, "discover", {"dim": dimension})


@testcase("DM-ATTR-12", verifies=["HLF-020", "HLF-036"], clause=CODES, applies=APPLIES)
@vary(unknown=list(DEPTH))
async def test_unknown_target_is_not_found(device: Device, unknown: str):
    """Write-Attributes on something that does not exist should be answered 4.04."""
    await device.registered()
    await device.control()
    target = Path(*target_of(device, unknown).parent, UNUSED_ID)
    answer = await device.write_attributes(target, pmin=3)
    answer.expect(code=NOT_FOUND, tolerated={"code": code_class(4)}, level=Level.SHOULD)


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
    answer.expect(code=CHANGED, level=Level.SHOULD)
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
    """pmin and pmax should be taken by a multiple Resource; what Discover shows is what was set."""
    await device.registered()
    target = Path.of(device.ixit.writable_multiple or ())
    answer = await device.write_attributes(target, pmin=5, pmax=50)
    answer.expect(code=CHANGED, level=Level.SHOULD)
    if answer.code == CHANGED:
        await shown(device, target, "discover", {"pmin": "5", "pmax": "50"}, absent=Level.SHOULD)


@testcase("DM-ATTR-15", verifies=["HLF-029"], clause=RULES, applies=APPLIES, fresh=True)
async def test_negative_threshold_is_stored_or_refused(device: Device):
    """A negative threshold, which the grammar does not know, should be stored as it is or refused."""
    await device.registered()
    target = target_of(device)
    unset = await as_before(device, target, "lt")
    answer = await device.write_attributes(target, lt=-5)
    answer.expect(code=one_of(CHANGED, BAD_REQUEST), tolerated={"code": code_class(4)})
    answer.note(f"a negative lt is answered {answer.code}", ambiguity="Q05")
    listed = await device.discover(target)
    listed.expect(code=CONTENT)
    device.context.record.judge(
        "discover.lt",
        matches(r"-5(\.0+)?") if answer.code == CHANGED else unset,
        listed.attributes(str(target)).get("lt"),
        subject=Subject("discover.attributes", listed.frame),
        level=Level.SHOULD,
    )


@testcase("DM-ATTR-16", verifies=["HLF-029"], clause=CODES, applies=APPLIES, fresh=True)
@vary(value=["abc", "1.5.2", "3s"])
async def test_period_that_is_no_number_is_refused(device: Device, value: str):
    """A pmin that is no number should be answered 4.00 and not be shown by Discover."""
    await device.registered()
    target = target_of(device)
    unset = await as_before(device, target, "pmin")
    answer = await device.write_attributes(target, pmin=value)
    answer.expect(code=BAD_REQUEST, level=Level.SHOULD)
    listed = await device.discover(target)
    listed.expect(code=CONTENT)
    device.context.record.judge(
        "discover.pmin",
        unset,
        listed.attributes(str(target)).get("pmin"),
        subject=Subject("discover.attributes", listed.frame),
        level=Level.SHOULD,
    )


@testcase("DM-ATTR-17", verifies=["HLF-029"], clause="LwM2M Core 1.1.1 §6.3.2", applies=APPLIES, fresh=True)
async def test_resource_shows_what_it_inherits(device: Device):
    """Discover of a Resource should show the attribute that it inherits from its Instance."""
    await device.registered()
    await assigned(device, target_of(device, "instance"), pmax=45)
    answer = await device.discover(target_of(device))
    answer.expect(code=CONTENT)
    device.context.record.judge(
        "inherited.pmax",
        "45",
        answer.attributes(str(target_of(device))).get("pmax"),
        subject=Subject("discover.attributes", answer.frame),
        level=Level.SHOULD,
    )


@testcase("DM-ATTR-18", verifies=["HLF-029"], clause="LwM2M Core 1.1.1 §6.3.2", applies=APPLIES, fresh=True)
async def test_instance_lists_its_resource_with_attributes(device: Device):
    """Discover of an Instance shows, beside the link of a Resource, the attributes set on that Resource."""
    await device.registered()
    target = target_of(device)
    await assigned(device, target, pmin=4, pmax=40)
    listed = await device.discover(target.parent)
    listed.expect(code=CONTENT)
    judge(device, listed, target, "listed", {"pmin": "4", "pmax": "40"})
