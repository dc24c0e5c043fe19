"""How the answer to a Write that may or must be refused is judged."""

import pytest

from conformance.coap.codes import Code
from conformance.coap.exchange import Exchange, Received
from conformance.coap.message import Message, Type, request_options
from conformance.messages import Path
from conformance.roles import Answer
from conformance.roles.preamble import needs_room
from conformance.roles.refusal import expect_refused, expect_taken_or_refused
from conformance.verdicts import CaseRecord, CheckFailed, Level, Verdict

PEER, LOCAL = ("127.0.0.1", 40_000), ("127.0.0.1", 5683)


def answered(code: str | None) -> tuple[CaseRecord, Answer]:
    request = Message(Type.CON, Code.PUT, 7, b"\xa1", request_options(path=("3442", "0", "120")))
    made = Exchange(request, PEER, sent=[1], outcome="timeout" if code is None else "response")
    if code is not None:
        digit, detail = map(int, code.split("."))
        message = Message(Type.ACK, Code(digit << 5 | detail), 7, b"\xa1")
        made.response = Received(message, PEER, LOCAL, 3, 0.0, b"")
    record = CaseRecord(("HLF-034",), "c")
    return record, Answer(record, "write", Path(3442, 0, 120), made, limit=2.0)


@pytest.mark.parametrize(("code", "grade"), [("4.00", "strict"), ("4.05", "tolerated"), ("5.00", "warning")])
def test_every_error_refuses(code: str, grade: str) -> None:
    record, written = answered(code)
    expect_refused(written, Level.MUST)
    assert (record.verdict, str(record.grade)) == (Verdict.PASS, grade)


@pytest.mark.parametrize("code", ["2.04", None])
def test_what_must_be_refused_and_is_not(code: str | None) -> None:
    _, written = answered(code)
    with pytest.raises(CheckFailed):
        expect_refused(written, Level.MUST)


@pytest.mark.parametrize(
    ("code", "grade"), [("2.04", "strict"), ("4.13", "tolerated"), ("5.00", "warning"), ("5.03", "warning")]
)
def test_a_device_may_take_or_refuse(code: str, grade: str) -> None:
    record, written = answered(code)
    expect_taken_or_refused(written)
    assert (record.verdict, str(record.grade)) == (Verdict.PASS, grade)


@pytest.mark.parametrize("code", ["2.05", None])
def test_what_neither_takes_nor_refuses(code: str | None) -> None:
    _, written = answered(code)
    with pytest.raises(CheckFailed):
        expect_taken_or_refused(written)


@pytest.mark.parametrize(
    ("value", "room"),
    [
        (127, False),
        (-129, True),
        (True, False),
        ("", True),
        ("x" * 64, False),
        (b"x" * 65, True),
        (1e300, False),
    ],
)
def test_what_a_device_may_have_no_room_for(value: int | str | bytes | float, room: bool) -> None:
    assert needs_room(value) is room
