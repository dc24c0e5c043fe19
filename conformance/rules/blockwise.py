"""Rules of block-wise transfer (RFC 7959)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.coap.block import RESERVED_SZX, Block
from conformance.rules.rule import Finding, Line, Rule, is_readable, is_request, is_response, option_values

OBSERVE, BLOCK2, BLOCK1 = 6, 23, 27


def _block(line: Line, number: int) -> Block | None:
    values = option_values(line, number)
    block = Block.from_uint(values[0]) if values and isinstance(values[0], int) else None
    return block if block is None or block.szx != RESERVED_SZX else None


def _answers(messages: Sequence[Line], number: int) -> Iterator[tuple[Line, Block, Block | None]]:
    """The SUT's success responses with this block option, beside what their request said of it.

    Left out where requests with the same token said different things, or cannot be read.
    """
    asked: defaultdict[tuple[str, str, str], set[Any]] = defaultdict(set)
    for line in messages:
        if "code" not in line:
            continue
        key = (line["local"], line["remote"], line["token"])
        if line["direction"] == "out" and is_request(line):
            asked[key].add(_block(line, number) if is_readable(line) else "unreadable")
        elif line["direction"] == "in" and is_readable(line) and is_response(line) and line["code"][0] == "2":
            block = _block(line, number)
            if block is not None and len(asked[key]) == 1 and "unreadable" not in asked[key]:
                yield line, block, next(iter(asked[key]))


def _another_block(messages: Sequence[Line]) -> Iterator[Finding]:
    """The size asked for binds the response; for the notifications after it that is a SHOULD (§2.6)."""
    observed: set[tuple[str, str, str]] = set()
    for line, block, asked in _answers(messages, BLOCK2):
        offset = asked.offset if asked else 0
        key = (line["local"], line["remote"], line["token"])
        later = key in observed
        if option_values(line, OBSERVE):
            observed.add(key)
        if block.offset != offset:
            yield Finding(line["frame"], f"Block2 {block} answers a request for the block at byte {offset}")
        elif asked and not later and max(block.size, len(line["payload"]) // 2) > asked.size:
            yield Finding(line["frame"], f"Block2 {block} is larger than the {asked.size} bytes asked for")


def _another_acknowledgement(messages: Sequence[Line]) -> Iterator[Finding]:
    """The number may be counted in the smaller size that the response asks for."""
    for line, block, asked in _answers(messages, BLOCK1):
        if asked is not None and block.num != asked.num and block.offset != asked.offset:
            yield Finding(line["frame"], f"Block1 {block} answers the block {asked}")


def _odd_size(messages: Sequence[Line]) -> Iterator[Finding]:
    """The size of the last block is not governed by its option."""
    for line in messages:
        if line["direction"] != "in" or not is_readable(line):
            continue
        block = _block(line, BLOCK1 if is_request(line) else BLOCK2)
        length = len(line["payload"]) // 2
        if block is None or not (is_request(line) or is_response(line)):
            continue
        if block.more and length != block.size:
            yield Finding(line["frame"], f"the block {block} has {length} bytes")


RULES = (
    Rule(
        "rule.block.as-requested",
        "a response carries the block that was asked for, no larger than asked",
        "RFC 7959 §2.4",
        _another_block,
    ),
    Rule(
        "rule.block.as-sent",
        "a response acknowledges the block that was sent",
        "RFC 7959 §2.3",
        _another_acknowledgement,
    ),
    Rule(
        "rule.block.full-size",
        "a block that is not the last has the size that its option tells",
        "RFC 7959 §2.3",
        _odd_size,
    ),
)
