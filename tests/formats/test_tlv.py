"""TLV against vectors computed by hand from the layout of the Type byte, and against every malformation."""

import math
import struct

import pytest

from conformance.formats import DataType, Entry, MalformedPayload, ObjectLink, Path, Value, decode, encode
from conformance.formats.tlv import Kind, Tlv, parse

TLV = 11542
TYPES = {
    0: DataType.STRING,
    1: DataType.INTEGER,
    2: DataType.UNSIGNED_INTEGER,
    3: DataType.FLOAT,
    4: DataType.BOOLEAN,
    5: DataType.OPAQUE,
    6: DataType.TIME,
    7: DataType.OBJLNK,
    8: DataType.CORELNK,
    9: DataType.NONE,
    300: DataType.INTEGER,
}


def type_of(path: Path) -> DataType | None:
    return TYPES.get(path[2])


def read(hexadecimal: str, base: Path) -> tuple[Entry, ...]:
    return decode(TLV, bytes.fromhex(hexadecimal), base=base, type_of=type_of)


@pytest.mark.parametrize(
    ("resource", "value", "hexadecimal"),
    [
        (1, 0, "c1 01 00"),
        (1, 127, "c1 01 7f"),
        (1, 128, "c2 01 00 80"),
        (1, 129, "c2 01 00 81"),
        (1, -128, "c1 01 80"),
        (1, -129, "c2 01 ff 7f"),
        (1, 32768, "c4 01 00 00 80 00"),
        (1, 2**31, "c8 01 08 00 00 00 00 80 00 00 00"),
        (1, -(2**63), "c8 01 08 80 00 00 00 00 00 00 00"),
        (2, 129, "c1 02 81"),
        (2, 2**64 - 1, "c8 02 08 ff ff ff ff ff ff ff ff"),
        (3, 0.5, "c4 03 3f 00 00 00"),
        (3, -0.5, "c4 03 bf 00 00 00"),
        (3, 0.05, "c8 03 08 3f a9 99 99 99 99 99 9a"),
        (4, True, "c1 04 01"),
        (4, False, "c1 04 00"),
        (5, b"", "c0 05"),
        (5, b"1234567", "c7 05 31 32 33 34 35 36 37"),
        (5, b"12345678", "c8 05 08 31 32 33 34 35 36 37 38"),
        (6, 1367491215, "c4 06 51 82 42 8f"),
        (7, ObjectLink(66, 1), "c4 07 00 42 00 01"),
        (7, ObjectLink(65535, 65535), "c4 07 ff ff ff ff"),
        (0, "", "c0 00"),
        (0, "ü", "c2 00 c3 bc"),
        (8, "</3/0>", "c6 08 3c 2f 33 2f 30 3e"),
        (300, 5, "e1 01 2c 05"),
        (99, b"\x01\x02\x03", "c3 63 01 02 03"),
    ],
)
def test_value_both_ways(resource: int, value: Value, hexadecimal: str) -> None:
    path = (3, 0, resource)
    assert read(hexadecimal, path) == (Entry(path, value),)
    written = encode(TLV, [Entry(path, value)], base=path, type_of=type_of)
    assert written == bytes.fromhex(hexadecimal)


@pytest.mark.parametrize(
    ("length", "header"),
    [(255, "c8 05 ff"), (256, "d0 05 01 00"), (65535, "d0 05 ff ff"), (70000, "d8 05 01 11 70")],
)
def test_length_field_grows_with_the_value(length: int, header: str) -> None:
    entry = Entry((3, 0, 5), b"x" * length)
    payload = encode(TLV, [entry], base=(3, 0, 5), type_of=type_of)
    assert payload == bytes.fromhex(header) + b"x" * length
    assert decode(TLV, payload, base=(3, 0, 5), type_of=type_of) == (entry,)


def test_unknown_multiple_resource_keeps_bytes() -> None:
    assert read("86 63 41 00 01 41 07 05", (3, 0)) == (
        Entry((3, 0, 99, 0), b"\x01"),
        Entry((3, 0, 99, 7), b"\x05"),
    )


MULTIPLE = "86 01 41 00 01 41 07 05"
ENTRIES = (Entry((3, 0, 1, 0), 1), Entry((3, 0, 1, 7), 5))


@pytest.mark.parametrize(
    ("base", "hexadecimal"),
    [
        ((3,), f"08 00 08 {MULTIPLE}"),
        ((3, 0), MULTIPLE),
        ((3, 0), f"08 00 08 {MULTIPLE}"),
        ((3, 0, 1), MULTIPLE),
        ((3, 0, 1), f"08 00 08 {MULTIPLE}"),
    ],
)
def test_wrapper_is_optional_below_the_object(base: Path, hexadecimal: str) -> None:
    assert read(hexadecimal, base) == ENTRIES


@pytest.mark.parametrize("hexadecimal", ["41 07 05", "83 01 41 07 05", "05 00 83 01 41 07 05"])
def test_resource_instance_with_and_without_what_is_around_it(hexadecimal: str) -> None:
    assert read(hexadecimal, (3, 0, 1, 7)) == (Entry((3, 0, 1, 7), 5),)


def test_encoding_wraps_for_the_object_only() -> None:
    entries = (*ENTRIES, Entry((3, 0, 4), True))
    assert encode(TLV, entries, base=(3,), type_of=type_of).hex(" ") == f"08 00 0b {MULTIPLE} c1 04 01"
    assert encode(TLV, entries, base=(3, 0), type_of=type_of).hex(" ") == f"{MULTIPLE} c1 04 01"
    assert encode(TLV, ENTRIES[1:], base=(3, 0, 1, 7), type_of=type_of).hex(" ") == "41 07 05"


