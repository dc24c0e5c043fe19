"""Which datagrams were received before, and what was answered then (RFC 7252 §4.5)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b

from conformance.coap.carrier import Address

MAXIMUM_ENTRIES = 50_000


@dataclass
class Reception:
    """A confirmable or non-confirmable message that arrived; `answer` is what to repeat for a duplicate."""

    digest: bytes
    expires: float
    answer: bytes | None = None


class Deduplication:
    """Receptions by remote and Message ID, kept for `lifetime` seconds.

    A datagram with a known Message ID but other bytes is not a duplicate: the peer used the ID again too
    early (RFC 7252 §4.4), which is for the rules to judge, and the new message is served.
    """

    def __init__(self, lifetime: float) -> None:
        self._lifetime = lifetime
        self._entries: OrderedDict[tuple[Address, int], Reception] = OrderedDict()

    def register(self, remote: Address, mid: int, data: bytes, now: float) -> tuple[Reception, bool]:
        """The reception of this datagram, and whether it is a duplicate."""
        self._expire(now)
        known = self._entries.get((remote, mid))
        digest = blake2b(data, digest_size=16).digest()
        if known is not None and known.digest == digest:
            return known, True
        reception = Reception(digest, now + self._lifetime)
        self._entries.pop((remote, mid), None)
        self._entries[remote, mid] = reception
        return reception, False

    def clear(self) -> None:
        self._entries.clear()

    def _expire(self, now: float) -> None:
        while self._entries:
            first = next(iter(self._entries.values()))
            if first.expires > now and len(self._entries) < MAXIMUM_ENTRIES:
                return
            self._entries.popitem(last=False)
