"""Create: a new Object Instance, with an id of the server's or of the device's choice (Core 1.1.1 §6.3.6)."""

import asyncio
from collections.abc import Mapping

from conformance.formats import ContentFormat, Value
from conformance.matching import PRESENT, code_class, containing, covering, differs, matches, unordered
from conformance.messages import Create, Path, Update
from conformance.messages.codes import (
    BAD_REQUEST,
    CONTENT,
    CREATED,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNSUPPORTED_CONTENT_FORMAT,
)
from conformance.messages.management import Payload
from conformance.model import DataType, ObjectDefinition
from conformance.roles import Answer, Device
from conformance.roles.arrival import Arrival
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

CLAUSE = "LwM2M Core 1.1.1 §6.3.6"
CODES = "LwM2M Transport 1.1.1 §6.7"
APPLIES = "device & create & ixit.creatable_object & ixit.creatable_values"
FORMATS = [
    ContentFormat.TLV,
    ContentFormat.SENML_JSON,
    ContentFormat.SENML_CBOR,
    ContentFormat.LWM2M_JSON,
]
UNUSED_ID = 32100
CUT_OFF = {
    ContentFormat.TLV: bytes.fromhex("080720e116da"),
    ContentFormat.SENML_JSON: b'[{"bn":"/{0}/7/","n":"5850","vb":tr',
    ContentFormat.SENML_CBOR: bytes.fromhex("82a2216d2f"),
    ContentFormat.LWM2M_JSON: b'{"bn":"/{0}/7/","e":[{"n":"5850","bv":tr',
}
SINGLE_OBJECT = Path(3)


def object_of(device: Device) -> Path:
    """The Object in which Instances may be created."""
    return Path(device.ixit.creatable_object or 0)


def values_of(device: Device) -> dict[int, Value]:
    """The values that a new Instance must be given."""
    return {int(number): value for number, value in device.ixit.creatable_values.items()}


def free_id(device: Device) -> int:
    """The lowest Object Instance ID that the device did not register."""
    return next(number for number in range(65535) if str(object_of(device) / number) not in announced(device))


def announced(device: Device) -> tuple[str, ...]:
    """The Objects and Object Instances of the registration."""
    return device.current.objects


def definition_of(device: Device) -> ObjectDefinition:
    """The definition of the Object; the case does not apply to one that the suite does not know."""
    found = device.context.model.object(object_of(device)[0])
    if found is None:
        raise NotApplicable(f"the suite has no definition of Object {object_of(device)}: give --objects")
    return found


def below(instance: Path, values: Mapping[int, Value]) -> dict[str, Value]:
    """The values by path."""
    return {str(instance / number): value for number, value in values.items()}


def other(value: Value) -> Value:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, bytes):
        return value + b"\0"
    return value + 1 if isinstance(value, int | float) else f"{value} other"


def instances(answer: Answer) -> list[str]:
    """The Object Instances that a Discover shows, by a link of their own or by those of their Resources."""
    return sorted({"/".join(target.split("/")[:3]) for target in answer.targets if target.count("/") > 1})


async def next_list(device: Device) -> Arrival[Update]:
    """The next Update with a list of Objects; others, that only renew the registration, may come before."""
    clock = asyncio.get_running_loop().time
    update, end, number = await device.next(Update), clock() + device.ixit.reaction_time, 1
    while not (update.message.links or update.message.links_malformed):
        number += 1
        update = await device.next(Update, max(0.01, end - clock()), name=f"update-{number}")
    return update


@testcase(
    "DM-CREATE-01",
    verifies=["HLF-033", "HLF-035"],
    clause=CLAUSE,
    applies=APPLIES,
    versions="each",
    fresh=True,
)
@vary(format=FORMATS)
async def test_instance_is_created_with_its_values(device: Device, format: ContentFormat):
    """A Create that names a free id is answered 2.01, and the Instance has the values that it carried."""
    device.need_format(format)
    await device.registered()
    instance, values = object_of(device) / free_id(device), values_of(device)
    answer = await device.create(instance[0], values, instance[1], format)
    answer.expect(code=CREATED)
    made = await device.read(instance)
    made.expect(code=CONTENT, values=covering(below(instance, values)))


