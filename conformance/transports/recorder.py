"""What a transport tells of its traffic."""

from __future__ import annotations

from itertools import count
from typing import Literal, Protocol

Address = tuple[str, int]
"""Host and port."""

Direction = Literal["in", "out"]
"""Seen from the tester: "in" comes from the peer."""


class Recorder(Protocol):
    """Whoever keeps the evidence of a conversation."""

    def datagram(
        self, direction: Direction, data: bytes, local: Address, remote: Address, arrived: float | None = None
    ) -> int:
        """Keep one datagram and return its frame number, from 1; `arrived` is monotonic, None for now."""
        ...


class FrameCounter:
    """A recorder that keeps nothing and only numbers the frames."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def datagram(
        self, direction: Direction, data: bytes, local: Address, remote: Address, arrived: float | None = None
    ) -> int:
        return next(self._numbers)
