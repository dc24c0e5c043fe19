"""What a case sees of an answer, and the words for every way in which none came."""

import pytest

from conformance.coap.codes import Code
from conformance.coap.exchange import Exchange, Outcome, Received
from conformance.coap.message import Message, Type, request_options
from conformance.coap.options import Option, OptionNumber
from conformance.formats import DataType
from conformance.messages import Path
from conformance.roles import Answer
from conformance.roles.expectation import UnreadableError
from conformance.verdicts import CaseRecord, CheckFailed

PEER, LOCAL = ("127.0.0.1", 40_000), ("127.0.0.1", 5683)


def exchange(
    code: Code | None = None,
    payload: bytes = b"",
    options: tuple[Option, ...] = (),
    content_format: int | None = None,
    outcome: Outcome = "response",
) -> Exchange:
    request = Message(Type.CON, Code.GET, 7, b"\xa1", request_options(path=("3", "0", "9")))
    made = Exchange(request, PEER, sent=[1, 2], outcome=outcome, body=payload)
    if code is not None:
        more = request_options(content_format=content_format)
        message = Message(Type.ACK, code, 7, b"\xa1", (*more, *options), payload)
        made.response = Received(message, PEER, LOCAL, 3, 0.0, payload)
    return made


def answer(made: Exchange, path: str = "/3/0/9", elsewhere: str = "") -> Answer:
    return Answer(
        CaseRecord(("HLF-001",), "c"),
        "read",
        Path.parse(path),
        made,
        lambda path: DataType.INTEGER,
        limit=2.0,
        elsewhere=elsewhere,
    )


def test_the_fields_of_an_answer() -> None:
    seen = answer(exchange(Code.CONTENT, b"100", content_format=0))
    assert (seen.code, seen.format, seen.payload, seen.token, seen.frame) == ("2.05", 0, b"100", "a1", 3)
    assert (seen.value, seen.values, seen.paths) == (100, {"/3/0/9": 100}, ["/3/0/9"])
    assert (seen.answered, seen.outcome, seen.observe, seen.location) == (True, "response", None, None)
    seen.expect(code="2.05", format=0, value=100, outcome="response")


def test_a_location_and_links() -> None:
    where = tuple(Option(OptionNumber.LOCATION_PATH, part) for part in (b"3311", b"2"))
    assert answer(exchange(Code.CREATED, options=where)).location == "/3311/2"
    seen = answer(exchange(Code.CONTENT, b"</3/0>;pmin=10,</3/0/9>", content_format=40))
    assert seen.targets == ["/3/0", "/3/0/9"]
    assert seen.attributes("/3/0") == {"pmin": "10"}
    assert seen.attributes("/9") == {}
    broken = answer(exchange(Code.CONTENT, b"<", content_format=40))
    with pytest.raises(UnreadableError, match="malformed link-format"):
        broken.links  # noqa: B018


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (exchange(outcome="timeout"), "no answer within 2.0 s (2 transmissions)"),
        (exchange(outcome="reset"), "a Reset came instead of a response"),
        (exchange(outcome="unreachable"), "the port of the SUT is closed"),
        (exchange(outcome="rejected"), "what came has to be rejected: it is no valid answer"),
        (exchange(outcome="acknowledged"), "an empty ACK came, and nothing that could follow it"),
    ],
)
def test_the_words_when_no_answer_came(made: Exchange, told: str) -> None:
    seen = answer(made)
    assert seen.code is None
    assert seen.frame is None
    with pytest.raises(CheckFailed) as caught:
        seen.expect(code="2.05")
    assert told in str(caught.value)
    assert seen.field("outcome") == made.outcome


def test_a_rejected_answer_says_why() -> None:
    made = exchange(outcome="rejected")
    made.violations.append("the token is not that of the request")
    with pytest.raises(UnreadableError, match="rejected: the token is not that of the request"):
        answer(made).message  # noqa: B018


def test_a_promise_that_was_not_kept_and_an_answer_from_elsewhere() -> None:
    made = exchange(outcome="timeout")
    made.acknowledged = True
    with pytest.raises(UnreadableError, match=r"no response within 2.0 s after the ACK.*; from another port"):
        answer(made, elsewhere="from another port").message  # noqa: B018


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (exchange(Code.CONTENT, b"x", content_format=0), "malformed payload"),
        (exchange(Code.CONTENT, b"1", content_format=65_000), "malformed payload"),
        (exchange(Code.CHANGED), "0 values instead of one"),
    ],
)
def test_a_value_that_cannot_be_read(made: Exchange, told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        answer(made).value  # noqa: B018


def test_a_missing_content_format() -> None:
    assert answer(exchange(Code.CONTENT, b"100")).value == 100
    with pytest.raises(UnreadableError, match="3 B of payload without a Content-Format"):
        answer(exchange(Code.CONTENT, b"100"), "/3/0").values  # noqa: B018
