"""A value that was written is read in every format (LwM2M Core 1.1.1 §7.4, Appendix C)."""

from conformance.formats import ContentFormat, DataType, ObjectLink, Value
from conformance.matching import Matcher, close_to, one_of
from conformance.messages.codes import CHANGED, CONTENT, NOT_FOUND, UNAUTHORIZED
from conformance.roles import Device
from conformance.roles.preamble import given
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

WITHOUT_TLV = [
    ContentFormat.TEXT,
    ContentFormat.CBOR,
    ContentFormat.SENML_JSON,
    ContentFormat.SENML_CBOR,
]
FORMATS = [*WITHOUT_TLV, ContentFormat.TLV]
VALUES: dict[str, tuple[str, Value]] = {
    "boolean_false": ("boolean", False),
    "string_empty": ("string", ""),
    "string_not_ascii": ("string", "Grüße €"),
    "objlnk": ("objlnk", ObjectLink(3, 0)),
}
AWKWARD = bytes.fromhex("fbfffe01")
"""Octets whose base64 has a plus, a slash and padding."""


def named(format: ContentFormat) -> Matcher:
    """The Content-Format of an answer; that it must not be missing is a matter of DM-READ-01."""
    return one_of(format, None)


@testcase(
    "FMT-VALUE-01",
    verifies=["HLF-014", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4",
    applies="device & ixit.writable_integer",
)
@vary(value=[-1, -(2**31), 2**40])
@vary(format=WITHOUT_TLV)
async def test_integer_is_read(device: Device, format: ContentFormat, value: int):
    """An Integer is read as it was written, whatever its sign and size."""
    device.need_format(format)
    path = await given(device, "integer", value)
    answer = await device.read(path, format)
    answer.expect(code=CONTENT, format=named(format), value=value)


@testcase(
    "FMT-VALUE-02",
    verifies=["HLF-014", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4",
    applies="device & ixit.writable_float",
)
@vary(value=[-0.5, 0.05])
@vary(format=FORMATS)
async def test_float_is_read(device: Device, format: ContentFormat, value: float):
    """A Float is read as it was written, between -1 and 0 and with zeros behind the point."""
    device.need_format(format)
    path = await given(device, "float", value)
    answer = await device.read(path, format)
    answer.expect(code=CONTENT, format=named(format), value=close_to(value))


@testcase(
    "FMT-VALUE-03",
    verifies=["HLF-014", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4",
    applies="device",
)
@vary(value=list(VALUES))
@vary(format=FORMATS)
async def test_value_without_number_is_read(device: Device, format: ContentFormat, value: str):
    """A Boolean, a String and an Object Link are read as they were written."""
    device.need_format(format)
    kind, written = VALUES[value]
    path = await given(device, kind, written)
    answer = await device.read(path, format)
    if written == "" and answer.code == NOT_FOUND:
        answer.note("an empty String counts as no value", ambiguity="Q15")
        answer.expect(name="empty", code=NOT_FOUND)
    elif written == "" and answer.payload == b"":
        answer.expect(code=CONTENT, format=named(format))
    else:
        answer.expect(code=CONTENT, format=named(format), value=written, irregularities=[])


@testcase(
    "FMT-VALUE-04",
    verifies=["HLF-014", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4",
    applies="device & ixit.writable_opaque",
)
@vary(format=[*FORMATS, ContentFormat.OPAQUE])
async def test_opaque_is_read(device: Device, format: ContentFormat):
    """Octets are read as they were written, in the alphabet of base64 that the format demands."""
    device.need_format(format)
    path = await given(device, "opaque", AWKWARD)
    answer = await device.read(path, format)
    answer.expect(code=CONTENT, format=named(format), value=AWKWARD)
    answer.expect(irregularities=[], level=Level.SHOULD)
    for irregularity in answer.irregularities:
        answer.note(irregularity, ambiguity="Q34")


@testcase(
    "FMT-VALUE-05",
    verifies=["HLF-014", "HLF-020"],
    clause="LwM2M Core 1.1.1 §7.3",
    applies="device & lwm2m >= 1.1 & resource_instances & ixit.writable_multiple",
)
@vary(format=[ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
async def test_long_identifiers_are_read(device: Device, format: ContentFormat):
    """Resource Instances with ids of every length are read with those ids."""
    device.need_format(format)
    path = device.writable("multiple")
    text = device.context.type_of(path) == DataType.STRING
    written: dict[int, Value] = {number: str(number) if text else number for number in (0, 200, 65000)}
    await device.registered()
    answer = await device.write(path, written, device.format_for(path, structured=True))
    if answer.code == UNAUTHORIZED:
        raise NotApplicable(f"the SUT lets no server change the array {path} (4.01)")
    answer.require(code=CHANGED)
    answer = await device.read(path, format)
    expected = {str(path / number): value for number, value in written.items()}
    answer.expect(code=CONTENT, format=named(format), values=expected)
