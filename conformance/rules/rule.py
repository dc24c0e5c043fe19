"""A passive rule: an id, the clause behind it, and a pure function that finds where it was broken."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.verdicts import Level

Line = Mapping[str, Any]
"""One message as ``messages.jsonl`` holds it; ``direction`` is ``in`` when the SUT sent it."""


@dataclass(frozen=True)
class Finding:
    """Where a rule was broken, and how."""

    frame: int
    text: str


@dataclass(frozen=True)
class Rule:
    """What holds of every conversation of a role.

    A rule is judged over every case, also over those in which the tester misbehaves on purpose, so it may
    only find what no right peer does. `level` SHOULD makes a finding a warning.
    """

    id: str
    title: str
    clause: str
    find: Callable[[Sequence[Line]], Iterable[Finding]]
    roles: tuple[str, ...] = ("device", "server", "bootstrap_server")
    level: Level = Level.MUST


def is_readable(line: Line) -> bool:
    """Whether the message was decoded and nothing in it is a reason to reject it."""
    return "code" in line and not line["malformed"]


def is_request(line: Line) -> bool:
    """Whether a readable message is a request."""
    return str(line["code"]).startswith("0.") and line["code"] != "0.00"


def is_response(line: Line) -> bool:
    """Whether a readable message is a response."""
    return str(line["code"]).startswith(("2.", "3.", "4.", "5."))


def option_values(line: Line, number: int) -> tuple[Any, ...]:
    """The values of all options with this number, in their order."""
    return tuple(option["value"] for option in line["options"] if option["number"] == number)


def new_messages(messages: Sequence[Line]) -> list[Line]:
    """The readable messages without retransmissions: of one Message ID in one direction only the first."""
    seen: set[tuple[Any, ...]] = set()
    first = []
    for line in messages:
        if not is_readable(line):
            continue
        if line["type"] in ("CON", "NON"):
            key = (line["direction"], line["local"], line["remote"], line["mid"], *content(line))
            if key in seen:
                continue
            seen.add(key)
        first.append(line)
    return first


def content(line: Line) -> tuple[Any, ...]:
    """Everything of a message but its Message ID, to tell a repetition from another message."""
    options = tuple((option["number"], repr(option["value"])) for option in line["options"])
    return line["type"], line["code"], line["token"], options, line["payload"]
