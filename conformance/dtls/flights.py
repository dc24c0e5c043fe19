"""The flight that waits for an answer, and the timer that repeats it (RFC 6347 §4.2.4)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dtls.message import Fragment

MAXIMUM_TIMEOUT = 60.0
"""Seconds that the timer grows to, RFC 6347 §4.2.4.1."""


@dataclass(frozen=True)
class ChangeCipherSpec:
    """What follows is protected by the keys just agreed on."""

    def __bytes__(self) -> bytes:
        return b"\x01"


@dataclass(frozen=True)
class FlightItem:
    """A whole handshake message, or the change of keys, and the epoch that it is sent in."""

    content: Fragment | ChangeCipherSpec
    epoch: int


class RetransmissionTimer:
    """Doubles from `initial` seconds to 60; gives up after `max_retransmits` repetitions."""

    def __init__(self, initial: float, max_retransmits: int) -> None:
        self.deadline: float | None = None
        self.retransmits = 0
        """How often the flight was repeated because time ran out."""
        self._initial = initial
        self._current = initial
        self._maximum = max_retransmits

    @property
    def exhausted(self) -> bool:
        return self.retransmits >= self._maximum

    def start(self, now: float) -> None:
        """For a new flight."""
        self._current, self.retransmits = self._initial, 0
        self.deadline = now + self._current

    def restart(self, now: float) -> None:
        """The same flight was repeated because the peer repeated its own."""
        if self.deadline is not None:
            self.deadline = now + self._current

    def back_off(self, now: float) -> None:
        """The flight is repeated because nothing came."""
        self.retransmits += 1
        self._current = min(2 * self._current, MAXIMUM_TIMEOUT)
        self.deadline = now + self._current

    def stop(self) -> None:
        self.deadline = None

    def expired(self, now: float) -> bool:
        return self.deadline is not None and now >= self.deadline
