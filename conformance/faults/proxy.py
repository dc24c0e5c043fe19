"""The proxy between the SUT and the tester: where datagrams, records and messages in clear meet their faults.

Clients find the server at the proxy, and the server sees each client at an address of its own there. Either
of the two may be the SUT.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from conformance.clock import now
from conformance.dtls.records import Record
from conformance.faults.alteration import fragments, renumbered
from conformance.faults.disturbance import Disturbance
from conformance.faults.ledger import Ledger, trace_of
from conformance.faults.reading import (
    MessageReader,
    NameOperation,
    datagram_facts,
    datagram_of,
    record_facts,
    rest_facts,
)
from conformance.faults.schedule import Direction, Layer
from conformance.transports.recorder import Address
from conformance.transports.udp import UdpTransport

MAX_PORTS = 256
"""Ports at which one server is shown; from more than these it seems to send from the first."""


class Proxy:
    """Stands before the server at `server`; clients find it at `local`.

    `clients` is the direction of what clients send: FROM_SUT where the SUT is one of them. With a
    `name_operation` the datagrams are CoAP in clear: the layer of messages acts here, and what it loses or
    makes is taken down as a message. A closed port at either end shows as silence. A server that sends from
    another address than `server` is shown at another port than `local`, where clients reach it.
    """

    def __init__(
        self,
        front: UdpTransport,
        server: Address,
        clients: Direction,
        disturbance: Disturbance,
        ledger: Ledger,
        name_operation: NameOperation | None = None,
    ) -> None:
        """Use `open` to make one."""
        self.disturbance = disturbance
        self.ledger = ledger
        self.server = server
        self.clients = clients
        self.name_operation = name_operation
        self.reader = MessageReader(name_operation) if name_operation else None
        self.renumbered: set[Direction] = set()
        self.numbers = dict.fromkeys(Direction, 0)
        self._fronts = {server: front}
        self._upstreams: dict[Address, UdpTransport] = {}
        self._former: list[UdpTransport] = []
        front.receiver = partial(self._from_client, server)

    @classmethod
    async def open(
        cls,
        local: Address,
        server: Address,
        clients: Direction,
        disturbance: Disturbance,
        ledger: Ledger,
        name_operation: NameOperation | None = None,
    ) -> Proxy:
        """A proxy that listens at `local` (port 0: any free one); raises what `UdpTransport.open` raises."""
        front = await UdpTransport.open(local)
        return cls(front, server, clients, disturbance, ledger, name_operation)

    @property
    def local(self) -> Address:
        """Where clients find the server."""
        return self._fronts[self.server].local

    @property
    def closed(self) -> bool:
        return self._fronts[self.server].closed

    def close(self) -> None:
        """Release all addresses; nothing passes after this."""
        for transport in (*self._fronts.values(), *self._upstreams.values(), *self._former):
            transport.close()

    def client_at(self, address: Address) -> Address | None:
        """The client whom the server sees at this address; None where there is none."""
        seen = (client for client, upstream in self._upstreams.items() if upstream.local == address)
        return next(seen, None)

    def rebind(self, client: Address) -> None:
        """Let the server see this client at another address; what it sends to the former one is lost."""
        former = self._upstreams.pop(client, None)
        if former is not None:
            former.receiver = None
            self._former.append(former)
        self._upstream(client)

    def to_server(self, data: bytes, client: Address, server: Address) -> None:
        if not self.closed:
            self._upstream(client).send(data, server)

    def to_client(self, data: bytes, client: Address, server: Address) -> None:
        if not self.closed:
            self._front(server).send(data, client)

    def tester_and_remote(self, client: Address, server: Address) -> tuple[Address, Address]:
        """The tester's own address, and where it sees the SUT."""
        if self.clients is Direction.FROM_SUT:
            return server, self._upstream(client).local
        return client, self._front(server).local

    def _front(self, server: Address) -> UdpTransport:
        if server not in self._fronts:
            if len(self._fronts) == MAX_PORTS:
                return self._fronts[self.server]
            transport = UdpTransport.bound((self.local[0], 0))
            transport.receiver = partial(self._from_client, server)
            self._fronts[server] = transport
        return self._fronts[server]

    def _upstream(self, client: Address) -> UdpTransport:
        if client not in self._upstreams:
            transport = UdpTransport.bound((self.local[0], 0))
            transport.receiver = partial(self._from_server, client)
            self._upstreams[client] = transport
        return self._upstreams[client]

    def _from_client(self, server: Address, data: bytes, client: Address, _frame: int, time: float) -> None:
        Passage(self, self.clients, client, server, data, time).begin()

    def _from_server(self, client: Address, data: bytes, server: Address, _frame: int, time: float) -> None:
        Passage(self, self.clients.other, client, server, data, time).begin()


