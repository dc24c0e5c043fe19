"""Plain text as a server writes it (LwM2M Core 1.1.1 §7.4.1, §C)."""

from typing import NamedTuple

from conformance.formats import ContentFormat, ObjectLink, Value
from conformance.matching import close_to
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.management import Payload
from conformance.model.ranges import permits
from conformance.roles import Device
from conformance.roles.preamble import KNOWN, defined, given, known
from conformance.roles.refusal import Fault, expect_fault_refused, expect_taken_or_refused
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

TEXT = ContentFormat.TEXT


def text(kind: str, octets: bytes, level: Level | None = None) -> Fault:
    """A text with a fault; it is the same on every path."""
    return Fault(kind, lambda path: octets, level)


FAULTS: dict[str, Fault] = {
    "string_not_utf8": text("string", b"\xff\xfe"),
    "string_cut_within_a_character": text("string", "€".encode()[:2]),
    "integer_of_65_bits": text("integer", b"9223372036854775808"),
    "integer_far_too_long": text("integer", b"1" * 400),
    "integer_minus_alone": text("integer", b"-"),
    "integer_two_signs": text("integer", b"--43"),
    "integer_in_other_digits": text("integer", "٤٣".encode(), Level.SHOULD),
    "integer_with_nul": text("integer", b"43\x00", Level.SHOULD),
    "unsigned_negative": text("unsigned", b"-1"),
    "unsigned_of_65_bits": text("unsigned", b"18446744073709551616"),
    "float_word": text("float", b"fast"),
    "float_comma": text("float", b"1,5"),
    "float_two_points": text("float", b"1.2.3"),
    "float_in_hexadecimal": text("float", b"0x1p3", Level.SHOULD),
    "objlnk_one_number": text("objlnk", b"3"),
    "objlnk_three_numbers": text("objlnk", b"3:0:1"),
    "objlnk_words": text("objlnk", b"x:y"),
    "objlnk_above_16_bits": text("objlnk", b"65536:0"),
    "objlnk_negative": text("objlnk", b"-1:0"),
}


class Spelling(NamedTuple):
    """A text and what it stands for; `open` where the appendix neither has nor excludes it."""

    kind: str
    octets: bytes
    value: Value
    open: bool = True


SPELLINGS: dict[str, Spelling] = {
    "integer_plus": Spelling("integer", b"+43", 43),
    "integer_minus_zero": Spelling("integer", b"-0", 0),
    "float_without_point": Spelling("float", b"43", 43.0, open=False),
    "float_point_and_zeros": Spelling("float", b"43.000", 43.0, open=False),
    "float_long_fraction": Spelling("float", b"0.50000000000000000000000", 0.5, open=False),
    "float_plus": Spelling("float", b"+1.5", 1.5),
    "float_exponent": Spelling("float", b"1.5e1", 15.0),
    "float_point_first": Spelling("float", b".5", 0.5),
    "opaque_without_padding": Spelling("opaque", b"+//+AQ", bytes.fromhex("fbfffe01")),
    "opaque_url_safe": Spelling("opaque", b"-__-AQ==", bytes.fromhex("fbfffe01")),
    "objlnk_leading_zeros": Spelling("objlnk", b"03:00", ObjectLink(3, 0)),
}


@testcase(
    "FMT-TEXT-02",
    verifies=["HLF-032", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.1, §C",
    applies="device & format_text",
)
@vary(fault=list(FAULTS))
async def test_text_that_is_no_value_of_the_type_is_refused(device: Device, fault: str) -> None:
    """A text that stands for no value of the type is answered 4.00, and the Resource keeps its value."""
    await expect_fault_refused(device, FAULTS[fault], TEXT)


@testcase(
    "FMT-TEXT-03",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §C",
    applies="device & format_text",
)
@vary(spelling=list(SPELLINGS))
async def test_unusual_text_means_its_value_or_is_refused(device: Device, spelling: str) -> None:
    """An unusual text is taken for the value that it stands for, or refused where the appendix has it not."""
    kind, octets, value, open_ = SPELLINGS[spelling]
    path, bounds = defined(device, kind)
    if not permits(bounds, value):
        raise NotApplicable(f"{value!r} is not in the range {bounds} of {path}")
    await known(device, kind)
    written = await device.write(path, Payload(octets, TEXT))
    if open_:
        expect_taken_or_refused(written)
    else:
        written.expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(name="read-back", code=CONTENT, value=value if written.code == CHANGED else KNOWN[kind])


@testcase(
    "FMT-TEXT-04",
    verifies=["HLF-014", "HLF-034"],
    clause="LwM2M Core 1.1.1 §C",
    applies="device & format_text & ixit.writable_float",
)
@vary(value=[0.0000625, 16777216.0, -12345678.5])
async def test_float_in_text_is_plain_decimal(device: Device, value: float) -> None:
    """A Float is read in text as digits with a point, without an exponent."""
    path = await given(device, "float", value)
    answer = await device.read(path, TEXT)
    answer.expect(code=CONTENT, value=close_to(value))
    answer.expect(irregularities=[], level=Level.SHOULD)
