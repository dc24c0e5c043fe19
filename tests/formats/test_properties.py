"""What holds of every format: what was written is read back; no bytes raise anything but the one error."""

import math
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.formats import (
    ContentFormat,
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
from conformance.formats.link import Link, parse, serialise

TYPES = tuple(DataType)
"""The Resource with id n is of the n-th type."""
READ = tuple(ContentFormat)
SINGLE = (ContentFormat.TEXT, ContentFormat.CBOR)
MANY = (
    ContentFormat.TLV,
    ContentFormat.LWM2M_CBOR,
    ContentFormat.LWM2M_JSON,
    ContentFormat.SENML_JSON,
    ContentFormat.SENML_CBOR,
    ContentFormat.SENML_ETCH_JSON,
    ContentFormat.SENML_ETCH_CBOR,
)
TIMED = MANY[2:]


def type_of(path: Path) -> DataType | None:
    return TYPES[path[2]] if path[2] < len(TYPES) else None


IDS = st.integers(0, 65534)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
CORELINKS = IDS.map(lambda number: f"</{number}/0>;ver=1.1")
VALUES: dict[DataType, st.SearchStrategy[Value]] = {
    DataType.STRING: TEXT,
    DataType.INTEGER: st.integers(-(2**63), 2**63 - 1),
    DataType.UNSIGNED_INTEGER: st.integers(0, 2**64 - 1),
    DataType.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    DataType.BOOLEAN: st.booleans(),
    DataType.OPAQUE: st.binary(max_size=300),
    DataType.TIME: st.integers(-(2**63), 2**63 - 1),
    DataType.OBJLNK: st.builds(ObjectLink, IDS, IDS) | st.just(ObjectLink(65535, 65535)),
    DataType.CORELNK: CORELINKS,
}
CBOR_ITEMS: st.SearchStrategy[Value] = TEXT | st.booleans() | VALUES[DataType.FLOAT] | st.binary(max_size=300)


@st.composite
def instances(draw: st.DrawFn, timed: bool = False) -> tuple[Entry, ...]:
    """Entries of one Object Instance, single and multiple Resources, no path twice."""
    base = (draw(IDS), draw(IDS))
    times = st.none() | st.integers(-1000, 2**31).map(float) if timed else st.none()
    entries = []
    for data_type in draw(st.lists(st.sampled_from(list(VALUES)), unique=True, min_size=1)):
        path = (*base, TYPES.index(data_type))
        paths = (
            [path]
            if draw(st.booleans())
            else [(*path, r) for r in draw(st.lists(IDS, unique=True, min_size=1))]
        )
        entries += [Entry(leaf, draw(VALUES[data_type]), draw(times)) for leaf in paths]
    return tuple(entries)


def same(first: Value | None, second: Value | None) -> bool:
    """Equal, of the same Python type, and with the same sign where both are zero."""
    if isinstance(first, float) and isinstance(second, float):
        return math.copysign(1, first) == math.copysign(1, second) and first == second
    return type(first) is type(second) and first == second


@pytest.mark.parametrize("number", SINGLE)
@pytest.mark.parametrize("data_type", VALUES, ids=str)
def test_one_value_is_read_back(number: ContentFormat, data_type: DataType) -> None:
    path = (3, 0, TYPES.index(data_type))

    @settings(max_examples=60, deadline=None)
    @given(VALUES[data_type])
    def hold(value: Value) -> None:
        payload = encode(number, [Entry(path, value)], base=path, type_of=type_of)
        (entry,) = decode(number, payload, base=path, type_of=type_of)
        assert same(entry.value, value)

    hold()


@pytest.mark.parametrize("number", MANY)
def test_an_instance_is_read_back_on_every_level(number: ContentFormat) -> None:
    @settings(max_examples=60, deadline=None)
    @given(instances())
    def hold(entries: tuple[Entry, ...]) -> None:
        for length in (1, 2):
            base = entries[0].path[:length]
            payload = encode(number, entries, base=base, type_of=type_of)
            found, findings = decode_with_findings(number, payload, base=base, type_of=type_of)
            assert findings == ()
            assert [entry.path for entry in found] == [entry.path for entry in entries]
            assert all(same(a.value, b.value) for a, b in zip(found, entries, strict=True))

    hold()


@pytest.mark.parametrize("number", TIMED)
def test_times_are_read_back(number: ContentFormat) -> None:
    @settings(max_examples=40, deadline=None)
    @given(instances(timed=True))
    def hold(entries: tuple[Entry, ...]) -> None:
        base = entries[0].path[:2]
        payload = encode(number, entries, base=base, type_of=type_of)
        assert decode(number, payload, base=base, type_of=type_of) == entries

    hold()


@pytest.mark.parametrize("number", [*SINGLE, *MANY])
def test_values_of_unknown_resources_are_read_back(number: ContentFormat) -> None:
    path = (3, 0, 4711)
    raw: dict[ContentFormat, st.SearchStrategy[Value]] = {
        ContentFormat.TEXT: TEXT,
        ContentFormat.TLV: st.binary(max_size=300),
        ContentFormat.LWM2M_JSON: TEXT | st.booleans() | VALUES[DataType.INTEGER] | VALUES[DataType.OBJLNK],
        ContentFormat.CBOR: CBOR_ITEMS,
        ContentFormat.LWM2M_CBOR: CBOR_ITEMS,
    }
    anything = st.one_of(*VALUES.values())

    @settings(max_examples=60, deadline=None)
    @given(raw.get(number, anything))
    def hold(value: Value) -> None:
        payload = encode(number, [Entry(path, value)], base=path, type_of=type_of)
        (entry,) = decode(number, payload, base=path, type_of=type_of)
        assert same(entry.value, value)

    hold()


PATHS = st.lists(st.integers(0, 12) | IDS, max_size=4).map(tuple)
JSONISH = st.text(st.sampled_from('[]{}",:0123456789.eE+-/\\ bntvsdloet_3/0/1'), max_size=80).map(str.encode)
CBORISH = st.lists(
    st.sampled_from(
        [b"\x81", b"\xa2", b"\x00", b"\x66/3/0/1", b"\x66/3/0/3", b"\x02", b"\x05", b"\xf5", b"\xc4\x82"]
    )
    | st.binary(max_size=3),
    max_size=12,
).map(b"".join)


@pytest.mark.parametrize("number", READ)
def test_any_bytes_raise_malformed_payload_or_nothing(number: ContentFormat) -> None:
    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=60) | JSONISH | CBORISH, PATHS, st.booleans())
    def hold(payload: bytes, base: Path, tolerant: bool) -> None:
        tolerate = frozenset(Irregularity) if tolerant else frozenset()
        with suppress(MalformedPayload):
            decode(number, payload, base=base, type_of=type_of, tolerate=tolerate)

    hold()


