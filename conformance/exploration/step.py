"""The steps of a conversation as data: what a file can hold, and what can be played again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path as File
from typing import Any, Self

from conformance.formats import ObjectLink, Value

SCHEMA = 1
OPERATIONS = (
    "read",
    "write",
    "partial",
    "replace",
    "create",
    "delete",
    "discover",
    "attributes",
    "observe",
    "cancel",
    "execute",
    "read-composite",
    "write-composite",
    "payload",
    "request",
    "grant",
)


class ConversationError(ValueError):
    """A stored conversation cannot be read; one line with the file, what was wrong and what was expected."""


@dataclass(frozen=True)
class Step:
    """One operation of the tester.

    `values` are given by Resource or Resource Instance id, by path for a composite, by name for attributes;
    `value` is that of a single Resource. `format` is the Content-Format of a payload, or the Accept of a
    Read. `slot` numbers an observation. A ``payload`` sends `octets` as they are, `cut` says that they are
    the beginning of a valid payload. A ``request`` is raw CoAP: `method`, `segments`, `options` by number.
    `server` is the server that asks; a ``grant`` gives the second one the rights in `value`.
    """

    do: str
    path: str = ""
    value: Any = None
    values: Mapping[str, Any] | None = None
    format: int | None = None
    slot: int = 0
    octets: str = ""
    cut: bool = False
    method: int = 1
    segments: tuple[str, ...] = ()
    options: tuple[tuple[int, str], ...] = ()
    server: int = 1

    def as_data(self) -> dict[str, Any]:
        """The step as JSON; what has its default is left out."""
        plain = {item.name: item.default for item in fields(self) if item.name != "do"}
        given = asdict(self)
        changed = {name: given[name] for name, default in plain.items() if given[name] != default}
        return {"do": self.do} | changed

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The step that `as_data` gave.

        Raises:
            ConversationError: it is none.
        """
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(data) - known)
        if data.get("do") not in OPERATIONS or unknown:
            wrong = f"the key {unknown[0]!r}" if unknown else f"do = {data.get('do')!r}"
            raise ConversationError(f"{wrong}: a step has one of {', '.join(OPERATIONS)} in do, and {known}")
        given = dict(data)
        given["segments"] = tuple(given.get("segments", ()))
        given["options"] = tuple((int(number), str(text)) for number, text in given.get("options", ()))
        return cls(**given)

    def __str__(self) -> str:
        shown = {name: value for name, value in self.as_data().items() if name not in ("do", "path")}
        words = " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in shown.items())
        return " ".join(part for part in (self.do, self.path, words) if part)


def stored(value: Value) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    return {"link": str(value)} if isinstance(value, ObjectLink) else value


def restored(data: Any) -> Value:
    """The value that `stored` gave.

    Raises:
        ConversationError: it is none.
    """
    try:
        match data:
            case {"hex": str(text)}:
                return bytes.fromhex(text)
            case {"link": str(text)}:
                first, second = (int(part) for part in text.split(":"))
                return ObjectLink(first, second)
            case bool() | int() | float() | str():
                return data
    except ValueError:
        pass
    raise ConversationError(f"{data!r} is no value: a number, a text, true, false, {{hex}} or {{link}}")


@dataclass(frozen=True)
class Conversation:
    """Steps, and what is known of how they came about."""

    steps: tuple[Step, ...]
    case: str = ""
    seed: int = 0
    broken: str = ""
    told: str = ""

    def save(self, file: File) -> None:
        """Write it as JSON, so that `load` gives it again."""
        data = {
            "schema": SCHEMA,
            "case": self.case,
            "seed": self.seed,
            "broken": self.broken,
            "told": self.told,
            "steps": [step.as_data() for step in self.steps],
        }
        file.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, file: File) -> Self:
        """The conversation in a file.

        Raises:
            ConversationError: the file is none, or holds none.
        """
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            if data.get("schema") != SCHEMA:
                raise ConversationError(f"schema is {data.get('schema')!r}, expected {SCHEMA}")
            steps = tuple(Step.from_data(item) for item in data["steps"])
        except ConversationError as problem:
            raise ConversationError(f"{file}: {problem}") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
            raise ConversationError(f"{file}: not a stored conversation: {problem!r}") from None
        if not steps:
            raise ConversationError(f"{file}: a conversation without steps: give one at least")
        return cls(
            steps, data.get("case", ""), data.get("seed", 0), data.get("broken", ""), data.get("told", "")
        )


def size(steps: Sequence[Step]) -> tuple[int, int]:
    """The order in which one conversation is shorter than another."""
    return len(steps), sum(len(json.dumps(step.as_data())) for step in steps)
