"""Which records of an epoch were received already: the sliding window of RFC 6347 §4.1.2.6."""

from __future__ import annotations

WINDOW = 64


class ReplayWindow:
    """Remembers the last 64 sequence numbers up to the highest that was received."""

    def __init__(self) -> None:
        self.highest = -1
        """The highest sequence number received, -1 for none."""
        self._seen = 0

    def refuses(self, sequence: int) -> bool:
        """Whether the number was received before, or is too old to tell."""
        age = self.highest - sequence
        return age >= WINDOW or (age >= 0 and bool(self._seen >> age & 1))

    def accept(self, sequence: int) -> None:
        """Take note of a record that was found genuine."""
        ahead = sequence - self.highest
        if ahead > 0:
            self._seen = (self._seen << min(ahead, WINDOW) | 1) & ((1 << WINDOW) - 1)
            self.highest = sequence
        elif -ahead < WINDOW:
            self._seen |= 1 << -ahead
