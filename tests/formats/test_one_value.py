"""Text, opaque and CBOR: the formats of one value (LwM2M Core 1.2 App. C)."""

import math

import pytest

from conformance.formats import (
    DataType,
    Entry,
    Irregularity,
    MalformedPayload,
    ObjectLink,
    Path,
    Value,
    decode,
    decode_with_findings,
    encode,
)

TEXT, OPAQUE, CBOR = 0, 42, 60
PATH = (3303, 0, 5700)


def read(number: int, payload: bytes, data_type: DataType | None, *tolerate: Irregularity) -> Value | None:
    (entry,) = decode(
        number, payload, base=PATH, type_of=lambda path: data_type, tolerate=frozenset(tolerate)
    )
    return entry.value


def write(number: int, value: Value, data_type: DataType | None) -> bytes:
    return encode(number, [Entry(PATH, value)], base=PATH, type_of=lambda path: data_type)


@pytest.mark.parametrize(
    ("data_type", "value", "text"),
    [
        (DataType.INTEGER, -750, "-750"),
        (DataType.INTEGER, -(2**63), "-9223372036854775808"),
        (DataType.UNSIGNED_INTEGER, 2**64 - 1, "18446744073709551615"),
        (DataType.FLOAT, 6.667e-11, "0.00000000006667"),
        (DataType.FLOAT, -0.5, "-0.5"),
        (DataType.FLOAT, 0.05, "0.05"),
        (DataType.FLOAT, 20.0, "20.0"),
        (DataType.BOOLEAN, True, "1"),
        (DataType.BOOLEAN, False, "0"),
        (DataType.OPAQUE, bytes([1, 2, 3, 4, 5]), "AQIDBAU="),
        (DataType.OPAQUE, bytes.fromhex("fbfffe01"), "+//+AQ=="),
        (DataType.OPAQUE, b"", ""),
        (DataType.TIME, 1476186613, "1476186613"),
        (DataType.OBJLNK, ObjectLink(3, 0), "3:0"),
        (DataType.CORELNK, "</3303/0/5700>;gt=23", "</3303/0/5700>;gt=23"),
        (DataType.STRING, "grüß", "grüß"),
        (DataType.STRING, "", ""),
        (None, "0x1f", "0x1f"),
    ],
)
def test_text_both_ways(data_type: DataType | None, value: Value, text: str) -> None:
    assert read(TEXT, text.encode(), data_type) == value
    assert write(TEXT, value, data_type) == text.encode()


def test_integral_text_is_a_float_too() -> None:
    value = read(TEXT, b"20", DataType.FLOAT)
    assert isinstance(value, float)
    assert value == 20.0


@pytest.mark.parametrize(
    ("data_type", "text"),
    [
        (DataType.INTEGER, b""),
        (DataType.INTEGER, b" 5"),
        (DataType.INTEGER, b"5\n"),
        (DataType.INTEGER, b"0x5"),
        (DataType.INTEGER, b"5.0"),
        (DataType.INTEGER, b"--5"),
        (DataType.INTEGER, "٥".encode()),
        (DataType.INTEGER, b"1_000"),
        (DataType.INTEGER, b"9223372036854775808"),
        (DataType.UNSIGNED_INTEGER, b"-1"),
        (DataType.UNSIGNED_INTEGER, b"18446744073709551616"),
        (DataType.FLOAT, b"0.-500000"),
        (DataType.FLOAT, b"1,5"),
        (DataType.FLOAT, b".5"),
        (DataType.FLOAT, b"5."),
        (DataType.FLOAT, b"nan"),
        (DataType.FLOAT, b"inf"),
        (DataType.FLOAT, b"1e5"),
        (DataType.FLOAT, b"9" * 400),
        (DataType.BOOLEAN, b"true"),
        (DataType.BOOLEAN, b"2"),
        (DataType.BOOLEAN, b"01"),
        (DataType.OPAQUE, b"AQIDBAU"),
        (DataType.OPAQUE, b"-__-AQ=="),
        (DataType.OPAQUE, b"AQI\nDBAU="),
        (DataType.OPAQUE, b"AQIDBA==="),
        (DataType.OPAQUE, b"AR=="),
        (DataType.TIME, b"2016-10-11T11:50:13Z"),
        (DataType.OBJLNK, b"3/0"),
        (DataType.OBJLNK, b"3:"),
        (DataType.OBJLNK, b"3:65535"),
        (DataType.OBJLNK, b"70000:1"),
        (DataType.CORELNK, b"/3/0"),
        (DataType.STRING, b"\xff"),
        (None, b"\xff"),
        (DataType.NONE, b""),
    ],
)
def test_malformed_text(data_type: DataType | None, text: bytes) -> None:
    with pytest.raises(MalformedPayload):
        read(TEXT, text, data_type)


