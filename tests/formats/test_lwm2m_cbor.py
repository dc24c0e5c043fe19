"""LwM2M CBOR: what stands for the same values, and what does not stand for any."""

import pytest

from conformance.formats import (
    ContentFormat,
    DataType,
    Entry,
    MalformedPayload,
    ObjectLink,
    Path,
    Value,
    decode,
    encode,
)

TYPES = {
    9: DataType.INTEGER,
    6: DataType.INTEGER,
    0: DataType.STRING,
    1: DataType.OBJLNK,
    2: DataType.OPAQUE,
    4: DataType.NONE,
}


def type_of(path: Path) -> DataType | None:
    return TYPES.get(path[2])


def values(hexadecimal: str, base: Path = (3, 0)) -> dict[Path, Value | None]:
    payload = bytes.fromhex(hexadecimal)
    entries = decode(ContentFormat.LWM2M_CBOR, payload, base=base, type_of=type_of)
    return {entry.path: entry.value for entry in entries}


@pytest.mark.parametrize(
    "hexadecimal",
    ["a18303000918 64", "a103a100a1091864", "a1820300a1091864", "a103a18200091864", "bf9f030009ff1864ff"],
)
def test_nested_maps_and_arrays_of_ids_mean_the_same(hexadecimal: str) -> None:
    assert values(hexadecimal) == {(3, 0, 9): 100}


def test_values_of_several_objects() -> None:
    found = values("a2 820300a2 00636f6d61 06a2 0001 0105 83010009 1a00015180", base=())
    assert found == {(3, 0, 0): "oma", (3, 0, 6, 0): 1, (3, 0, 6, 1): 5, (1, 0, 9): 86400}


def test_an_object_link_is_text_and_octets_are_octets() -> None:
    assert values("a1820300a2 0163333a30 0242fbff") == {
        (3, 0, 1): ObjectLink(3, 0),
        (3, 0, 2): bytes.fromhex("fbff"),
    }


@pytest.mark.parametrize(
    ("hexadecimal", "reason"),
    [
        ("", "CBOR ends early"),
        ("a0", "a map without a pair"),
        ("a1820300a0", "a map without a pair"),
        ("a18001", "an array without an id"),
        ("a1830300091864 00", "1 bytes after the end"),
        ("a18303000918", "CBOR ends early"),
        ("1864", "a value where a map"),
        ("a182030001", "a value where a map"),
        ("a185030006000001", "more than four ids"),
        ("a18303002001", "no id from 0 to 65534"),
        ("a18303006139 01", "no id from 0 to 65534"),
        ("a183030019ffff01", "no id from 0 to 65534"),
        ("a1f5a100a10901", "no id from 0 to 65534"),
        ("a2 8303000901 8303000902", "occurs twice"),
        ("a1820300a2 0901 0902", "occurs twice"),
        ("a1830300096131", "CBOR str, but the Resource is Integer"),
        ("a183030004f6", "Resource is unknown or executable"),
        ("8183030009", "a value where a map"),
    ],
)
def test_what_is_no_lwm2m_cbor(hexadecimal: str, reason: str) -> None:
    with pytest.raises(MalformedPayload, match=reason):
        values(hexadecimal)


@pytest.mark.parametrize(
    ("entries", "hexadecimal"),
    [
        ([Entry((3, 0, 9), 100)], "a1830300091864"),
        ([Entry((3, 0, 6, 0), 1), Entry((3, 0, 6, 1), 5)], "a183030006a200010105"),
        ([Entry((1, 0, 9), 60), Entry((1, 1, 9), 61)], "a101a2820009183c820109183d"),
    ],
)
def test_ids_that_do_not_branch_share_a_key(entries: list[Entry], hexadecimal: str) -> None:
    written = encode(ContentFormat.LWM2M_CBOR, entries, base=entries[0].path[:1], type_of=type_of)
    assert written == bytes.fromhex(hexadecimal)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [Entry((3, 0, 6))],
        [Entry((3, 0, 9), 1, time=5.0)],
        [Entry((3, 0), 1)],
        [Entry((3, 0, 6), 1), Entry((3, 0, 6, 0), 1)],
        [Entry((3, 0, 6, 0), 1), Entry((3, 0, 6), 1)],
    ],
)
def test_what_cannot_be_written(entries: list[Entry]) -> None:
    with pytest.raises(ValueError, match=r"LwM2M CBOR|a value both|occurs twice"):
        encode(ContentFormat.LWM2M_CBOR, entries, base=(3, 0), type_of=type_of)
