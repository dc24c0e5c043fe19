"""CoAP messages protected by DTLS over one UDP socket, with any number of peers in either role."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from conformance.dtls.configuration import Configuration
from conformance.dtls.events import ApplicationData, Closed, Established, Failed
from conformance.dtls.mux import CookieAsked, Mux, Peer, PeerEvent, Replaced, Stray
from conformance.dtls.random_source import RandomSource
from conformance.dtls.script import Script
from conformance.transports.recorder import Address, Direction, Recorder
from conformance.transports.udp import UdpTransport

NEVER_SENT = 0
"""The frame number of what found no association and stayed here."""


class HandshakeFailed(ConnectionError):  # noqa: N818
    """No association came about; `event` is None where the time was over first."""

    def __init__(self, remote: Address, event: Failed | Closed | None, limit: float) -> None:
        self.event = event
        why = "was closed by the peer" if isinstance(event, Closed) else "is not complete"
        if event is None:
            why += f" after {limit:g} s"
        elif isinstance(event, Failed):
            why = f"failed: {event.reason}"
        super().__init__(f"the DTLS handshake with {remote[0]}:{remote[1]} {why}")


class DtlsTransport:
    """A carrier of datagrams whose peers are associations.

    To whoever listens, a peer is at the address where its association began, also after it moved on under its
    Connection ID. `receiver(data, remote, frame, time)` is called for application data, with the frame of the
    datagram that held it; `on_event` for everything else that happens to an association, `on_stray` for
    datagrams of none, `on_cookie_asked` for the first hello of a client that is to show its address first.
    Every datagram is recorded as it was on the wire, and `key_log` is told of each association's line of an
    NSS key log.
    """

    def __init__(
        self,
        carrier: UdpTransport,
        mux: Mux,
        key_log: Callable[[str], None] | None,
        recorder: Recorder | None = None,
    ) -> None:
        """Use `open` to make one."""
        self._recorder = recorder
        self.receiver: Callable[[bytes, Address, int, float], None] | None = None
        self.on_event: Callable[[Peer, PeerEvent], None] | None = None
        self.on_stray: Callable[[Stray], None] | None = None
        self.on_cookie_asked: Callable[[CookieAsked], None] | None = None
        self.loses: Callable[[bytes], bool] = lambda _datagram: False
        """Whether a datagram that arrived counts as lost on the way."""
        self.not_sent = 0
        self.losing: Callable[[Direction, bytes], bool] | None = None
        """Of which datagrams the way loses: those to send do not leave, those received count for nothing."""
        self.parts = True
        """Whether `close` tells the peers; without, their associations can be resumed."""
        self._carrier = carrier
        self._mux = mux
        self._key_log = key_log
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._peers: dict[Address, Peer] = {}
        self._remotes: dict[Peer, Address] = {}
        self._waiting: dict[Peer, asyncio.Future[Established | Failed | Closed]] = {}
        carrier.receiver = self._receive

    @classmethod
    async def open(
        cls,
        local: Address = ("127.0.0.1", 0),
        recorder: Recorder | None = None,
        *,
        random: RandomSource,
        server: Configuration | None = None,
        cid_length: int | None = None,
        script: Callable[[Address], Script | None] = lambda _address: None,
        key_log: Callable[[str], None] | None = None,
    ) -> DtlsTransport:
        """A transport bound to a numeric address; port 0 takes any that is free.

        `server` answers who begins an association, None nobody; `cid_length` and `script` are those of `Mux`.
        Raises AddressInUse or InvalidAddress.
        """
        carrier = await UdpTransport.open(local, recorder)
        if server is not None and key_log is not None:
            server = replace(server, key_log=key_log)
        mux = Mux(random, server, cid_length=cid_length, script=script)
        return cls(carrier, mux, key_log, recorder)

    @classmethod
    async def resume(
        cls,
        mux: Mux,
        local: Address,
        recorder: Recorder | None = None,
        server: Configuration | None = None,
        key_log: Callable[[str], None] | None = None,
    ) -> DtlsTransport:
        """Go on with the associations of a transport that was closed without parting; each is known by where
        its peer is now.

        Raises AddressInUse or InvalidAddress.
        """
        transport = cls(await UdpTransport.open(local, recorder), mux, key_log, recorder)
        for peer in mux:
            transport._stand_for(peer.address, peer)
        if server is not None:
            transport.serve(server)
        transport._set_timer()
        return transport

    @property
    def mux(self) -> Mux:
        """The associations."""
        return self._mux

    def stands(self, peer: Peer) -> bool:
        """Whether the association is complete, and has not ended."""
        return peer.established and peer in self._remotes

    @property
    def local(self) -> Address:
        """The address the socket is bound to."""
        return self._carrier.local

    @property
    def closed(self) -> bool:
        return self._carrier.closed

    @property
    def unreachable(self) -> Callable[[Address], None] | None:
        """Called where the remote host says that nothing listens there."""
        return self._carrier.unreachable

    @unreachable.setter
    def unreachable(self, listener: Callable[[Address], None] | None) -> None:
        self._carrier.unreachable = listener

    def peer(self, remote: Address) -> Peer | None:
        """The association that stands for `remote`; its `association.peer` tells who that proved to be."""
        return self._peers.get(remote)

    def remote_of(self, peer: Peer) -> Address:
        """The address that stands for an association."""
        return self._remotes.get(peer, peer.address)

    async def connect(
        self, remote: Address, config: Configuration, limit: float, script: Script | None = None
    ) -> Established:
        """Begin an association as the client and wait until it is there; raises HandshakeFailed."""
        if self._key_log is not None:
            config = replace(config, key_log=self._key_log)
        peer = self._mux.connect(config, remote, time.monotonic(), script)
        self._stand_for(remote, peer)
        outcome: asyncio.Future[Established | Failed | Closed] = self._loop.create_future()
        self._waiting[peer] = outcome
        self._turn(NEVER_SENT, time.monotonic())
        try:
            event = await asyncio.wait_for(outcome, limit)
        except TimeoutError:
            self._mux.abandon(peer)
            self._leave(peer)
            raise HandshakeFailed(remote, None, limit) from None
        finally:
            self._waiting.pop(peer, None)
        if not isinstance(event, Established):
            raise HandshakeFailed(remote, event, limit)
        return event

    def send(self, data: bytes, remote: Address) -> int:
        """Send one message and return the number of its frame.

        Without an association it counts as lost on the way, and in `not_sent`; the frame is then NEVER_SENT.
        Raises ValueError for more than a record may hold.
        """
        peer = self._peers.get(remote)
        if peer is None or not peer.established:
            self.not_sent += 1
            return NEVER_SENT
        self._mux.send(peer, data, time.monotonic())
        return self._emit()

    def flush(self, peer: Peer) -> int:
        """Send what a script did to `peer.association`; the frame of the last datagram."""
        self._mux.flush(peer)
        frame = self._emit()
        self._turn(frame, time.monotonic())
        return frame

    def inject(self, datagram: bytes, remote: Address) -> int:
        """Send bytes as they are to an address, whoever is there; the number of the frame."""
        return self._carrier.send(datagram, remote)

    def serve(self, server: Configuration) -> None:
        """Answer whoever begins an association from now on as this end; those that there are go on."""
        self._mux.serve(server if self._key_log is None else replace(server, key_log=self._key_log))

    def put(self, datagram: bytes, remote: Address) -> int:
        """Send a datagram past every association; the number of its frame."""
        return self._carrier.send(datagram, remote)

    def disconnect(self, remote: Address) -> None:
        """End the association with close_notify; none is none to end."""
        peer = self._peers.get(remote)
        if peer is not None:
            now = time.monotonic()
            self._mux.close(peer, now)
            self._turn(NEVER_SENT, now)

    async def move(self, local: Address) -> None:
        """Go on with every association from another address, as one does whose address changed on the way.

        Raises AddressInUse or InvalidAddress.
        """
        before, self._carrier = self._carrier, await UdpTransport.open(local, self._recorder)
        self._carrier.receiver, self._carrier.unreachable = self._receive, before.unreachable
        before.close()

    def abandon(self, remote: Address) -> None:
        """Forget the association and tell nobody, as one does who loses its state."""
        peer = self._peers.get(remote)
        if peer is not None:
            self._mux.abandon(peer)
            self._leave(peer)

    def forget_unfinished(self) -> None:
        """Forget every handshake that is under way, and tell nobody."""
        for peer in self._mux:
            if not peer.established:
                self._mux.abandon(peer)
        self._set_timer()

    def close(self) -> None:
        """End every association where it `parts`, and release the address; nothing is received after this."""
        if self.closed:
            return
        self._carrier.receiver = None
        now = time.monotonic()
        for peer in list(self._mux):
            if peer.established and self.parts:
                self._mux.close(peer, now)
        self._emit()
        if self._timer is not None:
            self._timer.cancel()
        for outcome in self._waiting.values():
            outcome.cancel()
        self._carrier.close()

    def _receive(self, data: bytes, address: Address, frame: int, arrived: float) -> None:
        if self.losing is not None and self.losing("in", data):
            return
        if self.loses(data):
            return
        self._mux.receive(data, address, time.monotonic())
        self._turn(frame, arrived)

    def _time_out(self) -> None:
        now = time.monotonic()
        self._mux.timeout(now)
        self._turn(NEVER_SENT, now)

    def _turn(self, frame: int, arrived: float) -> None:
        """Send and tell what the last thing that happened led to."""
        self._emit()
        for peer, event in self._mux.events():
            self._tell(peer, event, frame, arrived)
        for stray in self._mux.strays():
            if self.on_stray is not None:
                self.on_stray(stray)
        for asked in self._mux.cookies_asked():
            if self.on_cookie_asked is not None:
                self.on_cookie_asked(asked)
        self._set_timer()

    def _emit(self) -> int:
        frame = NEVER_SENT
        for data, address in self._mux.outgoing():
            if self.losing is not None and self.losing("out", data):
                continue
            frame = self._carrier.send(data, address)
        return frame

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        deadline = None if self.closed else self._mux.next_timeout
        self._timer = (
            None
            if deadline is None
            else self._loop.call_later(max(0.0, deadline - time.monotonic()), self._time_out)
        )

    def _tell(self, peer: Peer, event: PeerEvent, frame: int, arrived: float) -> None:
        match event:
            case ApplicationData():
                if self.receiver is not None:
                    self.receiver(event.data, self.remote_of(peer), frame, arrived)
                return
            case Established():
                if self._remotes.get(peer) is None:
                    self._stand_for(peer.address, peer)
                self._settle(peer, event)
            case Failed() | Closed():
                self._settle(peer, event)
        if self.on_event is not None:
            self.on_event(peer, event)
        if isinstance(event, Failed | Closed | Replaced):
            self._leave(peer)

    def _settle(self, peer: Peer, event: Established | Failed | Closed) -> None:
        outcome = self._waiting.get(peer)
        if outcome is not None and not outcome.done():
            outcome.set_result(event)

    def _stand_for(self, remote: Address, peer: Peer) -> None:
        """Let `remote` stand for this association; another that stood for it is known by where it is now."""
        other = self._peers.get(remote)
        if other is not None and other is not peer:
            self._leave(other)
            if other.address != remote:
                self._peers[other.address], self._remotes[other] = other, other.address
        self._peers[remote], self._remotes[peer] = peer, remote

    def _leave(self, peer: Peer) -> None:
        remote = self._remotes.pop(peer, None)
        if remote is not None and self._peers.get(remote) is peer:
            del self._peers[remote]