@pytest.mark.parametrize("number", MANY)
def test_one_changed_byte_raises_malformed_payload_or_nothing(number: ContentFormat) -> None:
    @settings(max_examples=60, deadline=None)
    @given(instances(), st.data())
    def hold(entries: tuple[Entry, ...], data: st.DataObject) -> None:
        base = entries[0].path[:2]
        payload = bytearray(encode(number, entries, base=base, type_of=type_of))
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
        with suppress(MalformedPayload):
            decode(number, bytes(payload), base=base, type_of=type_of)

    hold()


LINKS = st.builds(
    Link,
    st.lists(IDS, max_size=4).map(lambda ids: "/" + "/".join(map(str, ids))),
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z]{3,8}", fullmatch=True).filter(lambda n: n not in {"rel", "rev", "type"}),
            TEXT.filter(lambda text: all(c >= " " and c != "\x7f" for c in text)),
            st.just(True),
        )
        | st.tuples(st.just("ver"), st.sampled_from(["1.0", "1.1"]), st.booleans())
        | st.tuples(st.just("obs"), st.none(), st.just(False)),
        max_size=4,
    )
    .filter(lambda found: not {"title", "media", "anchor", "hreflang"} & {name for name, *_ in found})
    .map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINKS, max_size=5).map(tuple))
def test_links_are_read_back(links: tuple[Link, ...]) -> None:
    assert parse(serialise(links)) == links