@pytest.mark.parametrize(
    ("base", "hexadecimal", "entries"),
    [
        ((3,), "", ()),
        ((3,), "00 00", (Entry((3, 0)),)),
        ((3, 0), "", ()),
        ((3, 0), "80 01", (Entry((3, 0, 1)),)),
        ((3, 0, 1), "80 01", (Entry((3, 0, 1)),)),
        ((3, 0, 1), "", ()),
    ],
)
def test_nothing_can_be_told_in_the_permitted_ways(
    base: Path, hexadecimal: str, entries: tuple[Entry, ...]
) -> None:
    assert read(hexadecimal, base) == entries
    assert encode(TLV, entries, base=base, type_of=type_of) == bytes.fromhex(hexadecimal)


def test_bits_2_to_0_are_ignored_with_a_length_field() -> None:
    assert read("cf 05 01 aa", (3, 0, 5)) == (Entry((3, 0, 5), b"\xaa"),)


def test_header_facts_of_a_long_form() -> None:
    (item,) = parse(bytes.fromhex("f8 00 01 00 00 01 07"))
    assert item == Tlv(Kind.RESOURCE, 1, b"\x07", identifier_length=2, length_bytes=3)


def test_not_a_number_is_a_float() -> None:
    (entry,) = read("c4 03 7f c0 00 00", (3, 0, 3))
    assert isinstance(entry.value, float)
    assert math.isnan(entry.value)
    nan = encode(TLV, [Entry((3, 0, 3), math.nan)], base=(3, 0, 3), type_of=type_of)
    assert struct.unpack(">f", nan[2:])[0] != 0


@pytest.mark.parametrize(
    ("base", "hexadecimal", "reason"),
    [
        ((3, 0), "c1", "header"),
        ((3, 0), "e1 00", "header"),
        ((3, 0), "d0 01 00", "header"),
        ((3, 0), "c2 01 00", "length 2, but 1"),
        ((3, 0), "c8 01 ff 00", "length 255"),
        ((3, 0), "08 00 02 c2 01 00 00", "length 2, but 0"),
        ((3, 0), "41 01 05", "resource_instance TLV where"),
        ((3, 0, 1), "41 01 05", "resource_instance TLV where"),
        ((3, 0), "83 01 c1 00 05", "resource TLV where resource_instance"),
        ((3, 0), "03 00 41 00 05", "resource_instance TLV where"),
        ((3,), "02 00 00 00", "instance TLV where"),
        ((3,), "c1 01 05", "resource TLV where instance"),
        ((3,), "02 00 c0 00 c1 01 05", "side by side"),
        ((3, 0), "c1 01 05 c1 01 06", "occurs twice"),
        ((3,), "00 00 00 00", "occurs twice"),
        ((3, 0), "00 01", "instance TLV 1 in a payload for /3/0"),
        ((3, 0, 1), "c1 02 05", "resource TLV 2 in a payload for /3/0/1"),
        ((3, 0, 1), "c1 01 05 c1 02 05", "resource TLV 2"),
        ((3, 0, 1, 7), "41 06 05", "resource_instance TLV 6"),
        ((3, 0), "e1 ff ff 05", "65535"),
        ((), "c1 01 05", "no level"),
        ((3, 0, 1), "c0 01", "no Integer"),
        ((3, 0, 1), "c3 01 00 00 05", "no Integer"),
        ((3, 0, 6), "c5 06 00 00 00 00 05", "no Time"),
        ((3, 0, 2), "c6 02 00 00 00 00 00 05", "no Unsigned Integer"),
        ((3, 0, 3), "c2 03 38 00", "no Float"),
        ((3, 0, 4), "c1 04 02", "no Boolean"),
        ((3, 0, 4), "c2 04 00 01", "no Boolean"),
        ((3, 0, 7), "c3 07 00 42 01", "no Objlnk"),
        ((3, 0, 7), "c4 07 00 42 ff ff", "Object Link"),
        ((3, 0, 0), "c1 00 ff", "not UTF-8"),
        ((3, 0, 8), "c2 08 61 62", "Corelnk"),
        ((3, 0, 9), "c0 09", "executable"),
    ],
)
def test_malformed(base: Path, hexadecimal: str, reason: str) -> None:
    with pytest.raises(MalformedPayload, match=reason) as caught:
        read(hexadecimal, base)
    assert caught.value.format == TLV


@pytest.mark.parametrize(
    ("base", "entry"),
    [
        ((), Entry((3, 0, 1), 5)),
        ((3, 1), Entry((3, 0, 1), 5)),
        ((3, 0), Entry((3, 0, 1), "5")),
        ((3, 0), Entry((3, 0, 1), True)),
        ((3, 0), Entry((3, 0, 1), 2**63)),
        ((3, 0), Entry((3, 0, 2), -1)),
        ((3, 0), Entry((3, 0, 9), "x")),
        ((3, 0), Entry((3, 0, 1), 5, time=1.0)),
        ((3, 0), Entry((3, 0, 1), deleted=True)),
        ((3, 0), Entry((3, 0, 1, 0))),
        ((3,), Entry((3,))),
    ],
)
def test_what_tlv_cannot_carry(base: Path, entry: Entry) -> None:
    with pytest.raises(ValueError, match="/"):
        encode(TLV, [entry], base=base, type_of=type_of)


def test_resource_is_not_both_single_and_multiple() -> None:
    with pytest.raises(ValueError, match="both single and multiple"):
        encode(TLV, [Entry((3, 0, 1), 5), Entry((3, 0, 1, 0), 5)], base=(3, 0), type_of=type_of)
