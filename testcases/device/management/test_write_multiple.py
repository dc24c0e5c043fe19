"""Write on multiple Resources and their Resource Instances (LwM2M Core 1.1.1 §6.3.3)."""

from conformance.formats import ContentFormat, DataType, Value
from conformance.matching import code_class
from conformance.messages import Path
from conformance.messages.codes import (
    BAD_REQUEST,
    CHANGED,
    CONTENT,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAUTHORIZED,
)
from conformance.messages.management import Mode
from conformance.roles import Answer, Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

MULTIPLE = "device & multiple_resource & ixit.writable_multiple"
SINGLE_INSTANCE = "device & lwm2m >= 1.1 & resource_instances & ixit.writable_multiple"
Array = dict[int, Value]


def multiple(device: Device) -> Path:
    """The multiple Resource that may be written."""
    return Path.of(device.ixit.writable_multiple or ())


def array(device: Device, *values: int) -> Array:
    """Numbers or texts, as the Resource holds them, by Resource Instance ID from 0."""
    textual = device.context.type_of(multiple(device)) == DataType.STRING
    return {index: f"value {value}" if textual else value for index, value in enumerate(values)}


def at(path: Path, values: Array) -> dict[str, Value]:
    """Values by path, as an answer has them."""
    return {str(path / identifier): value for identifier, value in values.items()}


async def prepared(device: Device) -> tuple[Path, Array]:
    """Make the array three values long."""
    await device.registered()
    path, values = multiple(device), array(device, 10, 20, 30)
    written = await device.write(path, values)
    if written.code == UNAUTHORIZED:
        raise NotApplicable(f"the SUT lets no server change the array {path} (4.01)")
    written.require(code=CHANGED)
    return path, values


async def expect_array(device: Device, written: Answer, before: Array, after: Array) -> None:
    """The array is changed as was asked; a device that does not authorise it keeps what it had.

    LwM2M Core 1.1.1 §6.3.3 leaves it to the client which Resource Instances come and go.
    """
    written.expect(code=CHANGED, tolerated={"code": code_class(4)})
    path = multiple(device)
    answer = await device.read(path)
    answer.expect(code=CONTENT, values=at(path, after if written.code == CHANGED else before))


@testcase(
    "DM-WRITE-40",
    verifies=["HLF-010", "HLF-033"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies=MULTIPLE,
)
@vary(
    format=[
        ContentFormat.TLV,
        ContentFormat.SENML_JSON,
        ContentFormat.SENML_CBOR,
        ContentFormat.LWM2M_JSON,
    ]
)
async def test_replaced_array_holds_only_what_was_sent(device: Device, format: ContentFormat) -> None:
    """A PUT on a multiple Resource replaces the array: a Resource Instance that is not sent is gone."""
    number = device.need_format(format)
    path, before = await prepared(device)
    shorter = array(device, 41, 42)
    written = await device.write(path, shorter, number)
    await expect_array(device, written, before, shorter)


@testcase(
    "DM-WRITE-41",
    verifies=["HLF-010", "HLF-033", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies=f"{MULTIPLE} & write_partial",
)
async def test_partial_update_of_the_instance_adds_to_the_array(device: Device) -> None:
    """A Partial Update that names some Resource Instances sets or adds these and leaves the others."""
    path, before = await prepared(device)
    added = {1: array(device, 51)[0], 7: array(device, 57)[0]}
    written = await device.write(path.parent, {path[2]: added}, mode=Mode.PARTIAL)
    await expect_array(device, written, before, {**before, **added})


@testcase(
    "DM-WRITE-42",
    verifies=["HLF-010", "HLF-033"],
    clause="LwM2M Transport 1.1.1 §6.4.4",
    applies=MULTIPLE,
)
async def test_partial_update_of_the_resource_adds_or_is_refused(device: Device) -> None:
    """A POST on a multiple Resource adds to the array, or is refused and changes nothing."""
    path, before = await prepared(device)
    added = {7: array(device, 57)[0]}
    written = await device.write(path, added, mode=Mode.PARTIAL)
    written.note(f"POST on a multiple Resource is answered {written.code}", ambiguity="Q12")
    await expect_array(device, written, before, {**before, **added})


@testcase(
    "DM-WRITE-43",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    ets="int-228",
    applies=SINGLE_INSTANCE,
)
@vary(format=[ContentFormat.TEXT, ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
async def test_one_resource_instance_is_written_alone(device: Device, format: ContentFormat) -> None:
    """A PUT on a Resource Instance sets this one and leaves the others of the array."""
    number = device.need_format(format)
    path, before = await prepared(device)
    value = array(device, 61)[0]
    written = await device.write(path / 1, value, number)
    unwrapped = {"code": BAD_REQUEST} if number == ContentFormat.TLV else None
    written.expect(code=CHANGED, tolerated=unwrapped)
    answer = await device.read(path)
    after = {**before, 1: value} if written.code == CHANGED else before
    answer.expect(code=CONTENT, values=at(path, after))


@testcase(
    "DM-WRITE-44",
    verifies=["HLF-020", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies=SINGLE_INSTANCE,
)
async def test_absent_resource_instance_is_not_written(device: Device) -> None:
    """A PUT on a Resource Instance that does not exist is an error and does not make it."""
    path, before = await prepared(device)
    written = await device.write(path / 9, array(device, 61)[0])
    written.expect(outcome="response")
    said = Level.SHOULD if device.current.version == "1.1" else Level.MUST
    written.expect(code=NOT_FOUND, tolerated={"code": code_class(4)}, level=said)
    if written.code != CHANGED:
        answer = await device.read(path)
        answer.expect(code=CONTENT, values=at(path, before))


@testcase(
    "DM-WRITE-45",
    verifies=["HLF-020", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="device & lwm2m >= 1.1 & resource_instances & ixit.writable_string",
)
async def test_single_resource_has_no_instance_to_write(device: Device) -> None:
    """A PUT on a Resource Instance of a single Resource is an error and leaves the Resource as it is."""
    await device.registered()
    path = Path.of(device.ixit.writable_string or ())
    (await device.write(path, "before")).require(code=CHANGED)
    written = await device.write(path / 0, "after")
    written.expect(code=METHOD_NOT_ALLOWED, tolerated={"code": code_class(4)})
    answer = await device.read(path)
    answer.expect(code=CONTENT, value="before")
