"""What an endpoint asks of whatever carries its datagrams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Address = tuple[str, int]
"""Host and port."""


class Carrier(Protocol):
    """A transport: `receiver` takes every datagram (data, remote, frame, monotonic seconds)."""

    receiver: Callable[[bytes, Address, int, float], None] | None
    unreachable: Callable[[Address], None] | None

    @property
    def local(self) -> Address: ...

    def send(self, data: bytes, remote: Address) -> int:
        """Send one datagram and return the number of its frame, 0 if there was no way to send it."""
        ...

    def close(self) -> None: ...
