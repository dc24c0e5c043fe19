"""The tester's end of an association on a loopback socket that loses the datagrams it is told to lose."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from types import TracebackType
from typing import Literal, TypeVar

from conformance.dtls.client import Client
from conformance.dtls.configuration import Configuration
from conformance.dtls.events import ApplicationData, Closed, Established, Event, Failed
from conformance.dtls.records import ContentType
from conformance.dtls.server import Server

Address = tuple[str, int]
Direction = Literal["out", "in"]
E = TypeVar("E", bound=Event)

WITHIN = 20.0
"""Seconds in which something that is waited for must have happened; generous, for loaded machines."""


class Wire(asyncio.DatagramProtocol):
    """One association; datagram `lose` of its handshake, counted from 0 both ways, never arrives."""

    def __init__(self, association: Client | Server, lose: int | None = None) -> None:
        self.association = association
        self.happened: list[Event] = []
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        self.carried = 0
        self.carried_out = 0
        self.lost: Direction | None = None
        self.peer: Address | None = None
        self.port = 0
        self._lose = lose
        self._transport: asyncio.DatagramTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._news = asyncio.Event()
        self._taken = 0

    @classmethod
    def client(cls, config: Configuration, port: int, lose: int | None = None) -> Wire:
        """The tester as client of a server on `port` of 127.0.0.1."""
        wire = cls(Client(config, secrets.token_bytes), lose)
        wire.peer = ("127.0.0.1", port)
        return wire

    @classmethod
    def server(cls, config: Configuration, lose: int | None = None) -> Wire:
        """The tester as server, on a port of its own: `port`; it sends back all data."""
        return cls(Server(config, secrets.token_bytes, b"the only client"), lose)

    async def __aenter__(self) -> Wire:
        await self.move()
        self.association.start(self._now)
        self._drain()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.association.established:
            self.close()
        if self._timer is not None:
            self._timer.cancel()
        self._close()

    async def move(self) -> None:
        """Go on from another port of ours, as behind a NAT that has forgotten its mapping."""
        self._close()
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        """End the association with close_notify."""
        self.association.close(self._now)
        self._drain()

    async def established(self) -> Established:
        """Wait for the end of the handshake; AssertionError with what happened when there is none."""
        return await self.next(Established)

    async def data(self, length: int = 1) -> bytes:
        """Wait for application data of at least so many bytes."""
        data = b""
        while len(data) < length:
            data += (await self.next(ApplicationData)).data
        return data

    def send(self, data: bytes) -> None:
        """Send application data."""
        self.association.send(data, self._now)
        self._drain()

    async def carrying(self, out: int) -> None:
        """Wait until we sent so many datagrams of the handshake; AssertionError if we never do."""
        try:
            async with asyncio.timeout(WITHIN):
                while self.carried_out < out:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"not {out} datagrams sent within {WITHIN:.0f} s\n{self._story()}") from None

    async def next(self, kind: type[E]) -> E:
        """Wait for the next event of a kind; AssertionError with what happened instead when there is none."""
        try:
            async with asyncio.timeout(WITHIN):
                while True:
                    while self._taken < len(self.happened):
                        event = self.happened[self._taken]
                        self._taken += 1
                        if isinstance(event, kind):
                            return event
                        if isinstance(event, Failed | Closed):
                            raise AssertionError(f"the association ended: {event}\n{self._story()}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {kind.__name__} within {WITHIN:.0f} s\n{self._story()}") from None

    def _story(self) -> str:
        return f"{self.carried} datagrams, lost {self.lost}\n" + "\n".join(map(str, self.happened))

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if self.peer is None:
            self.peer = addr
        self.received.append(data)
        if self._loses("in", data):
            return
        self.association.receive(data, self._now)
        self.peer = addr
        self._drain()

    def _loses(self, direction: Direction, datagram: bytes) -> bool:
        """Whether this datagram gets lost."""
        if datagram[0] not in (ContentType.CHANGE_CIPHER_SPEC, ContentType.HANDSHAKE):
            return False
        number = self.carried
        self.carried += 1
        self.carried_out += direction == "out"
        if number != self._lose:
            return False
        self.lost = direction
        return True

    def _drain(self) -> None:
        for datagram in self.association.outgoing():
            assert self._transport is not None
            self.sent.append(datagram)
            if not self._loses("out", datagram):
                self._transport.sendto(datagram, self.peer)
        for event in self.association.events():
            self.happened.append(event)
            if isinstance(event, ApplicationData) and self.association.role == "server":
                self.send(event.data)
        self._news.set()
        self._arm(self.association.next_timeout, self._expired)

    def _arm(self, moment: float | None, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if moment is None else asyncio.get_running_loop().call_at(moment, then)

    def _expired(self) -> None:
        self.association.timeout(self._now)
        self._drain()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
