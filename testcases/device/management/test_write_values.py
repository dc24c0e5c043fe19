"""Write: a value of every type, in every format, is what a Read gives afterwards (Core 1.1.1 §6.3.3)."""

from conformance.formats import ContentFormat, ObjectLink, Value
from conformance.matching import between, close_to, code_class, matches, one_of
from conformance.messages import Path, Update
from conformance.messages.codes import (
    BAD_REQUEST,
    CHANGED,
    CONTENT,
    NOT_FOUND,
    REQUEST_ENTITY_TOO_LARGE,
)
from conformance.messages.management import Payload
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

ORDINARY: dict[str, Value] = {
    "string": "a value",
    "integer": 42,
    "unsigned": 300,
    "float": -2.5,
    "boolean": True,
    "opaque": bytes.fromhex("fbfffe01"),
    "time": 1_700_000_000,
    "objlnk": ObjectLink(3, 0),
}
EXTREMES: dict[str, Value] = {
    "string_not_ascii": "Grüße €",
    "integer_negative": -1,
    "integer_40000": 40_000,
    "integer_64_bit_high": 2**63 - 1,
    "integer_64_bit_low": -(2**63),
    "unsigned_64_bit_high": 2**64 - 1,
    "float_below_0": -0.5,
    "float_leading_0": 0.05,
    "boolean_false": False,
    "opaque_with_0": b"\x00\xff\x00",
    "time_after_2038": 4_102_444_800,
    "objlnk_null": ObjectLink(65535, 65535),
}
WIDE = (
    "integer_40000",
    "integer_64_bit_high",
    "integer_64_bit_low",
    "unsigned_64_bit_high",
    "time_after_2038",
)
"""Values that a device may find too wide: the appendix leaves it the choice of 8, 16, 32 or 64 bits."""
READ_BACK = ("tlv", "senml_json", "senml_cbor", "cbor", "lwm2m_json", "text")
"""Formats to read back in, the first that differs from that of the Write."""
READ_LINK_BACK = ("tlv", "text", "senml_json", "senml_cbor", "cbor", "lwm2m_json")
"""The same for an Object Link: how SenML carries one is the subject of the cases on formats."""


def writable(device: Device, kind: str) -> Path:
    """The Resource of this type that may be written; the case does not apply where there is none."""
    path = getattr(device.ixit, f"writable_{kind}")
    if path is None or device.context.type_of(path) is None:
        raise NotApplicable(f"the profile names no ixit.writable_{kind} whose type is known")
    return Path.of(path)


def another_format(device: Device, kind: str, written: int) -> int:
    """A format that the SUT reads, another than that of the Write where it has one."""
    names = READ_LINK_BACK if kind == "objlnk" else READ_BACK
    own = [name for name in names if device.context.ics[f"format_{name}"]]
    numbers = [int(ContentFormat[name.upper()]) for name in own]
    return next((number for number in numbers if number != written), written)


def same(kind: str, value: Value) -> object:
    """What a Read may give for a written value: single precision may be lost, a clock runs on."""
    if isinstance(value, float):
        return close_to(value)
    if kind == "time" and isinstance(value, int):
        return between(value, value + 10)
    return value


@testcase(
    "DM-WRITE-01",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    ets="int-205, int-212, int-227, int-233, int-234",
    applies="device & (ixit.writable_string | ixit.writable_integer)",
)
@vary(kind=list(ORDINARY))
@vary(
    format=[
        ContentFormat.TEXT,
        ContentFormat.CBOR,
        ContentFormat.TLV,
        ContentFormat.SENML_JSON,
        ContentFormat.SENML_CBOR,
        ContentFormat.LWM2M_JSON,
    ]
)
async def test_written_value_is_read_back_in_another_format(
    device: Device, kind: str, format: ContentFormat
) -> None:
    """A Resource that is written in one format has that value when it is read in another."""
    if kind == "time" and format == ContentFormat.CBOR:
        raise NotApplicable("1.1.1 and 1.2 differ on a Time in CBOR: OMA_LwM2M_for_Developers#537")
    await device.registered()
    path, value = writable(device, kind), ORDINARY[kind]
    written = await device.write(path, value, device.need_format(format))
    written.expect(code=CHANGED)
    accept = another_format(device, kind, format)
    answer = await device.read(path, accept)
    answer.expect(code=CONTENT, value=same(kind, value))