@pytest.mark.parametrize(
    ("data_type", "text", "value", "kind"),
    [
        (DataType.FLOAT, b"-1.25E-7", -1.25e-7, Irregularity.FLOAT_EXPONENT),
        (DataType.OPAQUE, b"-__-AQ", bytes.fromhex("fbfffe01"), Irregularity.BASE64_URL),
        (DataType.INTEGER, b"+5", 5, Irregularity.PLUS_SIGN),
        (DataType.INTEGER, b"-007", -7, Irregularity.LEADING_ZEROS),
        (DataType.OBJLNK, b"FFFF:FFFF", ObjectLink(65535, 65535), Irregularity.OBJLNK_HEX_NULL),
    ],
)
def test_irregular_text_is_read_and_recorded_when_tolerated(
    data_type: DataType, text: bytes, value: Value, kind: Irregularity
) -> None:
    entries, findings = decode_with_findings(
        TEXT, text, base=PATH, type_of=lambda path: data_type, tolerate={kind}
    )
    assert entries == (Entry(PATH, value),)
    assert [(finding.kind, finding.path) for finding in findings] == [(kind, PATH)]
    assert text.decode() in str(findings[0])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_text_has_no_infinity(value: float) -> None:
    with pytest.raises(ValueError, match="/3303/0/5700"):
        write(TEXT, value, DataType.FLOAT)


@pytest.mark.parametrize("data_type", [DataType.OPAQUE, None])
def test_opaque_is_the_bytes(data_type: DataType | None) -> None:
    assert read(OPAQUE, b"\x00\xff", data_type) == b"\x00\xff"
    assert write(OPAQUE, b"\x00\xff", data_type) == b"\x00\xff"


@pytest.mark.parametrize("data_type", [DataType.STRING, DataType.INTEGER, DataType.NONE])
def test_opaque_carries_no_other_type(data_type: DataType) -> None:
    with pytest.raises(MalformedPayload, match="not Opaque"):
        read(OPAQUE, b"abc", data_type)
    with pytest.raises(ValueError, match=r"type|Opaque"):
        write(OPAQUE, "abc", data_type)


@pytest.mark.parametrize(
    ("data_type", "value", "hexadecimal"),
    [
        (DataType.INTEGER, 0, "00"),
        (DataType.INTEGER, -129, "38 80"),
        (DataType.INTEGER, -(2**63), "3b 7f ff ff ff ff ff ff ff"),
        (DataType.UNSIGNED_INTEGER, 2**64 - 1, "1b ff ff ff ff ff ff ff ff"),
        (DataType.FLOAT, 0.5, "f9 38 00"),
        (DataType.FLOAT, 100000.0, "fa 47 c3 50 00"),
        (DataType.FLOAT, 1.1, "fb 3f f1 99 99 99 99 99 9a"),
        (DataType.FLOAT, math.inf, "f9 7c 00"),
        (DataType.BOOLEAN, False, "f4"),
        (DataType.BOOLEAN, True, "f5"),
        (DataType.OPAQUE, bytes([1, 2, 3, 4]), "44 01 02 03 04"),
        (DataType.STRING, "ü", "62 c3 bc"),
        (DataType.TIME, 1363896240, "1a 51 4b 67 b0"),
        (DataType.OBJLNK, ObjectLink(66, 1), "64 36 36 3a 31"),
        (DataType.CORELNK, "</3>", "64 3c 2f 33 3e"),
        (None, 5, "05"),
        (None, "a", "61 61"),
        (None, b"a", "41 61"),
    ],
)
def test_cbor_both_ways(data_type: DataType | None, value: Value, hexadecimal: str) -> None:
    assert read(CBOR, bytes.fromhex(hexadecimal), data_type) == value
    assert write(CBOR, value, data_type) == bytes.fromhex(hexadecimal)


