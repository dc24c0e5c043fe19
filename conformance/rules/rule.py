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
    """What holds of every conversation of a role."""

    id: str
    title: str
    clause: str
    find: Callable[[Sequence[Line]], Iterable[Finding]]
    roles: tuple[str, ...] = ("device", "server", "bootstrap_server")
    level: Level = Level.MUST
