"""What a fault does with a datagram, a record or a message: values that JSON can hold, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

Where: TypeAlias = Literal["any", "header", "version", "token", "options", "payload"]
"""Which part of a message or record is meant: the version is that of CoAP, two bits; the payload of a record
is what stands behind its header."""
Field: TypeAlias = Literal["version", "type", "code", "message_id", "token", "option"]
"""What of a CoAP message is mutated."""


@dataclass(frozen=True)
class Drop:
    """It goes no further."""

    kind: ClassVar[str] = "drop"


@dataclass(frozen=True)
class Delay:
    """It goes on after this many seconds; what comes behind it overtakes it."""

    kind: ClassVar[str] = "delay"
    seconds: float

    def __post_init__(self) -> None:
        _demand(self.seconds > 0, "seconds", "more than 0", self.seconds)


@dataclass(frozen=True)
class Duplicate:
    """It goes on, and so do `times` copies, each `after` seconds behind the one before."""

    kind: ClassVar[str] = "duplicate"
    times: int = 1
    after: float = 0.0

    def __post_init__(self) -> None:
        _demand(self.times >= 1, "times", "at least 1", self.times)
        _demand(self.after >= 0, "after", "0 seconds or more", self.after)


@dataclass(frozen=True)
class Reorder:
    """It waits until `behind` others of its direction went on, or for `within` seconds at most."""

    kind: ClassVar[str] = "reorder"
    behind: int = 1
    within: float = 5.0

    def __post_init__(self) -> None:
        _demand(self.behind >= 1, "behind", "at least 1", self.behind)
        _demand(self.within > 0, "within", "more than 0 seconds", self.within)


@dataclass(frozen=True)
class Corrupt:
    """So many bits of a part of it are flipped, drawn from the seed."""

    kind: ClassVar[str] = "corrupt"
    bits: int = 1
    where: Where = "any"

    def __post_init__(self) -> None:
        _demand(self.bits >= 1, "bits", "at least 1", self.bits)
        _demand(self.where in get_args(Where), "where", f"one of {', '.join(get_args(Where))}", self.where)


@dataclass(frozen=True)
class Mutate:
    """One field of a CoAP message gets another value, drawn from the seed; the rest stays as it was."""

    kind: ClassVar[str] = "mutate"
    field: Field

    def __post_init__(self) -> None:
        _demand(self.field in get_args(Field), "field", f"one of {', '.join(get_args(Field))}", self.field)


@dataclass(frozen=True)
class Truncate:
    """Only its first `octets` go on."""

    kind: ClassVar[str] = "truncate"
    octets: int

    def __post_init__(self) -> None:
        _demand(self.octets >= 1, "octets", "at least 1", self.octets)


@dataclass(frozen=True)
class Replay:
    """It goes on; `after` seconds later the one that came `back` before it in its direction comes again."""

    kind: ClassVar[str] = "replay"
    back: int = 0
    after: float = 0.0

    def __post_init__(self) -> None:
        _demand(self.back >= 0, "back", "0 or more", self.back)
        _demand(self.after >= 0, "after", "0 seconds or more", self.after)


@dataclass(frozen=True)
class Fragment:
    """A handshake message in clear goes on in records that hold at most `size` octets of it."""

    kind: ClassVar[str] = "fragment"
    size: int

    def __post_init__(self) -> None:
        _demand(self.size >= 1, "size", "at least 1", self.size)


@dataclass(frozen=True)
class Rebind:
    """It goes on, and from it on its sender has another source address, as behind a NAT that forgot it."""

    kind: ClassVar[str] = "rebind"


@dataclass(frozen=True)
class Mute:
    """From it on nothing goes further in either direction for this many seconds."""

    kind: ClassVar[str] = "mute"
    seconds: float

    def __post_init__(self) -> None:
        _demand(self.seconds > 0, "seconds", "more than 0", self.seconds)


@dataclass(frozen=True)
class Loss:
    """It goes no further with this probability, drawn from a seed of its own."""

    kind: ClassVar[str] = "loss"
    probability: float
    seed: int = 0

    def __post_init__(self) -> None:
        _demand(0 < self.probability <= 1, "probability", "above 0 and at most 1", self.probability)


@dataclass(frozen=True)
class Mtu:
    """It goes no further when it is longer than `limit` octets."""

    kind: ClassVar[str] = "mtu"
    limit: int

    def __post_init__(self) -> None:
        _demand(self.limit >= 1, "limit", "at least 1", self.limit)


Action: TypeAlias = (
    Drop
    | Delay
    | Duplicate
    | Reorder
    | Corrupt
    | Mutate
    | Truncate
    | Replay
    | Fragment
    | Rebind
    | Mute
    | Loss
    | Mtu
)
ACTIONS: dict[str, type[Action]] = {action.kind: action for action in get_args(Action)}


def _demand(holds: bool, key: str, wanted: str, given: object) -> None:
    if not holds:
        raise ValueError(f"{key}: expected {wanted}, not {given!r}")
