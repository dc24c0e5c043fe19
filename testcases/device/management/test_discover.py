"""Discover: the links below an Object, an Instance or a Resource, and what they tell (Core 1.1.1 §6.3.2)."""

from conformance.formats import ContentFormat
from conformance.matching import code_class, containing, excluding, matches, one_of
from conformance.messages import Path
from conformance.messages.codes import CONTENT, NOT_FOUND
from conformance.roles import Answer, Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

CLAUSE = "LwM2M Core 1.1.1 §6.3.2"
PROPERTIES = "LwM2M Core 1.1.1 §5.1.2"
LEVELS = ["object", "instance", "resource"]
DEPTH = {"object": 1, "instance": 2, "resource": 3}
UNUSED_ID = 32100
UNAVAILABLE = "5.03"


def judge(
    device: Device, answer: Answer, name: str, expected: object, value: object, level: Level = Level.MUST
) -> None:
    """A check on what follows from the links of a Discover."""
    subject = Subject("discover.links", answer.frame)
    device.context.record.judge(f"discover.{name}", expected, value, subject=subject, level=level)


def numbered(targets: list[str], length: int) -> list[str]:
    """The targets that are paths of this many ids."""
    return [target for target in targets if target.count("/") == length]


@testcase("DM-DISC-01", verifies=["HLF-019"], clause=CLAUSE, ets="int-260", applies="device & discover")
@vary(level=LEVELS)
async def test_links_are_in_link_format_and_below_the_target(device: Device, level: str):
    """Discover is answered in Content-Format 40 with well-formed links, the target's and such below it."""
    await device.registered()
    target = str(Path(3, 0)) if level == "instance" else str(Path(3))
    if level == "resource":
        within = await device.discover((3, 0))
        within.require(code=CONTENT, targets=excluding(""))
        target = numbered(within.targets, 3)[0]
    answer = await device.discover(Path.parse(target))
    answer.expect(name="answer", code=CONTENT, format=int(ContentFormat.LINK), targets=excluding(""))
    judge(device, answer, "target", containing(target), answer.targets, level=Level.SHOULD)
    outside = [link for link in answer.targets if not f"{link}/".startswith(f"{target}/")]
    judge(device, answer, "outside", [], outside)
    if len(set(answer.targets)) != len(answer.targets):
        answer.note("Discover lists a target more than once")


@testcase(
    "DM-DISC-02", verifies=["HLF-019", "HLF-027"], clause=CLAUSE, ets="int-260", applies="device & discover"
)
@vary(object=[1, 3])
@vary(level=LEVELS[:2])
async def test_mandatory_resources_are_listed(device: Device, level: str, object: int):
    """Discover of an Object or an Instance lists the mandatory Resources of the Instance."""
    await device.registered()
    definition = device.context.model.object(object)
    instance = device.server_object if object == 1 else Path(3, 0)
    answer = await device.discover(instance[: DEPTH[level]])
    answer.expect(code=CONTENT)
    resources = definition.resources.values() if definition else ()
    mandatory = [str(instance / one.id) for one in resources if one.mandatory]
    answer.expect(name="mandatory", targets=containing(*mandatory))


@testcase("DM-DISC-03", verifies=["HLF-019"], clause=CLAUSE, applies="device & discover", fresh=True)
async def test_discover_and_registration_agree(device: Device):
    """Discover of each registered Object lists the Instances of the registration and no other."""
    registration = await device.registered()
    known = [Path.parse(target) for target in registration.objects]
    for number in sorted({path[0] for path in known} - {0, 21}):
        answer = await device.discover(Path(number))
        registered = sorted(str(path) for path in known if path[0] == number and len(path) == 2)
        answer.expect(
            name=f"object-{number}", code=CONTENT, tolerated={} if registered else {"code": NOT_FOUND}
        )
        if answer.code == NOT_FOUND:
            answer.note("Discover does not find an Object without Instances", ambiguity="Q15")
            continue
        parts = [target.split("/") for target in answer.targets]
        discovered = sorted({f"/{part[1]}/{part[2]}" for part in parts if len(part) > 2})
        judge(device, answer, f"instances-{number}", registered, discovered)


