"""Rules of what responses carry: codes that LwM2M knows, and payloads that say what they are.

They are warnings: a peer that breaks one does so in every answer, and cases of their own judge it.
"""

from collections.abc import Iterator, Sequence

from conformance.coap.block import Block
from conformance.rules.rule import Finding, Line, Rule, is_readable, is_response, option_values
from conformance.verdicts import Level

CONTENT_FORMAT, BLOCK2 = 12, 23
SUCCESS = frozenset({"2.01", "2.02", "2.04", "2.05", "2.31"})
CLIENT_ERROR = frozenset({f"4.{detail:02d}" for detail in (0, 1, 2, 3, 4, 5, 6, 8, 9, 12, 13, 15, 22)})
"""Codes of LwM2M Transport §6.7, CoAP, block-wise transfer, FETCH and iPATCH; any 5.xx may be."""


def _responses(messages: Sequence[Line]) -> Iterator[Line]:
    for line in messages:
        if line["direction"] == "in" and is_readable(line) and is_response(line):
            yield line


def _unnamed_content(messages: Sequence[Line]) -> Iterator[Finding]:
    for line in _responses(messages):
        blocks = option_values(line, BLOCK2)
        later = bool(blocks) and isinstance(blocks[0], int) and Block.from_uint(blocks[0]).num > 0
        named = bool(option_values(line, CONTENT_FORMAT))
        if line["code"] == "2.05" and line["payload"] and not later and not named:
            length = len(line["payload"]) // 2
            yield Finding(line["frame"], f"2.05 with {length} B of payload and no Content-Format")


def _foreign_code(messages: Sequence[Line]) -> Iterator[Finding]:
    for line in _responses(messages):
        if line["code"] not in SUCCESS | CLIENT_ERROR and line["code"][0] != "5":
            operation = line.get("operation") or "a request"
            yield Finding(line["frame"], f"{operation} is answered {line['code']}")


RULES = (
    Rule(
        "rule.content.format-named",
        "a response with content names its Content-Format",
        "LwM2M Core 1.1.1 §7.4",
        _unnamed_content,
        level=Level.SHOULD,
    ),
    Rule(
        "rule.content.code-known",
        "a response has a code that LwM2M lists",
        "LwM2M Transport 1.1.1 §6.7",
        _foreign_code,
        level=Level.SHOULD,
    ),
)
