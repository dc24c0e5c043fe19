"""Rules of block-wise transfer: what breaks them, and what a right peer may do."""

import pytest

from conformance.coap.block import Block
from conformance.rules import rules_of
from tests.rules.conversation import BLOCK1, BLOCK2, Line, conversation, message


def found(rule: str, *lines: Line) -> list[int]:
    """The frames in which the rule was broken."""
    (judged,) = [one for one in rules_of("device") if one.id == rule]
    return [finding.frame for finding in judged.find(conversation(*lines))]


def ask(number: int, block: Block | None, token: str = "aa", code: str = "0.01") -> Line:
    options = [] if block is None else [(number, block.uint)]
    return message("out", "CON", code, 7, token, options=options)


def answer(number: int, block: Block | None, code: str = "2.05", length: int = 0) -> Line:
    options = [] if block is None else [(number, block.uint)]
    return message("in", "ACK", code, 7, "aa", options=options, payload=bytes(length))


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (Block(2, False, 2), Block(1, True, 2)),
        (Block(2, False, 2), Block(2, True, 1)),
        (Block(2, False, 2), Block(1, True, 3)),
        (Block(0, False, 2), Block(0, True, 3)),
        (None, Block(1, True, 2)),
    ],
)
def test_another_block(asked: Block | None, answered: Block) -> None:
    assert found("rule.block.as-requested", ask(BLOCK2, asked), answer(BLOCK2, answered)) == [2]


@pytest.mark.parametrize(
    ("asked", "answered", "code"),
    [
        (Block(2, False, 2), Block(2, True, 2), "2.05"),
        (Block(2, False, 2), Block(4, True, 1), "2.05"),
        (Block(0, False, 6), Block(0, True, 2), "2.05"),
        (None, Block(0, True, 6), "2.05"),
        (Block(2, False, 2), None, "2.05"),
        (Block(2, False, 2), Block(0, False, 2), "4.00"),
    ],
)
def test_right_block(asked: Block | None, answered: Block | None, code: str) -> None:
    assert found("rule.block.as-requested", ask(BLOCK2, asked), answer(BLOCK2, answered, code)) == []


def test_last_block_is_no_larger_than_asked_for() -> None:
    asked, rule = ask(BLOCK2, Block(0, False, 2)), "rule.block.as-requested"
    assert found(rule, asked, answer(BLOCK2, Block(0, False, 2), length=65)) == [2]
    assert found(rule, asked, answer(BLOCK2, Block(0, False, 2), length=64)) == []


def test_size_asked_for_binds_the_response_and_not_its_notifications() -> None:
    options = [(6, 1), (BLOCK2, Block(0, True, 3).uint)]
    response, notification = (message("in", "CON", "2.05", mid, "aa", options=options) for mid in (1, 2))
    asked = ask(BLOCK2, Block(0, False, 2))
    assert found("rule.block.as-requested", asked, response, notification) == [2]


def test_block_that_cannot_be_told() -> None:
    first, second = ask(BLOCK2, Block(0, False, 2)), ask(BLOCK2, Block(1, False, 2))
    late = answer(BLOCK2, Block(0, True, 2))
    assert found("rule.block.as-requested", first, second, late) == []
    strange = ask(BLOCK2, Block(3, False, 2)) | {"malformed": "SZX 7"}
    assert found("rule.block.as-requested", strange, late) == []
    assert found("rule.block.as-requested", ask(BLOCK2, Block(1, False, 2), "bb"), late) == []


@pytest.mark.parametrize("code", ["2.31", "2.04"])
def test_another_block_acknowledged(code: str) -> None:
    sent = ask(BLOCK1, Block(3, True, 2), code="0.03")
    assert found("rule.block.as-sent", sent, answer(BLOCK1, Block(2, True, 2), code)) == [2]
    assert found("rule.block.as-sent", sent, answer(BLOCK1, Block(3, True, 1), code)) == []
    assert found("rule.block.as-sent", sent, answer(BLOCK1, Block(6, True, 1), code)) == []
    assert found("rule.block.as-sent", sent, answer(BLOCK1, Block(0, False, 1), "4.13")) == []
    assert found("rule.block.as-sent", sent, answer(BLOCK1, None, code)) == []


@pytest.mark.parametrize(
    ("block", "length", "broken"),
    [
        (Block(0, True, 2), 64, False),
        (Block(0, True, 2), 63, True),
        (Block(0, True, 2), 65, True),
        (Block(1, False, 2), 10, False),
        (Block(1, False, 2), 0, False),
        (Block(1, False, 2), 65, False),
    ],
)
def test_size_of_a_block(block: Block, length: int, broken: bool) -> None:
    response = answer(BLOCK2, block, length=length)
    request = message("in", "CON", "0.02", 8, "bb", options=[(BLOCK1, block.uint)], payload=bytes(length))
    assert found("rule.block.full-size", response) == ([1] if broken else [])
    assert found("rule.block.full-size", request) == ([1] if broken else [])


def test_size_of_what_is_no_block_of_the_sut() -> None:
    """A Block2 in a request and a Block1 in a response only talk about blocks; ours are not judged."""
    wish = message(
        "in", "CON", "0.02", 8, "bb", options=[(BLOCK2, Block(0, False, 2).uint)], payload=bytes(99)
    )
    told = answer(BLOCK1, Block(0, True, 2), "2.31")
    ours = message(
        "out", "CON", "0.03", 8, "bb", options=[(BLOCK1, Block(0, True, 2).uint)], payload=bytes(3)
    )
    assert found("rule.block.full-size", wish, told, ours) == []
