"""Handshake messages put together from fragments, and handed out in their order (RFC 6347 §4.2.2, §4.2.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from conformance.dtls.message import Fragment

MAXIMUM_MESSAGE = 1 << 16
"""Bytes of one handshake message that are accepted; a chain of certificates fits many times."""
MAXIMUM_AHEAD = 16
"""How many messages may wait for an earlier one."""


class Arrival(Enum):
    """What became of a fragment."""

    KEPT = "kept"
    OLD = "a message that was handled before"
    AHEAD = "a message too far ahead"
    TOO_LONG = "longer than a handshake message may be"
    OUTSIDE = "the fragment reaches beyond its message"
    CONTRADICTION = "the fragment contradicts one that came before"


@dataclass
class _Partial:
    type: int
    epoch: int
    body: bytearray
    present: bytearray = field(default_factory=bytearray)

    @property
    def complete(self) -> bool:
        return all(self.present)


class Reassembly:
    """The incoming messages of one association; each is handed out once, in the order of message_seq."""

    def __init__(self) -> None:
        self.next = 0
        """The message_seq that is due."""
        self.epoch = 0
        """The epoch of the message that was taken last; it may have waited for one of an earlier epoch."""
        self._partial: dict[int, _Partial] = {}

    def begin_at(self, message_seq: int) -> None:
        """Expect this number next; what was collected is forgotten."""
        self.next = message_seq
        self._partial.clear()

    def add(self, fragment: Fragment, epoch: int = 0) -> Arrival:
        """Take a fragment in, whole or overlapping others."""
        if fragment.message_seq < self.next:
            return Arrival.OLD
        if fragment.message_seq > self.next + MAXIMUM_AHEAD:
            return Arrival.AHEAD
        if fragment.length > MAXIMUM_MESSAGE:
            return Arrival.TOO_LONG
        begin, end = fragment.offset, fragment.offset + len(fragment.data)
        if end > fragment.length:
            return Arrival.OUTSIDE
        partial = self._partial.get(fragment.message_seq)
        if partial is None:
            partial = _Partial(fragment.type, epoch, bytearray(fragment.length), bytearray(fragment.length))
            self._partial[fragment.message_seq] = partial
        if (fragment.type, fragment.length) != (partial.type, len(partial.body)):
            return Arrival.CONTRADICTION
        known = partial.present[begin:end]
        if any(known):
            overlap = zip(known, partial.body[begin:end], fragment.data, strict=True)
            if any(present and old != new for present, old, new in overlap):
                return Arrival.CONTRADICTION
        partial.body[begin:end] = fragment.data
        partial.present[begin:end] = b"\x01" * (end - begin)
        partial.epoch = min(partial.epoch, epoch)
        return Arrival.KEPT

    def take(self) -> Fragment | None:
        """The message that is due, whole, or None while bytes of it are missing."""
        partial = self._partial.get(self.next)
        if partial is None or not partial.complete:
            return None
        del self._partial[self.next]
        self.next += 1
        self.epoch = partial.epoch
        return Fragment.whole(partial.type, self.next - 1, bytes(partial.body))
