"""TLV as a device writes it (LwM2M Core 1.1.1 §7.4.3)."""

from collections.abc import Sequence

from conformance.formats import ContentFormat, MalformedPayload
from conformance.formats.tlv import Kind, Tlv, parse
from conformance.matching import containing, one_of, unordered
from conformance.messages.codes import CONTENT, NOT_FOUND
from conformance.roles import Answer, Device
from conformance.roles.preamble import given
from conformance.testcase import testcase, vary
from conformance.verdicts import Subject

INTEGERS = [-1, 127, 128, 255, 32767, 40000, -(2**31), 2**40]


def expect(device: Device, answer: Answer, name: str, expected: object, value: object) -> None:
    """Judge a fact of the TLV structure that is no matter of the values."""
    subject = Subject(name, answer.frame)
    device.context.record.judge(f"tlv.{name}", expected, value, subject=subject, what=f"TLV with {name}")


def structure(device: Device, answer: Answer) -> Sequence[Tlv]:
    """The TLVs of the payload, whatever their values; a payload that is none fails ``tlv.form``."""
    try:
        return parse(answer.payload)
    except MalformedPayload as problem:
        expect(device, answer, "form", "TLV", str(problem))
        return ()


def resources(device: Device, answer: Answer) -> Sequence[Tlv]:
    """The TLVs of the Resources, with or without an Object Instance TLV about them (both are permitted)."""
    items = structure(device, answer)
    return items[0].children if [item.kind for item in items] == [Kind.INSTANCE] else items


@testcase(
    "FMT-TLV-01",
    verifies=["HLF-014", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    ets="int-203",
    applies="device & format_tlv & ixit.writable_integer",
)
@vary(value=INTEGERS)
async def test_integer_has_one_two_four_or_eight_octets(device: Device, value: int):
    """An Integer is a Resource TLV with a value of 1, 2, 4 or 8 octets in two's complement."""
    path = await given(device, "integer", value)
    answer = await device.read(path, ContentFormat.TLV)
    answer.expect(code=CONTENT, format=ContentFormat.TLV, value=value)
    expect(device, answer, "octets", one_of(1, 2, 4, 8), len(resources(device, answer)[0].value))


@testcase(
    "FMT-TLV-02",
    verifies=["HLF-014"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    applies="device & format_tlv",
)
async def test_single_resource_is_a_resource_tlv(device: Device):
    """A single Resource is a Resource TLV (type 11), not a Resource Instance TLV (type 01)."""
    await device.registered()
    answer = await device.read(device.server_object / 1, ContentFormat.TLV)
    answer.expect(code=CONTENT, format=ContentFormat.TLV, value=device.lifetime)
    expect(device, answer, "kinds", [Kind.RESOURCE], [item.kind for item in resources(device, answer)])


@testcase(
    "FMT-TLV-03",
    verifies=["HLF-014"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    applies="device & format_tlv",
)
async def test_multiple_resource_is_a_multiple_resource_tlv(device: Device):
    """A multiple Resource is a Multiple Resource TLV (type 10) even with one Resource Instance."""
    await device.registered()
    answer = await device.read("/3/0/11", ContentFormat.TLV)
    answer.require(code=CONTENT, format=ContentFormat.TLV)
    expect(
        device, answer, "kinds", [Kind.MULTIPLE_RESOURCE], [item.kind for item in resources(device, answer)]
    )


@testcase(
    "FMT-TLV-04",
    verifies=["HLF-014", "HLF-033"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    applies="device & format_tlv",
)
@vary(object_id=[1, 3])
async def test_object_is_made_of_instance_tlvs(device: Device, object_id: int):
    """An Object is read as one Object Instance TLV for each Instance that the server may read."""
    await device.registered()
    targets = [target for target in device.current.objects if target.startswith(f"/{object_id}/")]
    answer = await device.read((object_id,), ContentFormat.TLV)
    answer.require(code=CONTENT, format=ContentFormat.TLV)
    items = [f"{item.kind} {item.identifier}" for item in structure(device, answer)]
    expected = [f"{Kind.INSTANCE} {target.rpartition('/')[2]}" for target in targets]
    own = f"{Kind.INSTANCE} {device.server_object[1] if object_id == 1 else 0}"
    guarded = any(target.startswith("/2/") for target in device.current.objects)
    whole = containing(own) if guarded else unordered(*expected)
    expect(device, answer, "instances", whole, items)
    expect(device, answer, "strangers", [], [item for item in items if item not in expected])


@testcase(
    "FMT-TLV-05",
    verifies=["HLF-014", "HLF-033"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    ets="int-203",
    applies="device & format_tlv",
)
async def test_resources_of_an_instance_are_of_their_kind(device: Device):
    """In an Instance the multiple Resources are Multiple Resource TLVs and the single ones Resource TLVs."""
    await device.registered()
    answer = await device.read("/3/0", ContentFormat.TLV)
    answer.expect(code=CONTENT, format=ContentFormat.TLV)
    model = device.context.model
    known = [
        (item.identifier, item.kind, definition.multiple)
        for item in resources(device, answer)
        if (definition := model.resource((3, 0, item.identifier)))
    ]
    expect(device, answer, "identifiers", containing(16), [number for number, *_ in known])
    wanted = {number: Kind.MULTIPLE_RESOURCE if many else Kind.RESOURCE for number, _, many in known}
    expect(device, answer, "kinds", wanted, {number: kind for number, kind, _ in known})


@testcase(
    "FMT-TLV-06",
    verifies=["HLF-014"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    applies="device & format_tlv & ixit.writable_string",
)
@vary(length=[0, 7, 8, 255, 256])
async def test_length_is_told_in_as_many_octets_as_it_needs(device: Device, length: int):
    """The length of a value is right on both sides of 8 and of 256 octets."""
    text = "x" * length
    path = await given(device, "string", text)
    answer = await device.read(path, ContentFormat.TLV)
    if not text and answer.code == NOT_FOUND:
        answer.note("an empty String counts as no value", ambiguity="Q15")
        answer.expect(name="empty", code=NOT_FOUND)
        return
    answer.expect(code=CONTENT, format=ContentFormat.TLV, value=text)
