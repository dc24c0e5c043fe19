"""Rules of what responses carry, and how a finding becomes a check."""

import pytest

from conformance.coap.block import Block
from conformance.rules import judge, rules_of
from conformance.verdicts import CaseRecord, Grade, Verdict
from tests.rules.conversation import BLOCK2, CONTENT_FORMAT, Line, conversation, message

NAMED, CODE = "rule.content.format-named", "rule.content.code-known"


def found(rule: str, *lines: Line) -> list[int]:
    """The frames in which the rule was broken."""
    (judged,) = [one for one in rules_of("device") if one.id == rule]
    return [finding.frame for finding in judged.find(conversation(*lines))]


def test_payload_without_content_format() -> None:
    assert found(NAMED, message("in", "ACK", "2.05", 7, "aa", payload=b"60")) == [1]
    first = [(BLOCK2, Block(0, True, 2).uint)]
    assert found(NAMED, message("in", "ACK", "2.05", 7, "aa", options=first, payload=bytes(64))) == [1]


@pytest.mark.parametrize(
    "line",
    [
        message("in", "ACK", "2.05", 7, "aa", options=[(CONTENT_FORMAT, 0)], payload=b"60"),
        message("in", "ACK", "2.05", 7, "aa"),
        message("in", "ACK", "4.04", 7, "aa", payload=b"no such thing"),
        message("in", "ACK", "2.05", 7, "aa", options=[(BLOCK2, Block(1, False, 2).uint)], payload=b"60"),
        message("in", "ACK", "2.05", 7, "aa", payload=b"60", malformed="cut off"),
        message("out", "ACK", "2.05", 7, "aa", payload=b"60"),
        message("in", "CON", "0.02", 7, "aa", payload=b"60"),
    ],
    ids=["named", "empty", "diagnostic", "later block", "malformed", "ours", "request"],
)
def test_payload_that_needs_no_content_format(line: Line) -> None:
    assert found(NAMED, line) == []


@pytest.mark.parametrize("code", ["2.03", "2.20", "3.00", "4.07", "4.23", "4.29"])
def test_foreign_code(code: str) -> None:
    assert found(CODE, message("in", "ACK", code, 7, "aa")) == [1]


@pytest.mark.parametrize(
    "code", ["2.01", "2.05", "2.31", "4.02", "4.13", "5.00", "5.01", "5.03", "0.00", "0.02"]
)
def test_known_code(code: str) -> None:
    assert found(CODE, message("in", "ACK", code, 7, "aa")) == []


def test_warning_is_a_pass_and_names_the_first_frame() -> None:
    lines = conversation(
        message("in", "ACK", "2.05", 7, "aa", payload=b"60"),
        message("in", "ACK", "2.05", 8, "bb", payload=b"60"),
    )
    (check,) = judge("device", lines, CaseRecord(["HLF-001"], "LwM2M Core 1.1.1 §6.3.1"))
    assert (check.id, check.verdict, check.grade, check.frame) == (NAMED, Verdict.PASS, Grade.WARNING, 1)


def test_broken_must_is_a_fail_with_its_own_clause() -> None:
    lines = conversation(
        message("out", "CON", "0.01", 7, "aa"), message("in", "ACK", "4.04", 7, malformed=None)
    )
    (check,) = judge("server", lines, CaseRecord(["HLF-001"], "LwM2M Core 1.1.1 §6.3.1"))
    assert (check.id, check.verdict) == ("rule.coap.token-echoed", Verdict.FAIL)
    assert (check.clause, check.requirements, check.frame) == ("RFC 7252 §5.3.1", ("HLF-001",), 2)
