"""Messages as shown, also when a SUT floods, sends garbage or the file is cut."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.reporting.conversation import AROUND, HEAD, TAIL, Gap, Message, read_conversation

Data = Callable[..., dict[str, Any]]


def write(tmp_path: Path, lines: list[str]) -> Path:
    file = tmp_path / "messages.jsonl"
    file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return file


def test_a_message(tmp_path: Path, a_message: Data) -> None:
    (message,) = read_conversation(write(tmp_path, [json.dumps(a_message(1))]))
    assert isinstance(message, Message)
    assert (message.frame, message.time, message.from_sut) == (1, 0.0123, True)
    assert message.text == "Register: CON POST /rd?ep=dev-1&lt=60&lwm2m=1.1&b=U"
    assert message.payload.startswith('</>;rt="oma.lwm2m"')


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        ("", ""),
        ("c80014", "c8 00 14"),
        ("312c32", "1,2"),
        ("610a62", "a\\nb"),
        ("6100", "61 00"),
        ("zz", "zz"),
        (None, ""),
        ("ff" * 65536, "ff " * 19 + "ff… (65536 bytes)"),
        ("61" * 65536, "a" * 60 + "… (65536 characters)"),
    ],
)
def test_payload(tmp_path: Path, a_message: Data, payload: str | None, shown: str) -> None:
    file = write(tmp_path, [json.dumps(a_message(1, payload=payload))])
    (message,) = read_conversation(file, payload_limit=60)
    assert isinstance(message, Message)
    assert message.payload == shown


def test_no_file(tmp_path: Path) -> None:
    assert read_conversation(tmp_path / "messages.jsonl") == ()


def test_a_cut_line_is_told(tmp_path: Path, a_message: Data) -> None:
    file = write(tmp_path, [json.dumps(a_message(1)), json.dumps(a_message(2))[:40], "[]"])
    first, second, third = read_conversation(file)
    assert isinstance(first, Message)
    assert isinstance(second, Gap)
    assert isinstance(third, Gap)
    assert second.text.startswith('unreadable line: {"frame": 2')


@pytest.mark.parametrize("count", [HEAD, HEAD + 1, HEAD + TAIL, HEAD + TAIL + 1, 1000])
def test_a_flood_is_cut_and_counted(tmp_path: Path, a_message: Data, count: int) -> None:
    file = write(tmp_path, [json.dumps(a_message(frame)) for frame in range(1, count + 1)])
    lines = read_conversation(file)
    shown = [line.frame for line in lines if isinstance(line, Message)]
    left_out = count - len(shown)
    assert shown == list(range(1, HEAD + 1))[:count] + list(range(max(HEAD, count - TAIL) + 1, count + 1))
    gaps = [line.text for line in lines if isinstance(line, Gap)]
    plural = "s" if left_out > 1 else ""
    assert gaps == ([f"{left_out} more message{plural} in messages.jsonl"] if left_out else [])


def test_what_surrounds_a_failing_frame_is_kept(tmp_path: Path, a_message: Data) -> None:
    file = write(tmp_path, [json.dumps(a_message(frame)) for frame in range(1, 1001)])
    lines = read_conversation(file, frames={500})
    shown = [line.frame for line in lines if isinstance(line, Message)]
    around = list(range(500 - AROUND, 501 + AROUND))
    assert shown == [*range(1, HEAD + 1), *around, *range(1001 - TAIL, 1001)]
    assert [line.text.split()[0] for line in lines if isinstance(line, Gap)] == [
        str(500 - AROUND - 1 - HEAD),
        str(1000 - TAIL - 500 - AROUND),
    ]
