"""CBOR as a server writes it: one value, well-formed and of its type (LwM2M Core 1.1.1 §C, RFC 8949)."""

from typing import NamedTuple

from conformance.formats import ContentFormat, Value
from conformance.matching import between
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.management import Payload
from conformance.roles import Device
from conformance.roles.preamble import KNOWN, known
from conformance.roles.refusal import Fault, expect_fault_refused, expect_taken_or_refused
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

CBOR = ContentFormat.CBOR
SHOULD, MUST = Level.SHOULD, Level.MUST
CLAUSE = "LwM2M Core 1.1.1 §C"


class Form(NamedTuple):
    """A form of a value; `open` where the appendix does not name it."""

    kind: str
    octets: str
    value: Value
    open: bool = False


FORMS: dict[str, Form] = {
    "integer_in_8_bits": Form("integer", "182b", 43),
    "integer_in_16_bits": Form("integer", "19002b", 43),
    "integer_in_32_bits": Form("integer", "1a0000002b", 43),
    "integer_in_64_bits": Form("integer", "1b000000000000002b", 43),
    "negative_in_64_bits": Form("integer", "3b0000000000000001", -2),
    "float_in_16_bits": Form("float", "f93e00", 1.5),
    "float_in_32_bits": Form("float", "fa3fc00000", 1.5),
    "float_in_64_bits": Form("float", "fb3ff8000000000000", 1.5),
    "float_as_integer": Form("float", "02", 2.0, open=True),
    "integer_as_float": Form("integer", "f95160", 43, open=True),
    "integer_as_bignum": Form("integer", "c2412b", 43, open=True),
    "string_length_in_32_bits": Form("string", "7a00000003616263", "abc"),
    "string_in_chunks": Form("string", "7f6161626263ff", "abc", open=True),
    "octets_in_chunks": Form("opaque", "5f4109420a0bff", b"\x09\x0a\x0b", open=True),
    "self_described": Form("integer", "d9d9f7182b", 43, open=True),
    "unknown_tag": Form("string", "d9c35163616263", "abc", open=True),
}


def cbor(kind: str, octets: str, level: Level | None = None) -> Fault:
    """A payload with a fault, in hexadecimal; it is the same on every path."""
    return Fault(kind, lambda path: bytes.fromhex(octets), level)


FAULTS: dict[str, Fault] = {
    "unsigned_negative": cbor("unsigned", "20"),
    "unsigned_of_65_bits": cbor("unsigned", "c249010000000000000000"),
    "integer_of_65_bits": cbor("integer", "1bffffffffffffffff"),
    "integer_below_64_bits": cbor("integer", "3bffffffffffffffff"),
    "integer_with_fraction": cbor("integer", "f93e00"),
    "integer_null": cbor("integer", "f6"),
    "integer_undefined": cbor("integer", "f7"),
    "integer_in_an_array": cbor("integer", "81182b"),
    "integer_in_a_map": cbor("integer", "a100182b"),
    "boolean_as_integer": cbor("boolean", "01"),
    "boolean_as_text": cbor("boolean", "6474727565"),
    "string_as_octets": cbor("string", "43616263"),
    "string_as_integer": cbor("string", "182b"),
    "string_not_utf8": cbor("string", "62fffe"),
    "opaque_as_text": cbor("opaque", "63616263"),
    "opaque_as_array": cbor("opaque", "83010203"),
    "objlnk_as_integer": cbor("objlnk", "1a00030000"),
    "objlnk_one_number": cbor("objlnk", "6133"),
    "break_alone": cbor("integer", "ff", MUST),
    "reserved_length": cbor("integer", "1c", MUST),
    "huge_length": cbor("opaque", "5b7fffffffffffffff00", MUST),
    "huge_array": cbor("opaque", "9b00000001000000000102", MUST),
    "nested_too_deep": cbor("opaque", "81" * 1000, MUST),
    "chunk_of_another_type": cbor("string", "7f61614162ff", MUST),
    "chunks_without_end": cbor("string", "7f61616162", MUST),
    "nothing_at_all": cbor("integer", "", SHOULD),
}
TIMES = {
    "tag_1": "c11a65920080",
    "tag_0": "c074323032342d30312d30315430303a30303a30305a",
    "no_tag": "1a65920080",
}
NEW_YEAR = 1_704_067_200
"""2024-01-01T00:00:00Z, which all of `TIMES` mean."""


@testcase(
    "FMT-CBOR-01",
    verifies=["HLF-010", "HLF-034"],
    clause=f"{CLAUSE}; RFC 8949 §3",
    applies="device & lwm2m >= 1.1 & format_cbor",
)
@vary(form=list(FORMS))
async def test_value_in_every_form_is_taken(device: Device, form: str) -> None:
    """A value is taken in every form that CBOR has for it; what the appendix does not name may be refused."""
    kind, octets, value, open_ = FORMS[form]
    path = await known(device, kind)
    written = await device.write(path, Payload(bytes.fromhex(octets), CBOR))
    if open_:
        expect_taken_or_refused(written)
    else:
        written.expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value=value if written.code == CHANGED else KNOWN[kind])


@testcase(
    "FMT-CBOR-02",
    verifies=["HLF-032", "HLF-034"],
    clause=f"LwM2M Core 1.1.1 §7.1; {CLAUSE}",
    applies="device & lwm2m >= 1.1 & format_cbor",
)
@vary(fault=list(FAULTS))
async def test_faulty_cbor_is_refused(device: Device, fault: str) -> None:
    """CBOR that is not well-formed or no value of the type is answered 4.00, and nothing is written."""
    await expect_fault_refused(device, FAULTS[fault], CBOR)


@testcase(
    "FMT-CBOR-03",
    verifies=["HLF-010", "HLF-034"],
    clause=CLAUSE,
    applies="device & lwm2m >= 1.1 & format_cbor & ixit.writable_time",
)
@vary(form=list(TIMES))
async def test_time_means_its_moment_or_is_refused(device: Device, form: str) -> None:
    """A Time in any form of CBOR is taken for its moment, or refused and not written."""
    path = device.writable("time")
    await device.registered()
    before = await device.read(path)
    before.require(code=CONTENT)
    old = before.value
    if not isinstance(old, int):
        raise NotApplicable(f"{path} holds no Time but {old!r}")
    written = await device.write(path, Payload(bytes.fromhex(TIMES[form]), CBOR))
    written.note(f"a Time as {form} is answered {written.code}: 1.1.1 and 1.2 differ on it")
    expect_taken_or_refused(written)
    low = NEW_YEAR if written.code == CHANGED else old
    (await device.read(path)).expect(code=CONTENT, value=between(low, low + 60))
