"""The model of the device: what the tester believes of it after each step, and what follows from that."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from conformance.exploration.surface import NUMBERS, Surface
from conformance.formats import Value
from conformance.messages import Path
from conformance.roles.observation import Observation


@dataclass(frozen=True)
class Known:
    """The value is this one."""

    value: Value


@dataclass(frozen=True)
class Dropped:
    """The value was taken away by a Replace: there is none, or one that the device has of its own."""

    before: Value | None


Content = Known | Dropped
"""What is believed of a Resource; nothing is believed of one without an entry."""


class Due(Enum):
    """What a change means for an observation."""

    MUST = auto()
    MAY = auto()
    NOT = auto()


@dataclass
class Watched:
    """An observation that the device took up, and the value last told; `unsettled` since its attributes
    changed during the observation, which leaves open when they take effect."""

    path: Path
    observation: Observation
    told: Value | None = None
    unsettled: bool = False


@dataclass
class Belief:
    """Values, Object Instances, attributes and observations, as the answers so far make them certain.

    `shown` are attributes that a Discover has shown, `former` those of Object Instances that are gone;
    `survived` holds a value that was there after a Replace which did not name it.
    """

    surface: Surface
    content: dict[Path, Content] = field(default_factory=dict)
    several: dict[int, Value] | None = None
    present: set[Path] = field(default_factory=set)
    made: set[Path] = field(default_factory=set)
    attributes: dict[Path, dict[str, str | None]] = field(default_factory=dict)
    shown: set[tuple[Path, str]] = field(default_factory=set)
    former: dict[Path, dict[str, str]] = field(default_factory=dict)
    survived: dict[Path, Value] = field(default_factory=dict)
    doubtful: set[Path] = field(default_factory=set)
    spoilt: set[Path] = field(default_factory=set)
    watched: dict[int, Watched] = field(default_factory=dict)

    def exists(self, instance: Path) -> bool:
        """Whether an Object Instance is there; a shorter path is an Object, which is."""
        return instance not in self.surface.slots or instance in self.present

    def known(self, path: Path) -> Value | None:
        """The value that is believed in, if any."""
        held = self.content.get(path)
        return held.value if isinstance(held, Known) else None

    def believe(self, values: Mapping[Path, Value]) -> dict[Path, tuple[Value | None, Value]]:
        """Take up values that were written; gives those that may have changed, before and after."""
        changed = {}
        for path, value in values.items():
            before = self.known(path)
            if before is None or not same(before, value):
                changed[path] = (before, value)
            self.content[path] = Known(value)
            self.spoilt.discard(path)
        return changed

    def created(self, instance: Path) -> None:
        """An Object Instance has come."""
        self.present.add(instance)
        self.made.add(instance)

    def forget(self, paths: Iterable[Path]) -> None:
        """Believe nothing of these Resources any more."""
        for path in paths:
            self.content.pop(path, None)

    def forget_below(self, path: Path) -> None:
        """Believe nothing of the Resources at or below a path any more."""
        self.forget([known for known in self.content if known[: len(path)] == path])
        if self.surface.multiple is not None and self.surface.multiple[: len(path)] == path:
            self.several = None

    def replaced(self, instance: Path, values: Mapping[Path, Value]) -> None:
        """After a Replace what it did not name is gone, unless it is mandatory; so may be its attributes."""
        for target in self.surface.members(instance):
            if target.path not in values:
                if target.mandatory:
                    self.content.pop(target.path, None)
                else:
                    self.content[target.path] = Dropped(self.known(target.path))
                    if target.path in self.attributes:
                        self.doubt(target.path)
        if self.surface.multiple is not None and self.surface.multiple.parent == instance:
            self.several = None

    def removed(self, instance: Path) -> None:
        """An Object Instance is gone, with its values and observations.

        No clause says whether the next one with its id finds its attributes.
        """
        self.present.discard(instance)
        self.forget_below(instance)
        for path in [path for path in self.attributes if path[:2] == instance]:
            held = {name: value for name, value in self.attributes[path].items() if value is not None}
            self.former[path] = held
            del self.attributes[path]
            if held:
                self.doubtful.add(path)
        self.watched = {slot: one for slot, one in self.watched.items() if one.path[:2] != instance}

    def values_at(self, path: Path) -> dict[Path, Value]:
        """The values at or below a path that are certain."""
        return {
            at: held.value
            for at, held in self.content.items()
            if at[: len(path)] == path and isinstance(held, Known) and self.exists(at.parent)
        }

    def watchers(self, changed: Iterable[Path]) -> Iterator[Watched]:
        """The observations that see a change of one of these Resources."""
        paths = list(changed)
        for one in self.watched.values():
            if any(path[: len(one.path)] == one.path for path in paths):
                yield one

    def doubt(self, path: Path) -> None:
        """Attributes were taken for what is not there: whether they hold later is open."""
        self.attributes.pop(path, None)
        self.doubtful.add(path)

    def assigned(self, path: Path) -> dict[str, str]:
        """The attributes that hold for an observation of a path, inherited ones included."""
        merged: dict[str, str] = {}
        for depth in range(1, len(path) + 1):
            held = self.attributes.get(Path(*path[:depth]), {})
            merged |= {name: value for name, value in held.items() if value is not None}
        return merged

    def due(self, one: Watched, changed: Mapping[Path, tuple[Value | None, Value]]) -> Due:
        """Whether the changes have to be told to an observation (LwM2M Core 1.1.1 §5.1.2)."""
        held = {"pmin": str(self.surface.periods[0]), **self.assigned(one.path)}
        below = any(path != one.path and path[: len(one.path)] == one.path for path in self.attributes)
        doubtful = any(path[: len(one.path)] == one.path[: len(path)] for path in self.doubtful)
        if one.unsettled or below or doubtful or float(held.get("pmin", 0)) > 0:
            return Due.MAY
        thresholds = {name: float(held[name]) for name in ("gt", "lt", "st") if name in held}
        if len(one.path) < 3:
            certain = any(
                before is not None for path, (before, _) in changed.items() if path[:2] == one.path[:2]
            )
            return Due.MUST if certain else Due.MAY
        before, after = changed.get(one.path, (None, None))
        if after is None or one.told is None:
            return Due.MAY
        if not thresholds:
            return Due.MAY if same(one.told, after) else Due.MUST
        if len(thresholds) > 1 or not _number(after) or not _number(one.told) or not _number(before):
            return Due.MAY
        due = _crossing(*thresholds.popitem(), float(one.told), float(before), float(after))  # type: ignore[arg-type]
        return Due.MAY if due is Due.NOT and self._is_periodic(held) else due

    def _is_periodic(self, held: Mapping[str, str]) -> bool:
        """Whether a notification may come because time has passed."""
        return float(held.get("pmax", self.surface.periods[1])) > 0

    def survives(self, path: Path, value: Value) -> bool:
        """Whether a value that was there after a Replace without it cannot be a default of the device, since
        another one was there after another Replace."""
        earlier = self.survived.setdefault(path, value)
        return not same(earlier, value)

    def succeed(self, earlier: Belief) -> None:
        """Take up what an earlier conversation could not take back."""
        self.present, self.made = set(earlier.present), set(earlier.present)
        self.doubtful = set(earlier.doubtful)

    def numeric(self, path: Path) -> bool:
        """Whether a path is a number, which may have gt, lt and st."""
        target = self.surface.targets.get(path)
        return target is not None and target.type in NUMBERS


def same(one: Value | None, other: Value | None) -> bool:
    """Whether two values are the same; a float may have gone through single precision."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-12)
    return one == other


def _number(value: Value | None) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _crossing(name: str, limit: float, told: float, before: float, after: float) -> Due:
    """What a step from one number to another means; the way back and the limit itself are disputed."""
    if name == "st":
        return Due.MUST if abs(after - told) >= limit else Due.NOT
    if name == "lt":
        limit, before, after = -limit, -before, -after
    if before < limit < after:
        return Due.MUST
    return Due.NOT if before < limit and after < limit else Due.MAY