@testcase(
    "DM-DISC-04",
    verifies=["HLF-020"],
    clause=PROPERTIES,
    ets="int-261",
    applies="device & discover & ixit.writable_multiple",
)
async def test_dimension_is_the_number_of_instances(device: Device):
    """The property dim of a multiple Resource is its number of Resource Instances."""
    await device.registered()
    target = Path.of(device.ixit.writable_multiple)
    held = await device.read(target)
    held.require(code=CONTENT)
    count = sum(len(entry.path) == 4 for entry in held.entries)
    answer = await device.discover(target)
    answer.expect(code=CONTENT)
    shown = answer.attributes(str(target)).get("dim")
    if shown is not None:
        judge(device, answer, "dim", str(count), shown)
    judge(device, answer, "dim-shown", str(count), shown, level=Level.SHOULD)


@testcase("DM-DISC-05", verifies=["HLF-014"], clause=PROPERTIES, applies="device & discover & lwm2m >= 1.1")
async def test_object_version_is_shown_without_quotes(device: Device):
    """Discover shows the version that the registration told for an Object, best without quotes."""
    registration = await device.registered()
    versions = registration.register.versions
    if not versions:
        raise NotApplicable("the registration tells the version of no Object")
    for number, version in versions.items():
        answer = await device.discover(Path(number))
        answer.expect(name=f"object-{number}", code=CONTENT)
        links = [link for link in answer.links if link.target == f"/{number}"]
        shown = [one for link in links for one in link.attributes if one[0] == "ver"]
        told = version.strip('"')
        judge(device, answer, f"ver-shown-{number}", 1, len(shown), level=Level.SHOULD)
        for _, value, quoted in shown[:1]:
            judge(device, answer, f"ver-{number}", told, value)
            judge(device, answer, f"ver-quoted-{number}", False, quoted, level=Level.SHOULD)


@testcase(
    "DM-DISC-06",
    verifies=["HLF-020", "HLF-036"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="device & discover",
)
@vary(unknown=LEVELS)
async def test_unknown_target_is_not_found(device: Device, unknown: str):
    """Discover of something that does not exist is answered 4.04."""
    await device.registered()
    await device.control()
    target = list(device.server_object[: DEPTH[unknown]]) + [1] * (DEPTH[unknown] - 2)
    target[-1] = UNUSED_ID
    answer = await device.discover(tuple(target))
    answer.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})


@testcase(
    "DM-DISC-07",
    verifies=["HLF-020"],
    clause=CLAUSE,
    applies="device & discover & lwm2m < 1.2",
    versions="each",
)
@vary(level=LEVELS[:2])
async def test_resource_instances_are_not_listed(device: Device, level: str):
    """Discover of an Object or an Instance is answered; Resource Instances in it are noted before 1.2."""
    await device.registered()
    answer = await device.discover((3, 0)[: DEPTH[level]])
    answer.expect(code=CONTENT)
    if numbered(answer.targets, 4):
        answer.note("Discover lists Resource Instances, of which LwM2M 1.0 does not speak")


@testcase("DM-DISC-08", verifies=["HLF-027", "HLF-034"], clause=CLAUSE, applies="device & discover")
@vary(object=[1, 3])
async def test_listed_resources_exist(device: Device, object: int):
    """Every Resource that Discover lists is there to be read or executed; one without value is noted."""
    await device.registered()
    instance = device.server_object if object == 1 else Path(3, 0)
    answer = await device.discover(instance)
    answer.expect(code=CONTENT)
    for target in numbered(answer.targets, 3):
        held = await device.read(target)
        name = f"read-{target.rpartition('/')[2]}"
        held.expect(
            name=name, code=matches(r"2\.05|4\.0[015]"), tolerated={"code": one_of(NOT_FOUND, UNAVAILABLE)}
        )
        if held.code == NOT_FOUND:
            held.note("Discover lists a Resource that has no value", ambiguity="Q15")


@testcase("DM-DISC-09", verifies=["HLF-027"], clause=CLAUSE, applies="device & discover")
async def test_discover_changes_nothing(device: Device):
    """Discover can be repeated: the same links come again, in any order."""
    await device.registered()
    first = await device.discover((3, 0))
    first.expect(code=CONTENT)
    second = await device.discover((3, 0))
    second.expect(name="again", code=CONTENT)
    judge(device, second, "repeated", sorted(first.targets), sorted(second.targets))
