"""Rules of the message layer: what breaks them, and what a right peer may do."""

import pytest

from conformance.rules import rules_of
from tests.rules.conversation import OTHER_PORT, SUT, Line, conversation, message, unreadable


def found(rule: str, *lines: Line) -> list[int]:
    """The frames in which the rule was broken."""
    (judged,) = [one for one in rules_of("device") if one.id == rule]
    return [finding.frame for finding in judged.find(conversation(*lines))]


ASK = message("out", "CON", "0.01", 7, "aa")
CONTENT = message("in", "ACK", "2.05", 7, "aa")


def test_malformed_message() -> None:
    broken = message("in", "ACK", "2.05", 7, "aa", malformed="a marker without payload")
    assert found("rule.coap.well-formed", ASK, broken) == [2]
    assert found("rule.coap.well-formed", ASK, unreadable("in", b"x")) == [2]


def test_malformed_message_of_the_tester() -> None:
    assert found("rule.coap.well-formed", unreadable("out", b"x"), ASK, CONTENT) == []


@pytest.mark.parametrize(("remote", "broken"), [(OTHER_PORT, []), (SUT, [2])])
def test_a_record_from_an_address_that_has_no_part_in_it(remote: str, broken: list[int]) -> None:
    record = message("in", "NON", "7.30", 0xFD00, "01", malformed="version 0 instead of 1", remote=remote)
    assert found("rule.coap.well-formed", ASK, record, CONTENT) == broken


@pytest.mark.parametrize("token", ["", "ab", "aa00"])
def test_foreign_token(token: str) -> None:
    assert found("rule.coap.token-echoed", ASK, message("in", "ACK", "2.05", 7, token)) == [2]


def test_foreign_token_of_an_error() -> None:
    assert found("rule.coap.token-echoed", ASK, message("in", "ACK", "4.04", 7)) == [2]


@pytest.mark.parametrize(
    "answer",
    [
        CONTENT,
        message("in", "ACK", "0.00", 7),
        message("in", "RST", "0.00", 7),
        message("in", "CON", "2.05", 7, "bb"),
        message("in", "ACK", "2.05", 8, "bb"),
        message("in", "ACK", "2.05", 7, "bb", remote=OTHER_PORT),
    ],
)
def test_right_tokens(answer: Line) -> None:
    assert found("rule.coap.token-echoed", ASK, answer) == []


def test_one_message_id_for_two_tokens() -> None:
    """A SUT that takes the second request for a repetition answers with the first token."""
    again = message("out", "CON", "0.01", 7, "bb")
    assert found("rule.coap.token-echoed", ASK, CONTENT, again, CONTENT) == []


def test_token_of_a_malformed_request_is_unclear() -> None:
    strange = message("out", "CON", "0.01", 7, "aa", malformed="token length 9")
    assert found("rule.coap.token-echoed", strange, message("in", "ACK", "4.00", 7, "")) == []


NOTIFICATION = message("in", "CON", "2.05", 9, "aa")


@pytest.mark.parametrize("kind", ["ACK", "RST"])
def test_acknowledgement_of_an_acknowledgement(kind: str) -> None:
    acknowledged = message("out", "ACK", "0.00", 9)
    assert found("rule.coap.no-ack-of-ack", NOTIFICATION, acknowledged, message("in", kind, "0.00", 9)) == [3]


@pytest.mark.parametrize(
    "sent",
    [
        message("out", "CON", "0.01", 9, "bb"),
        message("out", "NON", "0.01", 9, "bb"),
        message("out", "CON", "0.01", 9, malformed="no message"),
        unreadable("out", bytes.fromhex("410009")) | {"payload": "41000009"},
    ],
)
def test_acknowledgement_of_a_message_with_the_same_id(sent: Line) -> None:
    acknowledged = message("out", "ACK", "0.00", 9)
    assert (
        found("rule.coap.no-ack-of-ack", NOTIFICATION, acknowledged, sent, message("in", "RST", "0.00", 9))
        == []
    )


def test_message_id_used_twice() -> None:
    other = message("in", "CON", "2.05", 9, "aa", payload=b"2", time=5)
    assert found("rule.coap.message-id-once", NOTIFICATION, other) == [2]
    assert found("rule.coap.message-id-once", NOTIFICATION, other | {"type": "NON"}) == [2]


@pytest.mark.parametrize(
    "second",
    [
        NOTIFICATION | {"time": 4.0},
        message("in", "CON", "2.05", 9, "aa", payload=b"2", time=250),
        message("in", "CON", "2.05", 9, "bb", remote=OTHER_PORT),
        message("in", "CON", "2.05", 10, "aa", payload=b"2"),
        message("in", "ACK", "2.05", 9, "bb"),
        message("out", "CON", "0.01", 9, "bb"),
        message("in", "CON", "2.05", 9, "aa", malformed="cut off"),
        message("in", "CON", "0.02", 9, "cc", operation="Register"),
    ],
    ids=["repeated", "late", "other port", "other id", "answer", "ours", "malformed", "restarted"],
)
def test_message_id_used_rightly(second: Line) -> None:
    assert found("rule.coap.message-id-once", NOTIFICATION, second) == []


def test_message_id_of_a_non_may_come_again_earlier() -> None:
    first = message("in", "NON", "2.05", 9, "aa")
    assert found("rule.coap.message-id-once", first, first | {"payload": "32", "time": 120.0}) == []
    assert found("rule.coap.message-id-once", first, first | {"payload": "32", "time": 60.0}) == [2]


def test_register_with_one_message_id_again_and_again() -> None:
    """The first after a restart may have any Message ID, the next message has to have another."""
    register = message("in", "CON", "0.02", 1, "aa", operation="Register")
    update = message("in", "CON", "0.02", 1, "bb", operation="Update", time=3)
    assert found("rule.coap.message-id-once", register, update) == [2]


@pytest.mark.parametrize("operation", ["Register", "BootstrapRequest"])
def test_message_ids_of_a_device_that_starts_alike_each_time(operation: str) -> None:
    register = message("in", "CON", "0.02", 1, "aa", operation=operation)
    update = message("in", "CON", "0.02", 2, "bb", operation="Update", time=3)
    again = register | {"time": 20.0}
    other = message("in", "CON", "2.05", 2, "cc", time=25)
    assert found("rule.coap.message-id-once", register, update, again, other) == []


RESET = message("in", "RST", "0.00", 7)


@pytest.mark.parametrize("answer", [CONTENT, message("in", "CON", "2.05", 3, "aa")])
def test_response_after_a_reset(answer: Line) -> None:
    assert found("rule.coap.no-response-after-reset", ASK, RESET, answer) == [3]


def test_response_before_a_reset_or_to_another_request() -> None:
    rule = "rule.coap.no-response-after-reset"
    assert found(rule, ASK, CONTENT, RESET) == []
    assert found(rule, ASK, RESET, ASK | {"mid": 8}, CONTENT | {"mid": 8}) == []
    assert found(rule, ASK, ASK, RESET, CONTENT) == []
    assert found(rule, ASK, RESET, message("in", "CON", "2.05", 3, "bb")) == []
    assert found(rule, ASK, RESET | {"remote": OTHER_PORT}, CONTENT) == []
