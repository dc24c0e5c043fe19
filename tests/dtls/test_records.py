"""Datagrams come apart into records and lose nothing; the window knows what was received."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.dtls.records import MAXIMUM_SEQUENCE, ContentType, Record, parse_datagram
from conformance.dtls.replay_window import WINDOW, ReplayWindow

EPOCH, SEQUENCE = st.integers(0, 0xFFFF), st.integers(0, MAXIMUM_SEQUENCE)
PLAIN = st.builds(
    Record,
    st.integers(0, 255).filter(lambda number: number != ContentType.TLS12_CID),
    EPOCH,
    SEQUENCE,
    st.binary(max_size=40),
    version=st.integers(0, 0xFFFF),
)
WITH_CID = st.builds(
    Record,
    st.just(ContentType.TLS12_CID),
    EPOCH,
    SEQUENCE,
    st.binary(max_size=40),
    cid=st.binary(min_size=4, max_size=4),
)


@given(st.lists(PLAIN | WITH_CID, min_size=1, max_size=5))
def test_records_are_read_as_they_were_written(records: list[Record]) -> None:
    parsed = parse_datagram(b"".join(map(bytes, records)), cid_length=4)
    assert list(parsed.records) == records
    assert not parsed.rest
    assert not parsed.problem


@given(st.binary(max_size=100), st.none() | st.integers(0, 8))
def test_any_bytes_are_records_and_a_rest_with_its_reason(data: bytes, cid_length: int | None) -> None:
    parsed = parse_datagram(data, cid_length)
    assert b"".join(map(bytes, parsed.records)) + parsed.rest == data
    assert bool(parsed.problem) == (bool(parsed.rest) or not data)


def test_a_record_cut_short_is_told() -> None:
    whole = bytes(Record(22, 0, 0, b"12345"))
    for length in range(len(whole)):
        parsed = parse_datagram(whole[:length])
        assert not parsed.records
        assert parsed.problem
    assert "3 follow" in parse_datagram(whole[:-2]).problem


def test_a_connection_id_is_unreadable_for_who_has_none() -> None:
    record = bytes(Record(ContentType.TLS12_CID, 1, 0, b"12345", cid=b"cid"))
    assert "none was negotiated" in parse_datagram(record).problem


@given(st.lists(st.integers(0, 300), max_size=200))
def test_the_window_is_the_last_64_numbers(numbers: list[int]) -> None:
    window, seen = ReplayWindow(), set[int]()
    for number in numbers:
        highest = max(seen, default=-1)
        expected = number in seen or number <= highest - WINDOW
        assert window.refuses(number) == expected
        if not expected:
            window.accept(number)
            seen.add(number)
    assert window.highest == max(seen, default=-1)
