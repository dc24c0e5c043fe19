"""Multiple Resources with gaps between their ids, in each format (LwM2M Core 1.1.1 §6.3.3, §7.4)."""

from conformance.formats import ContentFormat, DataType, Value
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, NOT_FOUND, UNAUTHORIZED
from conformance.messages.management import Mode, Payload
from conformance.roles import Device
from conformance.roles.refusal import expect_taken_or_refused
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

APPLIES = "device & multiple_resource & ixit.writable_multiple"
CLAUSE = "LwM2M Core 1.1.1 §6.3.3, §7.4"


def array(device: Device, **numbers: int) -> dict[int, Value]:
    """Numbers, or texts of them, as the multiple Resource holds them, by ids such as ``_5``."""
    textual = device.context.type_of(device.writable("multiple")) == DataType.STRING
    return {int(name[1:]): str(number) if textual else number for name, number in numbers.items()}


def at(path: Path, values: dict[int, Value]) -> dict[str, Value]:
    """Values by path, as an answer has them."""
    return {str(path / identifier): value for identifier, value in values.items()}


async def prepared(device: Device, before: dict[int, Value], format: int) -> Path:
    """Make the array hold these values."""
    path = device.writable("multiple")
    await device.registered()
    written = await device.write(path, before, format)
    if written.code == UNAUTHORIZED:
        raise NotApplicable(f"the SUT lets no server change the array {path} (4.01)")
    written.require(code=CHANGED)
    return path


async def updates_an_array(device: Device, format: ContentFormat) -> None:
    """Set one Resource Instance and add one by a partial update, with gaps between the ids."""
    device.need_format(format)
    before, added = array(device, _0=10, _7=20), array(device, _7=21, _300=30, _65534=40)
    path = await prepared(device, before, format)
    written = await device.write(path.parent, {path[2]: added}, format, mode=Mode.PARTIAL)
    expect_taken_or_refused(written)
    held = {**before, **added} if written.code == CHANGED else before
    (await device.read(path, format)).expect(code=CONTENT, values=at(path, held))


@testcase(
    "FMT-ARRAY-01",
    verifies=["HLF-010", "HLF-033", "HLF-035"],
    clause=CLAUSE,
    applies=f"{APPLIES} & write_partial",
)
@vary(format=[ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
async def test_partial_update_keeps_gaps_between_ids(device: Device, format: ContentFormat) -> None:
    """A partial update sets and adds the Resource Instances that it names, under ids of every length."""
    await updates_an_array(device, format)


@testcase(
    "FMT-ARRAY-02",
    verifies=["HLF-010", "HLF-033", "HLF-035"],
    clause="LwM2M Core 1.0.2 §6.4.4",
    applies=f"{APPLIES} & lwm2m == 1.0 & write_partial & format_lwm2m_json",
)
async def test_partial_update_in_json_keeps_gaps_between_ids(device: Device) -> None:
    """A partial update in the JSON of 1.0 sets and adds the Resource Instances that it names."""
    await updates_an_array(device, ContentFormat.LWM2M_JSON)


@testcase(
    "FMT-ARRAY-03",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4",
    applies=f"{APPLIES} & lwm2m >= 1.1 & resource_instances",
)
@vary(format=[ContentFormat.TEXT, ContentFormat.CBOR])
async def test_one_resource_instance_is_written_and_read(device: Device, format: ContentFormat) -> None:
    """A Resource Instance is written and read alone in a format for one value, and the others stay."""
    device.need_format(format)
    before = array(device, _0=10, _7=20)
    path = await prepared(device, before, device.format_for(device.writable("multiple"), structured=True))
    value = array(device, _7=21)[7]
    (await device.write(path / 7, value, format)).expect(code=CHANGED)
    (await device.read(path / 7, format)).expect(name="alone", code=CONTENT, value=value)
    (await device.read(path / 0, format)).expect(name="other", code=CONTENT, value=before[0])


@testcase(
    "FMT-ARRAY-04",
    verifies=["HLF-033"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    applies=f"{APPLIES} & format_tlv",
)
async def test_array_of_no_entry_is_written_or_refused(device: Device) -> None:
    """A Multiple Resource TLV without entries empties the array, or is refused and changes nothing."""
    before = array(device, _0=10, _7=20)
    path = await prepared(device, before, ContentFormat.TLV)
    wide = path[2] > 0xFF
    empty = bytes([0x80 | wide << 5]) + path[2].to_bytes(1 + wide, "big")
    written = await device.write(path, Payload(empty, ContentFormat.TLV))
    written.note(f"an array without entries is answered {written.code}", ambiguity="Q14")
    expect_taken_or_refused(written)
    answer = await device.read(path, ContentFormat.TLV)
    if written.code != CHANGED:
        answer.expect(code=CONTENT, values=at(path, before))
    elif answer.code == NOT_FOUND:
        answer.expect(name="emptied", code=NOT_FOUND)
    else:
        answer.expect(name="emptied", code=CONTENT, resources=[])
