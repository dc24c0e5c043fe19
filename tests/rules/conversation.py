"""Hand-written conversations, in the form of ``messages.jsonl``."""

from collections.abc import Iterable
from typing import Any

TESTER, SUT, OTHER_PORT = "127.0.0.1:5683", "127.0.0.1:40000", "127.0.0.1:40001"
OTHER_TESTER = "127.0.0.1:5685"
LOCATION_PATH, URI_PATH, CONTENT_FORMAT, BLOCK2, BLOCK1 = 8, 11, 12, 23, 27

Line = dict[str, Any]


def message(
    direction: str,
    kind: str,
    code: str,
    mid: int,
    token: str = "",
    *,
    options: Iterable[tuple[int, Any]] = (),
    payload: bytes = b"",
    operation: str | None = None,
    time: float = 0.0,
    remote: str = SUT,
    malformed: str | None = None,
) -> Line:
    """One message; its frame number is given by `conversation`."""
    return {
        "frame": 0,
        "time": time,
        "direction": direction,
        "local": TESTER,
        "remote": remote,
        "protocol": "coap",
        "type": kind,
        "code": code,
        "mid": mid,
        "token": token,
        "options": [{"number": number, "name": "", "value": value} for number, value in options],
        "payload": payload.hex(),
        "operation": operation,
        "summary": f"{kind} {code}",
        "malformed": malformed,
    }


def unreadable(direction: str, data: bytes) -> Line:
    """A datagram in which not even a header can be read."""
    return {
        "frame": 0,
        "time": 0.0,
        "direction": direction,
        "local": TESTER,
        "remote": SUT,
        "protocol": "coap",
        "summary": f"{len(data)} B that are no CoAP message",
        "payload": data.hex(),
        "malformed": "shorter than a header",
    }


def conversation(*lines: Line) -> list[Line]:
    """The messages, numbered from 1."""
    return [{**line, "frame": number} for number, line in enumerate(lines, 1)]


def path(text: str, number: int = URI_PATH) -> list[tuple[int, str]]:
    """The options of a path."""
    return [(number, part) for part in text.strip("/").split("/")]
