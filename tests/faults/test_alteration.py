"""Changes of bytes: only the part that is meant, and records cut into smaller ones."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.coap.codec import Kind, dissect, encode
from conformance.coap.message import Code, Message, Type, request_options
from conformance.dtls.records import ContentType, Record
from conformance.faults.actions import Where
from conformance.faults.alteration import corrupted, fragments, option_values, part
from conformance.faults.schedule import Layer

OPTIONS = request_options(path=("a", "b" * 20), query=("q" * 300,), content_format=42)
MESSAGE = encode(Message(Type.CON, Code.PUT, 0x1234, b"token", OPTIONS, b"payload"))


@pytest.mark.parametrize(
    ("where", "octets"),
    [("header", MESSAGE[:4]), ("version", MESSAGE[:1]), ("token", b"token"), ("payload", b"payload")],
)
def test_the_parts_of_a_message(where: Where, octets: bytes) -> None:
    begin, end = part(MESSAGE, where, Layer.MESSAGE)
    assert MESSAGE[begin:end] == octets


def test_the_options_are_what_lies_between_token_and_marker() -> None:
    begin, end = part(MESSAGE, "options", Layer.MESSAGE)
    assert MESSAGE[begin - 5 : begin] == b"token"
    assert MESSAGE[end:] == b"\xffpayload"


def test_every_value_of_an_option_is_found() -> None:
    found = [MESSAGE[begin:end] for begin, end in option_values(MESSAGE, 9)]
    assert found == [option.value for option in dissect(MESSAGE)[0].options]


@settings(max_examples=60)
@given(st.binary(min_size=1, max_size=60), st.integers(0, 2**32))
def test_any_octets_can_be_corrupted_in_any_part(data: bytes, seed: int) -> None:
    for layer in Layer:
        for where in ("any", "header", "version", "token", "options", "payload"):
            changed = corrupted(data, 1, where, layer, Random(seed))
            differing = [one ^ other for one, other in zip(data, changed, strict=True)]
            assert sum(octet.bit_count() for octet in differing) == 1


@pytest.mark.parametrize("seed", range(6))
def test_a_version_that_was_corrupted_is_another(seed: int) -> None:
    _, findings = dissect(corrupted(MESSAGE, 1, "version", Layer.MESSAGE, Random(seed)))
    assert findings[0].kind is Kind.VERSION


@pytest.mark.parametrize("size", [1, 7, 40, 100])
def test_a_handshake_message_is_cut_and_whole_again(size: int) -> None:
    body = bytes(range(40))
    header = bytes([2]) + len(body).to_bytes(3) + b"\x00\x05" + bytes(3) + len(body).to_bytes(3)
    record = Record(ContentType.HANDSHAKE, 0, 3, header + body)
    pieces = list(fragments(record, size))
    whole = bytearray(40)
    for piece in pieces:
        offset, length = (int.from_bytes(piece.fragment[at : at + 3]) for at in (6, 9))
        assert length == len(piece.fragment) - 12 <= size
        whole[offset : offset + length] = piece.fragment[12:]
    assert bytes(whole) == body
    assert [piece.sequence for piece in pieces] == [3 * 64 + min(number, 63) for number in range(len(pieces))]


def test_a_protected_record_is_not_cut() -> None:
    record = Record(ContentType.HANDSHAKE, 1, 3, bytes(60))
    assert list(fragments(record, 10)) == [record]
