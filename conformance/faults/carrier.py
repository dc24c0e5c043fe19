"""The layer of messages where datagrams are protected: before the tester protects, after it has opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.clock import now
from conformance.coap.carrier import Address, Carrier
from conformance.faults.disturbance import Disturbance
from conformance.faults.ledger import Ledger, trace_of
from conformance.faults.reading import MessageReader, NameOperation
from conformance.faults.schedule import Direction, Layer


class DisturbedCarrier:
    """A carrier of messages in clear over one that protects them.

    A message to the SUT that is lost is protected and sent nevertheless: the proxy lets that datagram go no
    further, so that the evidence shows it.
    """

    def __init__(
        self,
        inner: Carrier,
        disturbance: Disturbance,
        ledger: Ledger,
        name_operation: NameOperation,
        rebind: Callable[[Address], None],
    ) -> None:
        self.receiver: Callable[[bytes, Address, int, float], None] | None = None
        self.inner = inner
        self.disturbance = disturbance
        self.ledger = ledger
        self.name_operation = name_operation
        self.rebind = rebind
        self._reader = MessageReader(name_operation)
        inner.receiver = self._arrived

    @property
    def local(self) -> Address:
        return self.inner.local

    @property
    def unreachable(self) -> Callable[[Address], None] | None:
        return self.inner.unreachable

    @unreachable.setter
    def unreachable(self, listener: Callable[[Address], None] | None) -> None:
        self.inner.unreachable = listener

    def send(self, data: bytes, remote: Address) -> int:
        way = _Leaving(self, remote)
        self._pass_on(Direction.TO_SUT, data, way)
        return way.frame or 0

    def close(self) -> None:
        self.inner.close()

    def _arrived(self, data: bytes, remote: Address, frame: int, time: float) -> None:
        self._pass_on(Direction.FROM_SUT, data, _Arriving(self, remote, frame, time))

    def _pass_on(self, direction: Direction, data: bytes, way: _Leaving | _Arriving) -> None:
        facts = self._reader.facts(data, direction)
        self.disturbance.pass_on(Layer.MESSAGE, direction, data, facts, way)


class _Leaving:
    """A message on its way to the SUT."""

    def __init__(self, carrier: DisturbedCarrier, remote: Address) -> None:
        self.frame: int | None = None
        self._carrier = carrier
        self._remote = remote

    def goes_on(self, data: bytes) -> None:
        self.frame = self._carrier.inner.send(data, self._remote)

    def lost(self, data: bytes) -> None:
        self.frame = self._carrier.inner.send(data, self._remote)
        if self.frame:
            self._carrier.ledger.doom(self.frame)

    def brings(self, data: bytes) -> None:
        carrier, evidence = self._carrier, self._carrier.ledger.evidence
        frame = carrier.inner.send(data, self._remote)
        if frame:
            evidence.inject(frame)
            trace = trace_of("out", data, carrier.local, self._remote, frame, now())
            evidence.message(trace, carrier.name_operation)

    def rebind(self) -> None:
        """The tester has its address for good."""

    def fragments(self, data: bytes, _size: int) -> Sequence[bytes]:
        return (data,)


class _Arriving:
    """A message on its way from the SUT, which the tester has opened."""

    def __init__(self, carrier: DisturbedCarrier, remote: Address, frame: int, time: float) -> None:
        self.frame: int | None = frame
        self._carrier = carrier
        self._remote = remote
        self._frame = frame
        self._time = time

    def goes_on(self, data: bytes) -> None:
        if self._carrier.receiver is not None:
            self._carrier.receiver(data, self._remote, self._frame, self._time)

    def lost(self, data: bytes) -> None:
        carrier = self._carrier
        trace = trace_of("in", data, carrier.local, self._remote, self._frame, self._time)
        carrier.ledger.evidence.message(trace, carrier.name_operation, lost=True)

    def brings(self, data: bytes) -> None:
        self._carrier.ledger.evidence.inject(self._frame)
        if self._carrier.receiver is not None:
            self._carrier.receiver(data, self._remote, self._frame, now())

    def rebind(self) -> None:
        self._carrier.rebind(self._remote)

    def fragments(self, data: bytes, _size: int) -> Sequence[bytes]:
        return (data,)