@pytest.mark.parametrize(
    ("data_type", "hexadecimal", "value"),
    [
        (DataType.TIME, "c1 1a 51 4b 67 b0", 1363896240),
        (DataType.TIME, "c0 74 323031332d30332d32315432303a30343a30305a", 1363896240),
        (DataType.INTEGER, "1b 00 00 00 00 00 00 00 05", 5),
        (DataType.STRING, "7f 61 61 61 62 ff", "ab"),
        (DataType.OPAQUE, "5f 41 61 41 62 ff", b"ab"),
        (DataType.INTEGER, "d9 d9 f7 05", 5),
    ],
)
def test_cbor_in_other_forms(data_type: DataType, hexadecimal: str, value: Value) -> None:
    assert read(CBOR, bytes.fromhex(hexadecimal), data_type) == value


@pytest.mark.parametrize(
    ("data_type", "hexadecimal"),
    [
        (DataType.INTEGER, ""),
        (DataType.INTEGER, "05 05"),
        (DataType.INTEGER, "18"),
        (DataType.INTEGER, "f9 45 00"),
        (DataType.INTEGER, "f9 45 40"),
        (DataType.INTEGER, "61 35"),
        (DataType.INTEGER, "1b 80 00 00 00 00 00 00 00"),
        (DataType.INTEGER, "f5"),
        (DataType.INTEGER, "c2 41 05"),
        (DataType.UNSIGNED_INTEGER, "20"),
        (DataType.FLOAT, "14"),
        (DataType.FLOAT, "f4"),
        (DataType.BOOLEAN, "01"),
        (DataType.BOOLEAN, "f6"),
        (DataType.OPAQUE, "61 61"),
        (DataType.STRING, "41 61"),
        (DataType.STRING, "62 c3 28"),
        (DataType.OBJLNK, "1a 00 42 00 01"),
        (DataType.TIME, "c1 fb 41 d4 52 d9 ec 20 00 00"),
        (DataType.TIME, "c0 61 61"),
        (DataType.TIME, "c0 6a 323031332d30332d3231"),
        (DataType.TIME, "74 323031332d30332d32315432303a30343a30305a"),
        (DataType.STRING, "c1 00"),
        (None, "f6"),
        (None, "f7"),
        (None, "80"),
        (None, "a0"),
        (None, "ff"),
        (None, "1c"),
        (None, "f8 14"),
        (None, "5f 61 61 ff"),
        (None, "5f"),
        (None, "9b ff ff ff ff ff ff ff ff"),
        (DataType.NONE, "f6"),
    ],
)
def test_malformed_cbor(data_type: DataType | None, hexadecimal: str) -> None:
    with pytest.raises(MalformedPayload):
        read(CBOR, bytes.fromhex(hexadecimal), data_type)


def test_cbor_numbers_of_the_other_kind_can_be_tolerated() -> None:
    assert read(CBOR, b"\x14", DataType.FLOAT, Irregularity.CBOR_INTEGER_FOR_FLOAT) == 20.0
    five = read(CBOR, bytes.fromhex("f94500"), DataType.INTEGER, Irregularity.CBOR_FLOAT_FOR_INTEGER)
    assert isinstance(five, int)
    assert five == 5


@pytest.mark.parametrize("number", [TEXT, OPAQUE, CBOR])
@pytest.mark.parametrize("base", [(), (3,), (3, 0)])
def test_one_value_has_the_path_of_a_resource(number: int, base: Path) -> None:
    with pytest.raises(MalformedPayload, match="one Resource"):
        decode(number, b"\x00", base=base, type_of=lambda path: None)
    with pytest.raises(ValueError, match="one value"):
        encode(number, [Entry(PATH, b"")], base=base, type_of=lambda path: None)


def test_unknown_format_is_said_to_be_unknown() -> None:
    with pytest.raises(MalformedPayload, match="not a format that is read here"):
        decode(41, b"", base=PATH, type_of=lambda path: None)
    with pytest.raises(ValueError, match="41 is not written here"):
        encode(41, [], base=PATH, type_of=lambda path: None)
