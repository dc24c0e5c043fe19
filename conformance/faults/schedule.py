"""A fault schedule: data that says what happens to which datagram, record or message, and nothing else.

`Schedule.as_data` and `Schedule.from_data` are inverse to each other, so that a schedule can be kept beside
the evidence and be played again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from math import isfinite
from typing import Any, Self, get_type_hints

from conformance.faults.actions import ACTIONS, Action, Fragment, Mtu, Mutate


class Layer(StrEnum):
    """Where a fault acts: on UDP datagrams, on records of DTLS, on CoAP messages in clear."""

    DATAGRAM = "datagram"
    RECORD = "record"
    MESSAGE = "message"


class Direction(StrEnum):
    """Which way the thing goes."""

    TO_SUT = "to_sut"
    FROM_SUT = "from_sut"

    @property
    def other(self) -> Direction:
        return Direction.FROM_SUT if self is Direction.TO_SUT else Direction.TO_SUT


class ScheduleError(ValueError):
    """Something is no schedule; the text begins with the key that is wrong."""


@dataclass(frozen=True)
class Match:
    """What a thing has to be for a fault to act on it; a field that is None does not matter.

    Of a message: `type` (CON, NON, ACK, RST), `code` (``2.05``, or a class: ``2``), `request`, `operation`
    and `path` (a prefix, ``/3/0``) of the request or of that which it answers, `token_length`, `block`
    (number of Block1 or Block2), `more`, `observe` (whether the option is there).
    Of a record: `content_type`, `epoch`, `handshake` (type of the message in it, while in clear), `sequence`.
    Of a datagram: `number` (from 1, a direction), `smallest` and `largest` length in octets, `epoch` of its
    first record.
    """

    type: str | None = None
    code: str | None = None
    request: bool | None = None
    operation: str | None = None
    path: str | None = None
    token_length: int | None = None
    block: int | None = None
    more: bool | None = None
    observe: bool | None = None
    content_type: int | None = None
    epoch: int | None = None
    handshake: int | None = None
    sequence: int | None = None
    number: int | None = None
    smallest: int | None = None
    largest: int | None = None

    def given(self) -> dict[str, Any]:
        """The fields that matter."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it matches a thing of which these facts are known; what is not known matches nothing."""
        return all(_agrees(name, wanted, facts) for name, wanted in self.given().items())


_MESSAGE = {"type", "code", "request", "operation", "path", "token_length", "block", "more", "observe"}
_FIELDS = {
    Layer.MESSAGE: _MESSAGE | {"smallest", "largest"},
    Layer.RECORD: {"content_type", "epoch", "handshake", "sequence", "smallest", "largest"},
    Layer.DATAGRAM: {"number", "epoch", "smallest", "largest"},
}
_BOUND_TO: dict[type[Action], Layer] = {
    Mutate: Layer.MESSAGE,
    Fragment: Layer.RECORD,
    Mtu: Layer.DATAGRAM,
}


@dataclass(frozen=True)
class Fault:
    """One entry of a schedule: it acts on `count` things that match, None: all, from the `first` on."""

    layer: Layer
    direction: Direction
    action: Action
    match: Match = field(default_factory=Match)
    first: int = 1
    count: int | None = 1

    def __post_init__(self) -> None:
        """ScheduleError for what does not go together."""
        strange = sorted(self.match.given().keys() - _FIELDS[self.layer])
        if strange:
            raise ScheduleError(f"match.{strange[0]}: says nothing about a {self.layer}")
        bound = _BOUND_TO.get(type(self.action))
        if bound not in (None, self.layer):
            raise ScheduleError(f"action: {self.action.kind} acts on a {bound}, not on a {self.layer}")
        if self.first < 1:
            raise ScheduleError(f"first: expected at least 1, not {self.first}")
        if self.count is not None and self.count < 1:
            raise ScheduleError(f"count: expected at least 1, or null for all, not {self.count}")

    def due(self, occurrence: int) -> bool:
        """Whether it acts on the thing that matched as number `occurrence`, from 1."""
        return occurrence >= self.first and (self.count is None or occurrence < self.first + self.count)

    def as_data(self) -> dict[str, Any]:
        action = {each.name: getattr(self.action, each.name) for each in fields(self.action)}
        return {
            "layer": str(self.layer),
            "direction": str(self.direction),
            "match": self.match.given(),
            "first": self.first,
            "count": self.count,
            "action": {"kind": self.action.kind, **action},
        }

    @classmethod
    def from_data(cls, data: object) -> Self:
        """Raises ScheduleError."""
        table = _table(data, {"layer", "direction", "match", "first", "count", "action"})
        for key in ("layer", "direction", "action"):
            if key not in table:
                raise ScheduleError(f"{key}: missing")
        count = table.get("count", 1)
        return cls(
            layer=_member(Layer, table["layer"], "layer"),
            direction=_member(Direction, table["direction"], "direction"),
            match=_match(table.get("match", {})),
            first=_typed(table.get("first", 1), int, "first"),
            count=None if count is None else _typed(count, int, "count"),
            action=_action(table["action"]),
        )