class Passage:
    """One datagram on its way through the proxy, layer by layer."""

    def __init__(
        self, proxy: Proxy, direction: Direction, client: Address, server: Address, data: bytes, time: float
    ) -> None:
        self.proxy = proxy
        self.direction = direction
        self.client = client
        self.server = server
        self.data = data
        self.time = time
        self.frame: int | None = None
        self._is_lost = False

    @property
    def from_tester(self) -> bool:
        return self.direction is Direction.TO_SUT

    def begin(self) -> None:
        """Meet the faults of the layer of datagrams, then those of the layers above."""
        proxy = self.proxy
        if self.from_tester:
            self.frame = proxy.ledger.frame_of(self.data, *proxy.tester_and_remote(self.client, self.server))
            if proxy.ledger.is_doomed(self.frame):
                return
        proxy.numbers[self.direction] += 1
        facts = datagram_facts(self.data, proxy.numbers[self.direction])
        proxy.disturbance.pass_on(Layer.DATAGRAM, self.direction, self.data, facts, self)

    def goes_on(self, data: bytes) -> None:
        if not self._through_records(data):
            self._through_messages(data)

    def lost(self, _data: bytes) -> None:
        """Take down, once, that it went no further as it came."""
        if self._is_lost:
            return
        self._is_lost = True
        ledger, (local, remote) = self.proxy.ledger, self.proxy.tester_and_remote(self.client, self.server)
        if self.from_tester:
            if self.frame is not None:
                ledger.evidence.lose(self.frame)
            return
        self.frame = ledger.evidence.datagram("in", self.data, local, remote, self.time)
        ledger.evidence.lose(self.frame)
        if self.proxy.name_operation:
            trace = trace_of("in", self.data, local, remote, self.frame, self.time)
            ledger.evidence.message(trace, self.proxy.name_operation)

    def brings(self, data: bytes) -> None:
        proxy = self.proxy
        if proxy.closed:
            return
        ledger, (local, remote) = proxy.ledger, proxy.tester_and_remote(self.client, self.server)
        if self.from_tester:
            frame = ledger.evidence.datagram("out", data, local, remote)
            ledger.evidence.inject(frame)
            if proxy.name_operation:
                trace = trace_of("out", data, local, remote, frame, now())
                ledger.evidence.message(trace, proxy.name_operation)
        self.leaves(data, made=True)

    def leaves(self, data: bytes, *, made: bool = False) -> None:
        """Go to the other side, as it came or `made` by a fault."""
        if not self.from_tester:
            self.proxy.ledger.announce(
                data, *self.proxy.tester_and_remote(self.client, self.server), made=made
            )
        upwards = self.direction is self.proxy.clients
        (self.proxy.to_server if upwards else self.proxy.to_client)(data, self.client, self.server)

    def rebind(self) -> None:
        self.proxy.rebind(self.client)

    def fragments(self, data: bytes, _size: int) -> Sequence[bytes]:
        return (data,)

    def _through_records(self, data: bytes) -> bool:
        """Meet the faults of the layer of records; false where nothing concerns them."""
        proxy = self.proxy
        concerned = self.direction in proxy.renumbered or proxy.disturbance.concerns(Layer.RECORD)
        datagram = datagram_of(data) if concerned else None
        if datagram is None or not datagram.records:
            return False
        way = RecordWay(self)
        for record in datagram.records:
            way.carry(bytes(record), record, record_facts(record))
        if datagram.rest:
            way.carry(datagram.rest, None, rest_facts(datagram.rest))
        way.is_open = False
        left = b"".join(way.kept)
        if left == data:
            self.leaves(data)
        else:
            self.lost(data)
            if left:
                self.brings(left)
        for copy in way.copies:
            self.brings(copy)
        return True

    def _through_messages(self, data: bytes) -> None:
        reader = self.proxy.reader
        if reader is None:
            self.leaves(data)
            return
        facts = reader.facts(data, self.direction)
        self.proxy.disturbance.pass_on(Layer.MESSAGE, self.direction, data, facts, MessageWay(self))


class MessageWay:
    """The way of a message that fills its datagram."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self.lost, self.brings = passage.lost, passage.brings
        self.rebind, self.fragments = passage.rebind, passage.fragments
        self.goes_on = passage.leaves

    @property
    def frame(self) -> int | None:
        return self._passage.frame


class RecordWay:
    """The way of the records of one datagram, which go on together unless a fault parts them; a copy of one
    goes by itself."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self.kept: list[bytes] = []
        self.copies: list[bytes] = []
        self.is_open = True
        self._record: Record | None = None

    @property
    def frame(self) -> int | None:
        return self._passage.frame

    def carry(self, data: bytes, record: Record | None, facts: dict[str, object]) -> None:
        """Let one record meet its faults."""
        self._record = record
        passage = self._passage
        passage.proxy.disturbance.pass_on(Layer.RECORD, passage.direction, data, facts, self)

    def goes_on(self, data: bytes) -> None:
        if self._record is not None and self._passage.direction in self._passage.proxy.renumbered:
            data = bytes(renumbered(self._record, 0))
        self.kept.append(data)

    def lost(self, data: bytes) -> None:
        self._passage.lost(data)

    def brings(self, data: bytes) -> None:
        if not self.is_open:
            self._passage.brings(data)
        elif data in self.kept:
            self.copies.append(data)
        else:
            self.kept.append(data)

    def rebind(self) -> None:
        self._passage.rebind()

    def fragments(self, data: bytes, size: int) -> Sequence[bytes]:
        if self._record is None:
            return (data,)
        self._passage.proxy.renumbered.add(self._passage.direction)
        return [bytes(record) for record in fragments(self._record, size)]