@testcase(
    "DM-CREATE-02",
    verifies=["HLF-019", "HLF-033"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies=APPLIES,
    fresh=True,
)
async def test_created_instance_is_announced(device: Device):
    """After a Create the device sends an Update whose list holds the new Instance beside the old ones."""
    await device.registered()
    instance, before = object_of(device) / free_id(device), announced(device)
    answer = await device.create(instance[0], values_of(device), instance[1])
    answer.require(code=CREATED)
    update = await next_list(device)
    others = [path for path in before if path.count("/") > 1]
    update.expect(objects=containing(str(instance), *others))
    listed = await device.discover(object_of(device))
    listed.expect(code=CONTENT)
    device.context.record.judge(
        "discover.targets",
        containing(str(instance)),
        instances(listed),
        subject=Subject("instances", listed.frame),
    )


@testcase("DM-CREATE-03", verifies=["HLF-033"], clause=CLAUSE, applies=APPLIES, fresh=True, versions="each")
async def test_device_chooses_an_id_when_none_is_given(device: Device):
    """A Create without an id makes one Instance whose id was free, and the answer tells which."""
    device.need_format(ContentFormat.TLV)
    await device.registered()
    before = await device.discover(object_of(device))
    before.require(code=CONTENT)
    values = values_of(device)
    answer = await device.create(object_of(device)[0], values, format=ContentFormat.TLV)
    answer.expect(code=CREATED)
    answer.expect(location=PRESENT, level=Level.SHOULD, clause="RFC 7252 §5.8.2")
    after = await device.discover(object_of(device))
    after.expect(code=CONTENT, targets=containing(*before.targets))
    new = [path for path in instances(after) if path not in instances(before)]
    device.context.record.judge(
        "created.count", 1, len(new), subject=Subject("discover.targets", after.frame)
    )
    if answer.location:
        below_root = "".join(f"/{part}" for part in device.current.prefix) + new[0]
        answer.expect(name="told", location=below_root, tolerated={"location": new[0]})
    made = await device.read(new[0])
    made.expect(code=CONTENT, values=covering(below(Path.parse(new[0]), values)))


@testcase("DM-CREATE-04", verifies=["HLF-033"], clause=CLAUSE, applies=APPLIES, fresh=True, versions="each")
@vary(format=FORMATS)
async def test_id_in_use_is_refused(device: Device, format: ContentFormat):
    """A Create with an id in use is answered 4.00, and the Instance that has it stays as it was."""
    device.need_format(format)
    await device.registered()
    instance, values = object_of(device) / free_id(device), values_of(device)
    first = await device.create(instance[0], values, instance[1], format)
    first.require(code=CREATED)
    others = {number: other(value) for number, value in values.items()}
    answer = await device.create(instance[0], others, instance[1], format)
    answer.expect(code=BAD_REQUEST)
    kept = await device.read(instance)
    kept.expect(code=CONTENT, values=covering(below(instance, values)))


@testcase("DM-CREATE-05", verifies=["HLF-033"], clause=CLAUSE, applies=APPLIES, fresh=True)
async def test_mandatory_resource_is_not_left_out(device: Device):
    """A Create without a mandatory Resource is refused, or the device adds the Resource of its own."""
    resources = definition_of(device).resources.values()
    mandatory = [one.id for one in resources if one.mandatory and "R" in one.operations]
    optional = [
        one.id
        for one in resources
        if not one.mandatory and "W" in one.operations and one.type == DataType.STRING
    ]
    if not mandatory or not optional:
        raise NotApplicable("the Object has no mandatory readable or no optional writable Resource")
    await device.registered()
    instance = object_of(device) / free_id(device)
    answer = await device.create(instance[0], {optional[0]: "text"}, instance[1])
    answer.expect(code=BAD_REQUEST, tolerated={"code": matches(r"2\.01|4\.\d\d")})
    made = await device.read(instance)
    if answer.code == CREATED:
        answer.note("the device took a Create without all mandatory Resources and filled them in")
        expected = [str(instance / number) for number in mandatory]
        made.expect(code=CONTENT, paths=containing(*expected))
    else:
        made.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})


@testcase("DM-CREATE-06", verifies=["HLF-014", "HLF-033"], clause=CLAUSE, applies=APPLIES, fresh=True)
@vary(format=FORMATS[:3])
async def test_unknown_resource_is_passed_over(device: Device, format: ContentFormat):
    """A Create that also names an optional Resource unknown to the device succeeds without it."""
    device.need_format(format)
    await device.registered()
    instance, values = object_of(device) / free_id(device), values_of(device)
    answer = await device.create(instance[0], {**values, UNUSED_ID: "unknown"}, instance[1], format)
    may = {"code": code_class(4)} if device.context.lwm2m == "1.0" else {}
    answer.expect(code=CREATED, tolerated=may)
    made = await device.read(instance)
    if answer.code == CREATED:
        made.expect(code=CONTENT, values=covering(below(instance, values)))
    else:
        answer.note("a Create with an unknown Resource was refused: LwM2M 1.0 has MUST and MAY ignore it")
        made.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})


