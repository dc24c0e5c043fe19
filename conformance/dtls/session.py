"""Sessions that can be resumed by their id (RFC 5246 §7.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.dtls.events import PeerIdentity
from conformance.dtls.suites import CipherSuite


@dataclass(frozen=True)
class Session:
    """What both ends keep of a handshake to shorten the next one."""

    id: bytes
    suite: CipherSuite
    master_secret: bytes = field(repr=False)
    extended_master_secret: bool
    peer: PeerIdentity


class SessionCache:
    """The sessions of a server, by id; the oldest go when there are more than `capacity`."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._sessions: dict[bytes, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._sessions.values()))

    def lookup(self, id: bytes) -> Session | None:
        return self._sessions.get(id)

    def add(self, session: Session) -> None:
        self._sessions[session.id] = session
        while len(self._sessions) > self._capacity:
            del self._sessions[next(iter(self._sessions))]

    def remove(self, id: bytes) -> None:
        """Forget a session; one that is not known is none to forget."""
        self._sessions.pop(id, None)

    def clear(self) -> None:
        """Forget all, as a peer that was restarted does."""
        self._sessions.clear()
