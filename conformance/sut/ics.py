"""ICS items: what a SUT claims or shows to support, with the origin of each value."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

IcsValue: TypeAlias = bool | str


class Origin(StrEnum):
    """Where the value of an ICS item comes from; an observation beats a claim, a claim beats the default."""

    PROFILE = "profile"
    OBSERVED = "observed"
    DEFAULT = "default"


@dataclass(frozen=True)
class IcsItem:
    """One item of the closed list in ``ics.toml``."""

    name: str
    meaning: str
    roles: tuple[str, ...]
    defaults: tuple[tuple[tuple[int, int], IcsValue], ...]
    observed: str

    @property
    def type(self) -> type[bool] | type[str]:
        """The type that a claim must have."""
        return type(self.defaults[0][1])

    def default(self, lwm2m: str) -> IcsValue:
        """What holds for a SUT of this LwM2M version when nothing else is known."""
        wanted = version(lwm2m)
        not_above = [value for since, value in self.defaults if since <= wanted]
        return not_above[-1] if not_above else self.defaults[0][1]


class Claim(NamedTuple):
    """A value and where it comes from."""

    value: IcsValue
    origin: Origin


class Contradiction(NamedTuple):
    """A claim of the profile that an observation refutes: a finding."""

    name: str
    claimed: IcsValue
    observed: IcsValue
    how: str

    def __str__(self) -> str:
        return (
            f"the profile claims {self.name} = {_spelled(self.claimed)}, "
            f"the SUT shows {_spelled(self.observed)} ({self.how})"
        )


class UnknownIcsItemError(KeyError):
    """A name that is not on the closed list; ``str()`` names the nearest one."""

    def __init__(self, name: str, role: str | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.role = role

    def __str__(self) -> str:
        if self.role is not None and self.name in items():
            return f"ICS item {self.name!r} is not for the role {self.role}"
        return f"unknown ICS item {self.name!r}{did_you_mean(self.name, items())}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``, did you mean 'x'?`` when something similar is known, else nothing."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f", did you mean {near[0]!r}?" if near else ""


def version(text: str) -> tuple[int, int]:
    """``(1, 1)`` for ``1.1`` or ``1.1.1``. Raises ValueError for anything else."""
    parts = text.split(".")
    if not 2 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"{text!r} is not a version such as 1.1")
    return int(parts[0]), int(parts[1])


@cache
def items() -> Mapping[str, IcsItem]:
    """The closed list, by name, in the order of ``ics.toml``."""
    with (Path(__file__).parent / "ics.toml").open("rb") as file:
        return {row["name"]: _item(row) for row in tomllib.load(file)["item"]}


def _item(row: dict[str, Any]) -> IcsItem:
    default = row["default"]
    by_version = default if isinstance(default, dict) else {"0.0": default}
    defaults = tuple(sorted((version(since), value) for since, value in by_version.items()))
    return IcsItem(row["name"], row["meaning"], tuple(row["roles"]), defaults, row["observed"])


def _spelled(value: IcsValue) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


@dataclass(frozen=True)
class Ics:
    """The ICS of one SUT. ``claims`` come from the profile, ``observations`` from the wire."""

    role: str
    lwm2m: str
    claims: Mapping[str, IcsValue] = field(default_factory=dict)
    observations: Mapping[str, IcsValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (*self.claims, *self.observations):
            self._item(name)

    def _item(self, name: str) -> IcsItem:
        item = items().get(name)
        if item is None or self.role not in item.roles:
            raise UnknownIcsItemError(name, self.role)
        return item

    def observed(self, observations: Mapping[str, IcsValue]) -> "Ics":
        """The same with more observations; raises UnknownIcsItemError."""
        return Ics(self.role, self.lwm2m, self.claims, {**self.observations, **observations})

    def claim(self, name: str) -> Claim:
        """Value and origin of an item; raises UnknownIcsItemError."""
        item = self._item(name)
        if name in self.observations:
            return Claim(self.observations[name], Origin.OBSERVED)
        if name in self.claims:
            return Claim(self.claims[name], Origin.PROFILE)
        return Claim(item.default(self.lwm2m), Origin.DEFAULT)

    def __getitem__(self, name: str) -> IcsValue:
        return self.claim(name).value

    def all(self) -> dict[str, Claim]:
        """Every item of the SUT's role."""
        return {name: self.claim(name) for name, item in items().items() if self.role in item.roles}

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Claims that an observation refutes."""
        return tuple(
            Contradiction(name, claimed, self.observations[name], items()[name].observed)
            for name, claimed in self.claims.items()
            if name in self.observations and self.observations[name] != claimed
        )
