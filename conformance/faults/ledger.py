"""How the evidence learns what became of a datagram between the tester and the SUT."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from conformance.coap.codec import HEADER_LENGTH, dissect
from conformance.coap.exchange import Trace
from conformance.faults.reading import NameOperation
from conformance.transports.recorder import Address, Direction, Recorder

MAX_UNDERWAY = 10_000
"""Different datagrams on their way between tester and proxy; the operating system may have lost them."""
Key = tuple[Address, Address, bytes]
Item = TypeVar("Item")


class Evidence(Recorder, Protocol):
    """A recorder that also keeps messages and can be told later what became of a frame."""

    def message(
        self, trace: Trace, name_operation: NameOperation | None = None, *, lost: bool = False
    ) -> None:
        """Keep one message."""
        ...

    def lose(self, frame: int) -> None:
        """The frame went no further."""
        ...

    def inject(self, frame: int) -> None:
        """The frame is none that its sender sent: the network made it. Told before its message is kept."""
        ...


class Ledger:
    """The recorder of the tester's transports beside a proxy.

    What the tester sends is recorded where it leaves; the proxy asks for its frame when it arrives there.
    What the proxy sends to the tester is announced, so that what a fault made is told from what the SUT sent.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._underway: defaultdict[Key, deque[int]] = defaultdict(deque)
        self._announced: defaultdict[Key, deque[bool]] = defaultdict(deque)
        self._doomed: set[int] = set()
        self.on_arrival: Callable[[], None] = lambda: None

    def datagram(
        self, direction: Direction, data: bytes, local: Address, remote: Address, arrived: float | None = None
    ) -> int:
        frame = self.evidence.datagram(direction, data, local, remote, arrived)
        key = (local, remote, data)
        if direction == "out":
            if len(self._underway) > MAX_UNDERWAY:
                self._underway.clear()
            self._underway[key].append(frame)
        elif _next(self._announced, key):
            self.evidence.inject(frame)
        return frame

    def frame_of(self, data: bytes, local: Address, remote: Address) -> int | None:
        """The frame of a datagram that the tester sent and that now arrives at the proxy; asked once."""
        frame = _next(self._underway, (local, remote, data))
        self.on_arrival()
        return frame

    @property
    def is_underway(self) -> bool:
        """Whether something that the tester sent has not arrived at the proxy yet."""
        return bool(self._underway)

    def announce(self, data: bytes, local: Address, remote: Address, *, made: bool) -> None:
        """The tester at `local` will get this datagram next: as the SUT sent it, or made by a fault."""
        if len(self._announced) > MAX_UNDERWAY:
            self._announced.clear()
        self._announced[local, remote, data].append(made)

    def doom(self, frame: int) -> None:
        """What left the tester as this frame is to go no further."""
        self._doomed.add(frame)
        self.evidence.lose(frame)

    def is_doomed(self, frame: int | None) -> bool:
        """Whether the proxy is to let it go no further."""
        return frame in self._doomed


def _next(waiting: dict[Key, deque[Item]], key: Key) -> Item | None:
    """What waits first under a key, taken away; None when nothing does."""
    items = waiting.get(key)
    item = items.popleft() if items else None
    if not items:
        waiting.pop(key, None)
    return item


def trace_of(direction: Any, data: bytes, local: Address, remote: Address, frame: int, time: float) -> Trace:
    """A datagram with CoAP in clear, as the evidence takes it."""
    message, findings = dissect(data)
    fault = next((str(finding) for finding in findings if finding.rejects), None)
    shown = message if len(data) >= HEADER_LENGTH else None
    return Trace(direction, shown, data, fault, local, remote, frame, time)
