"""Fields that scapy mutates, and captures that it reads."""

from pathlib import Path
from random import Random
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.coap.codec import dissect, encode
from conformance.coap.message import Code, Message, Type, request_options
from conformance.evidence.pcapng import CaptureFile
from conformance.faults.actions import Field
from conformance.faults.scapy import datagrams, mutated

PUT = Message(Type.CON, Code.PUT, 0x1234, b"\x01\x02", request_options(path=("3", "0")), b"hello")
BARE = [bytes.fromhex(text) for text in ("70000001", "40010001", "60450001ff6869")]
"""Messages without options, which scapy does not build as it has read them."""


@pytest.mark.parametrize("field", get_args(Field))
def test_one_field_changes_and_the_rest_stays(field: Field) -> None:
    before = encode(PUT)
    after = mutated(before, field, Random(3))
    begin, end = {
        "version": (0, 1),
        "type": (0, 1),
        "code": (1, 2),
        "message_id": (2, 4),
        "token": (4, 6),
        "option": (6, 10),
    }[field]
    assert before[begin:end] != after[begin:end]
    assert before[:begin] + before[end:] == after[:begin] + after[end:]


@pytest.mark.parametrize("data", BARE)
@pytest.mark.parametrize("field", ["version", "type", "code", "message_id"])
def test_a_message_without_options_stays_one(data: bytes, field: Field) -> None:
    after = mutated(data, field, Random(1))
    assert after != data
    assert (len(after), after[4:]) == (len(data), data[4:])


@settings(max_examples=40, deadline=None)
@example(data=bytes([0x40, 1, 0, 0, 0x0D]), seed=0)
@example(data=bytes([0x40, 1, 0, 0, 0x0E]), seed=0)
@given(data=st.binary(max_size=40), seed=st.integers())
def test_whatever_comes_is_mutated_or_left(data: bytes, seed: int) -> None:
    for field in get_args(Field):
        assert len(mutated(data, field, Random(seed))) == len(data)


def test_a_capture_is_read_as_it_was_written(tmp_path: Path) -> None:
    capture = CaptureFile(tmp_path / "capture.pcapng", "test")
    four, six = ("127.0.0.1", 40000), ("::1", 5683)
    capture.datagram(b"one", four, ("127.0.0.1", 5683), 10.5)
    capture.tls_secrets("CLIENT_RANDOM 00 00")
    capture.datagram(b"", six, six, 11.0)
    capture.close()
    found = list(datagrams(tmp_path / "capture.pcapng"))
    assert [(each.frame, each.time, each.data) for each in found] == [(1, 10.5, b"one"), (2, 11.0, b"")]
    assert found[0].source == four
    assert found[1].destination == six


def test_what_a_message_says_beside_the_field_can_be_read_still() -> None:
    message, findings = dissect(mutated(encode(PUT), "message_id", Random(2)))
    assert not findings
    assert message.with_(mid=0x1234) == PUT
