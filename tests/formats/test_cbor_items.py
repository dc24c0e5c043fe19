"""The CBOR reader against cbor2 and the examples of RFC 8949 appendix A."""

import math
from contextlib import suppress
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.formats import MalformedPayload
from conformance.formats.cbor_items import Array, Item, Map, Simple, Tagged, parse
from conformance.formats.findings import Reading


def read(payload: bytes) -> Item:
    return parse(payload, Reading(60, (), lambda path: None, frozenset()))


def plain(item: Item) -> Any:
    """What cbor2 makes of the same item."""
    match item.value:
        case Array(items):
            return [plain(inner) for inner in items]
        case Map(pairs):
            return {plain(key): plain(value) for key, value in pairs}
        case Tagged(tag, content):
            return cbor2.CBORTag(tag, plain(content))
        case Simple(23):
            return cbor2.undefined
        case Simple(number):
            return cbor2.CBORSimpleValue(number)
        case value:
            return value


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=20)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(0, 99) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.booleans())
def test_reads_what_cbor2_writes(value: object, indefinite: bool) -> None:
    assert plain(read(cbor2.dumps(value, indefinite_containers=indefinite))) == value


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_malformed(payload: bytes) -> None:
    with suppress(MalformedPayload):
        read(payload)


@pytest.mark.parametrize(
    ("hexadecimal", "value"),
    [
        ("1903e8", 1000),
        ("3bffffffffffffffff", -(2**64)),
        ("f98000", -0.0),
        ("f90001", 5.960464477539063e-8),
        ("f9fc00", -math.inf),
        ("fb7e37e43c8800759c", 1.0e300),
        ("f7", cbor2.undefined),
        ("f0", cbor2.CBORSimpleValue(16)),
        ("f8ff", cbor2.CBORSimpleValue(255)),
        ("c11a514b67b0", cbor2.CBORTag(1, 1363896240)),
        ("d818456449455446", cbor2.CBORTag(24, b"dIETF")),
        ("64f0908591", "\U00010151"),
        ("5f42010243030405ff", bytes([1, 2, 3, 4, 5])),
        ("7f657374726561646d696e67ff", "streaming"),
        ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
    ],
)
def test_examples_of_rfc_8949(hexadecimal: str, value: object) -> None:
    assert plain(read(bytes.fromhex(hexadecimal))) == value


@pytest.mark.parametrize(
    "hexadecimal",
    [
        *("", "18", "1901", "61", "8201", "a1", "a101", "c0", "5f", "9f", "bf01ff", "bf", "7f61"),
        *("1c", "1d", "1e", "3c", "5c", "fc", "fd", "fe", "f800", "f81f", "f817"),
        *("ff", "81ff", "a1ff00", "1f", "3f", "df00"),
        *("5f00ff", "5f6161ff", "7f4161ff", "5f5f4161ffff"),
        *("61ff", "62c328", "7f61c361bcff"),
        *("a201020103", "a2616101616102", "a20001180002", "a241610041610 1".replace(" ", "")),
        *("0000", "81" * 17 + "00", "5bffffffffffffffff", "bbffffffffffffffff"),
    ],
)
def test_not_well_formed_or_not_valid(hexadecimal: str) -> None:
    with pytest.raises(MalformedPayload):
        read(bytes.fromhex(hexadecimal))


def test_items_know_where_they_began() -> None:
    item = read(bytes.fromhex("82 01 82 02 19 01 00"))
    assert isinstance(item.value, Array)
    inner = item.value.items[1]
    assert isinstance(inner.value, Array)
    assert [inner.offset, *(leaf.offset for leaf in inner.value.items)] == [2, 3, 4]
