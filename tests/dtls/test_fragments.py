"""Fragments in any order, doubled and overlapping, become the messages that they were cut from."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from conformance.dtls.fragments import MAXIMUM_AHEAD, MAXIMUM_MESSAGE, Arrival, Reassembly
from conformance.dtls.message import Fragment

WHOLE = Fragment.whole(11, 0, b"a message")


def piece(begin: int, end: int, message_seq: int = 0) -> Fragment:
    return Fragment(11, len(WHOLE.data), message_seq, begin, WHOLE.data[begin:end])


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=4), st.data())
def test_any_order_of_any_pieces(bodies: list[bytes], data: st.DataObject) -> None:
    pieces: list[Fragment] = []
    for message_seq, body in enumerate(bodies):
        whole = Fragment.whole(11, message_seq, body)
        pieces += whole.split(data.draw(st.integers(1, 10)))
        if body:
            begin = data.draw(st.integers(0, len(body) - 1))
            pieces.append(replace(whole, offset=begin, data=body[begin:]))
    reassembly, taken = Reassembly(), list[bytes]()
    for each in data.draw(st.permutations(pieces)):
        assert reassembly.add(each) in (Arrival.KEPT, Arrival.OLD)
        while (message := reassembly.take()) is not None:
            assert message.message_seq == len(taken)
            taken.append(message.data)
    assert taken == bodies


def test_a_message_waits_for_the_one_before() -> None:
    reassembly = Reassembly()
    reassembly.add(piece(0, 9, message_seq=1))
    assert reassembly.take() is None
    reassembly.add(piece(0, 4))
    assert reassembly.take() is None
    reassembly.add(piece(3, 9))
    assert [reassembly.take(), reassembly.take()] == [WHOLE, replace(WHOLE, message_seq=1)]


def test_what_does_not_fit_is_told() -> None:
    reassembly = Reassembly()
    reassembly.begin_at(1)
    assert reassembly.add(piece(0, 9)) is Arrival.OLD
    assert reassembly.add(piece(0, 9, MAXIMUM_AHEAD + 2)) is Arrival.AHEAD
    assert reassembly.add(Fragment(11, MAXIMUM_MESSAGE + 1, 1, 0, b"")) is Arrival.TOO_LONG
    assert reassembly.add(Fragment(11, 3, 1, 2, b"ab")) is Arrival.OUTSIDE
    assert reassembly.add(piece(0, 4, 1)) is Arrival.KEPT
    assert reassembly.add(replace(piece(2, 6, 1), data=b"XXXX")) is Arrival.CONTRADICTION
    assert reassembly.add(replace(piece(4, 6, 1), type=12)) is Arrival.CONTRADICTION
    assert reassembly.add(replace(piece(4, 6, 1), length=20)) is Arrival.CONTRADICTION
    assert reassembly.add(piece(4, 9, 1)) is Arrival.KEPT
    assert reassembly.take() == replace(WHOLE, message_seq=1)


def test_a_message_has_the_lowest_epoch_of_its_pieces() -> None:
    """Whoever adds a piece in clear to a protected message has not made a protected message."""
    reassembly = Reassembly()
    reassembly.add(piece(0, 4), epoch=1)
    reassembly.add(piece(4, 9), epoch=0)
    assert reassembly.take() is not None
    assert reassembly.epoch == 0
    reassembly.add(piece(0, 9, message_seq=1), epoch=1)
    assert reassembly.take() is not None
    assert reassembly.epoch == 1
