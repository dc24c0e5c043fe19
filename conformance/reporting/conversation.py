"""The messages of one case, read from ``messages.jsonl`` for showing; a flood is cut around what matters."""

import json
import re
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.reporting.visible import visible

HEAD, TAIL, AROUND = 120, 20, 5
SUMMARY_LIMIT = 240
LONGEST = 1e9
"""Seconds that a case cannot take."""
_FRAME = re.compile(r'"frame":\s*([0-9]{1,12})\b')


@dataclass(frozen=True)
class Message:
    """One message as shown. `from_sut`: the SUT sent it; `time` in seconds since the case began."""

    frame: int | None
    time: float | None
    from_sut: bool
    text: str
    payload: str
    malformed: str


@dataclass(frozen=True)
class Gap:
    """Messages that are left out here, or lines that cannot be read."""

    text: str


def read_conversation(
    file: Path, frames: Collection[int] = (), payload_limit: int = 160
) -> tuple[Message | Gap, ...]:
    """The first messages, the last ones and those around `frames`; nothing when there is no file."""
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            return tuple(_shown(lines, frames, payload_limit))
    except OSError:
        return ()


def _shown(lines: Iterator[str], frames: Collection[int], payload_limit: int) -> Iterator[Message | Gap]:
    omitted = 0
    tail: deque[str] = deque(maxlen=TAIL)
    for number, line in enumerate(lines):
        if number < HEAD:
            yield _message(line, payload_limit)
        elif _near(line, frames):
            omitted += len(tail)
            tail.clear()
            if omitted:
                yield _gap(omitted)
                omitted = 0
            yield _message(line, payload_limit)
        else:
            if len(tail) == TAIL:
                omitted += 1
            tail.append(line)
    if omitted:
        yield _gap(omitted)
    for line in tail:
        yield _message(line, payload_limit)


def _near(line: str, frames: Collection[int]) -> bool:
    if not frames:
        return False
    found = _FRAME.search(line)
    return found is not None and any(abs(int(found[1]) - frame) <= AROUND for frame in frames)


def _gap(count: int) -> Gap:
    return Gap(f"{count} more message{'s' if count > 1 else ''} in messages.jsonl")


def _message(line: str, payload_limit: int) -> Message | Gap:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return Gap(f"unreadable line: {visible(line.strip(), 60)}")
    if not isinstance(data, dict):
        return Gap(f"unreadable line: {visible(line.strip(), 60)}")
    frame, time = data.get("frame"), data.get("time")
    return Message(
        frame=frame if isinstance(frame, int) else None,
        time=float(time) if isinstance(time, int | float) and abs(time) < LONGEST else None,
        from_sut=data.get("direction") == "in",
        text=visible(_text(data), SUMMARY_LIMIT),
        payload=_payload(data.get("payload"), payload_limit),
        malformed=visible(str(data["malformed"]), SUMMARY_LIMIT) if data.get("malformed") else "",
    )


def _text(data: dict[str, Any]) -> str:
    operation, summary = data.get("operation"), str(data.get("summary") or data.get("code") or "")
    return f"{operation}: {summary}" if operation else summary


def _payload(encoded: object, limit: int) -> str:
    if not isinstance(encoded, str) or not encoded:
        return ""
    try:
        octets = bytes.fromhex(encoded)
    except ValueError:
        return visible(encoded, limit)
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and all(char.isprintable() or char in "\r\n\t" for char in text):
        return visible(text, limit)
    shown = octets[: limit // 3].hex(" ")
    return f"{shown}… ({len(octets)} bytes)" if len(octets) > limit // 3 else shown