@testcase("DM-CREATE-07", verifies=["HLF-032", "HLF-033"], clause=CLAUSE, applies=APPLIES, fresh=True)
async def test_read_only_value_is_passed_over(device: Device):
    """A Create that carries the value of a read-only Resource succeeds and does not use that value."""
    kinds: dict[str, Value] = {DataType.STRING: "given", DataType.FLOAT: 77.5, DataType.INTEGER: 77}
    resources = definition_of(device).resources.values()
    fixed = [
        one
        for one in resources
        if one.operations == frozenset("R") and not one.multiple and one.type in kinds
    ]
    if not fixed:
        raise NotApplicable("the Object has no read-only Resource")
    await device.registered()
    instance, given = object_of(device) / free_id(device), kinds[fixed[0].type]
    answer = await device.create(instance[0], {**values_of(device), fixed[0].id: given}, instance[1])
    answer.expect(code=CREATED)
    held = await device.read(instance / fixed[0].id)
    if held.code == CONTENT:
        held.expect(value=differs(given))
    else:
        held.expect(code=NOT_FOUND, tolerated={"code": matches(r"[45]\.\d\d")})


@testcase(
    "DM-CREATE-08",
    verifies=["HLF-032"],
    clause=CLAUSE,
    ets="int-680",
    applies="device & object(3)",
    fresh=True,
)
async def test_single_object_takes_no_second_instance(device: Device):
    """A Create on the Device Object, which has one Instance, is refused and creates nothing."""
    await device.registered()
    await device.control()
    answer = await device.create(SINGLE_OBJECT[0], {14: "+02:00"}, 1)
    answer.expect(code=METHOD_NOT_ALLOWED, tolerated={"code": matches(r"[45]\.\d\d")})
    made = await device.read(SINGLE_OBJECT / 1)
    made.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})


@testcase("DM-CREATE-09", verifies=["HLF-020", "HLF-036"], clause=CODES, applies="device")
async def test_unknown_object_is_not_found(device: Device):
    """A Create on an Object that the device does not have is answered 4.04."""
    await device.registered()
    await device.control()
    answer = await device.create(UNUSED_ID, {0: "text"}, 0)
    answer.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})


@testcase("DM-CREATE-10", verifies=["HLF-036"], clause=CODES, applies=APPLIES, fresh=True, versions="each")
@vary(format=FORMATS)
async def test_malformed_payload_creates_nothing(device: Device, format: ContentFormat):
    """A Create whose payload breaks off is answered 4.00 and creates nothing."""
    device.need_format(format)
    await device.registered()
    before = await device.discover(object_of(device))
    before.require(code=CONTENT)
    payload = Payload(CUT_OFF[format].replace(b"{0}", str(object_of(device)[0]).encode()), int(format))
    answer = await device.perform(Create(object_of(device), payload))
    answer.expect(code=BAD_REQUEST, tolerated={"code": code_class(4)})
    after = await device.discover(object_of(device))
    after.expect(code=CONTENT, targets=unordered(*before.targets))


@testcase(
    "DM-CREATE-11", verifies=["HLF-036"], clause="LwM2M Transport 1.1.1 §6.4.4", applies=APPLIES, fresh=True
)
async def test_unknown_format_creates_nothing(device: Device):
    """A Create in a format that the device does not know is answered 4.15 and creates nothing."""
    await device.registered()
    before = await device.discover(object_of(device))
    before.require(code=CONTENT)
    answer = await device.perform(Create(object_of(device), Payload(b"\x01\x02", 65000)))
    fair = {"code": code_class(4)} if device.context.lwm2m == "1.0" else {}
    answer.expect(code=UNSUPPORTED_CONTENT_FORMAT, tolerated=fair)
    after = await device.discover(object_of(device))
    after.expect(code=CONTENT, targets=unordered(*before.targets))


@testcase("DM-CREATE-12", verifies=["HLF-035"], clause="LwM2M Core 1.1.1 §7.1", applies=APPLIES, fresh=True)
async def test_value_of_a_wrong_type_creates_nothing(device: Device):
    """A Create with a number or Boolean of three bytes, which no type has, is refused and creates nothing."""
    device.need_format(ContentFormat.TLV)
    await device.registered()
    types = (DataType.BOOLEAN, DataType.INTEGER, DataType.FLOAT, DataType.TIME)
    fixed = [number for number in values_of(device) if definition_of(device).resources[number].type in types]
    if not fixed:
        raise NotApplicable("ixit.creatable_values has no number and no Boolean")
    instance = object_of(device) / free_id(device)
    resource = b"\xe3" + fixed[0].to_bytes(2, "big") + b"\x01\x02\x03"
    payload = b"\x28" + instance[1].to_bytes(2, "big") + bytes([len(resource)]) + resource
    answer = await device.perform(Create(object_of(device), Payload(payload, ContentFormat.TLV)))
    boolean = definition_of(device).resources[fixed[0]].type == DataType.BOOLEAN
    answer.expect(code=BAD_REQUEST, tolerated={"code": matches(r"4\.\d\d" if boolean else r"2\.01|4\.\d\d")})
    if answer.code == CREATED:
        answer.note("a number of three bytes was taken: only that of a Boolean is bound by a MUST")
        return
    made = await device.read(instance)
    made.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})