@dataclass(frozen=True)
class Schedule:
    """Faults in their order, and the seed of what they draw."""

    seed: int
    faults: tuple[Fault, ...] = ()

    def as_data(self) -> dict[str, Any]:
        return {"seed": self.seed, "faults": [fault.as_data() for fault in self.faults]}

    @classmethod
    def from_data(cls, data: object) -> Self:
        """Raises ScheduleError, which names the key: ``faults[1].action.seconds: …``."""
        table = _table(data, {"seed", "faults"})
        if "seed" not in table:
            raise ScheduleError("seed: missing")
        listed = table.get("faults", [])
        if not isinstance(listed, list):
            raise ScheduleError(f"faults: expected a list, not {listed!r}")
        faults = []
        for number, item in enumerate(listed):
            try:
                faults.append(Fault.from_data(item))
            except ScheduleError as error:
                raise ScheduleError(f"faults[{number}].{error}") from None
        return cls(_typed(table["seed"], int, "seed"), tuple(faults))


def _agrees(name: str, wanted: Any, facts: Mapping[str, Any]) -> bool:
    match name:
        case "smallest":
            return bool(facts["length"] >= wanted)
        case "largest":
            return bool(facts["length"] <= wanted)
        case "code":
            known = facts.get("code") or ""
            return bool(known == wanted or known.partition(".")[0] == wanted)
        case "path":
            known = f"{facts.get('path') or ''}/"
            return known.startswith(f"{wanted.rstrip('/')}/")
        case _:
            return bool(facts.get(name) == wanted)


def _match(data: object) -> Match:
    types = {
        name: next(kind for kind in (bool, int, str) if kind.__name__ in str(hint).split(" | "))
        for name, hint in get_type_hints(Match).items()
    }
    try:
        table = _table(data, types.keys())
    except ScheduleError as error:
        raise ScheduleError(f"match.{error}" if isinstance(data, Mapping) else f"match{error}") from None
    return Match(**{name: _typed(value, types[name], f"match.{name}") for name, value in table.items()})


def _action(data: object) -> Action:
    if not isinstance(data, Mapping) or "kind" not in data:
        raise ScheduleError("action.kind: missing")
    kind = ACTIONS.get(data["kind"]) if isinstance(data["kind"], str) else None
    if kind is None:
        raise ScheduleError(f"action.kind: expected one of {', '.join(ACTIONS)}, not {data['kind']!r}")
    hints, given = get_type_hints(kind), {key: value for key, value in data.items() if key != "kind"}
    values = {}
    known = {each.name: each for each in fields(kind)}
    for key in given.keys() - known.keys():
        raise ScheduleError(f"action.{key}: {kind.kind} has no such key")
    for name, each in known.items():
        if name in given:
            wanted = hints[name] if hints[name] in (int, float) else str
            values[name] = _typed(given[name], wanted, f"action.{name}")
        elif each.default is MISSING:
            raise ScheduleError(f"action.{name}: missing")
    try:
        return kind(**values)
    except ValueError as error:
        raise ScheduleError(f"action.{error}") from None


def _table(data: object, known: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise ScheduleError(f": expected an object, not {data!r}")
    for key in data:
        if key not in known:
            raise ScheduleError(f"{key}: unknown, expected one of {', '.join(sorted(known))}")
    return data


def _member(kind: Any, value: object, key: str) -> Any:
    if value not in list(kind):
        raise ScheduleError(f"{key}: expected one of {', '.join(kind)}, not {value!r}")
    return kind(value)


def _typed(value: object, kind: type, key: str) -> Any:
    """The value, where it is of this type; a whole number will do for a float, true and false are none."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    finite = not isinstance(value, float) or isfinite(value)
    if isinstance(value, kind) and finite and (kind is bool or not isinstance(value, bool)):
        return value
    names = {float: "a number", int: "a whole number", str: "a text", bool: "true or false"}
    raise ScheduleError(f"{key}: expected {names[kind]}, not {value!r}")