@testcase(
    "DM-WRITE-02",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §C",
    applies="device & (ixit.writable_string | ixit.writable_integer)",
)
@vary(value=list(EXTREMES))
@vary(form=["single", "structured"])
async def test_value_at_the_edge_of_its_type_is_kept(device: Device, value: str, form: str) -> None:
    """A value at the edge of its type is kept as it was written; a wide one may be refused, not cut."""
    await device.registered()
    kind, content = value.partition("_")[0], EXTREMES[value]
    path = writable(device, kind)
    definition = device.context.model.resource(path)
    if definition is not None and definition.range and not isinstance(content, str):
        raise NotApplicable(f"{path} has the range {definition.range}")
    number = device.format_for(path, structured=form == "structured")
    written = await device.write(path, content, number)
    refusable = {"code": BAD_REQUEST} if value in WIDE else None
    written.expect(code=CHANGED, tolerated=refusable)
    if written.code == CHANGED:
        answer = await device.read(path, another_format(device, kind, number))
        answer.expect(code=CONTENT, value=same(kind, content))


@testcase(
    "DM-WRITE-03",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4.2",
    applies="device & format_opaque & ixit.writable_opaque",
)
@vary(size=[1, 7, 8, 200, 300])
async def test_opaque_value_is_written_as_it_is(device: Device, size: int) -> None:
    """Octets that are written in Content-Format 42 are read back octet for octet; 200 may be too many."""
    await device.registered()
    path = writable(device, "opaque")
    octets = device.context.chance.randbytes(size)
    written = await device.write(path, Payload(octets, ContentFormat.OPAQUE))
    too_many = {"code": one_of(BAD_REQUEST, REQUEST_ENTITY_TOO_LARGE)} if size >= 200 else None
    written.expect(code=CHANGED, tolerated=too_many)
    if written.code == CHANGED:
        answer = await device.read(path, ContentFormat.OPAQUE)
        answer.expect(code=CONTENT, format=int(ContentFormat.OPAQUE), payload=octets)


@testcase(
    "DM-WRITE-04",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    ets="int-205",
    applies="device & lifetime_writable & lifetime_readable",
)
async def test_written_lifetime_is_read_back(device: Device) -> None:
    """The lifetime of the Server Object can be written, and a Read gives the new one."""
    await device.registered()
    path = device.server_object / 1
    written = await device.write(path, 300)
    written.expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value=300)
    await device.server.next((Update,), device.ixit.reaction_time)


@testcase(
    "DM-WRITE-05",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="device & format_text & ixit.writable_string",
)
async def test_empty_string_is_a_value_or_refused(device: Device) -> None:
    """A Write of an empty text leaves the empty String behind, or is refused and leaves the old one."""
    await device.registered()
    path = writable(device, "string")
    (await device.write(path, "before")).require(code=CHANGED)
    written = await device.write(path, Payload(b"", ContentFormat.TEXT))
    written.expect(code=CHANGED, tolerated={"code": code_class(4)})
    answer = await device.read(path)
    if written.code == CHANGED:
        answer.expect(code=CONTENT, tolerated={"code": NOT_FOUND})
    if answer.code == CONTENT or written.code != CHANGED:
        answer.expect(name="text", code=CONTENT, value="" if written.code == CHANGED else "before")


@testcase(
    "DM-WRITE-06",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4",
    applies="device & format_text & ixit.writable_string",
)
async def test_missing_content_format_is_taken_as_text_or_refused(device: Device) -> None:
    """A Write without Content-Format may be done, passed over or refused, but what is refused is not done."""
    await device.registered()
    path = writable(device, "string")
    (await device.write(path, "before")).require(code=CHANGED)
    written = await device.write(path, Payload(b"after", None))
    written.note(f"a Write without Content-Format is answered {written.code}")
    written.expect(code=matches(r"2\.04|4\.\d\d"))
    answer = await device.read(path)
    if written.code == CHANGED:
        answer.note("a PUT without Content-Format may be taken for Write-Attributes, which writes no value")
    answer.expect(code=CONTENT, value=one_of("before", "after") if written.code == CHANGED else "before")
