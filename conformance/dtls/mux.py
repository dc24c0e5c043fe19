"""Many associations on one socket, told apart by address and by Connection ID."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from conformance.dtls.association import Association
from conformance.dtls.client import Client
from conformance.dtls.configuration import Configuration
from conformance.dtls.cookie import cookie_for, is_valid
from conformance.dtls.errors import DtlsError
from conformance.dtls.events import Discarded, DiscardReason, Event
from conformance.dtls.hello import ClientHello, HelloVerifyRequest
from conformance.dtls.message import Fragment, HandshakeType, read_fragments
from conformance.dtls.random_source import RandomSource
from conformance.dtls.records import ContentType, Record, parse_datagram
from conformance.dtls.script import Script
from conformance.dtls.server import Server

Address = tuple[str, int]
"""Host and port."""

MAXIMUM_UNFINISHED = 1024
"""Handshakes with clients that are under way at once; one more takes the place of the oldest."""


@dataclass(eq=False)
class Peer:
    """One association, and where its peer is now."""

    address: Address
    association: Association

    @property
    def established(self) -> bool:
        return self.association.established


@dataclass(frozen=True)
class Moved:
    """A genuine record with the peer's Connection ID came from another address (RFC 9146 §6)."""

    before: Address
    now: Address


@dataclass(frozen=True)
class Replaced:
    """The peer completed another handshake from the same address, and this association is over."""


@dataclass(frozen=True)
class Stray:
    """A datagram of which no association knows."""

    address: Address
    data: bytes
    reason: str


@dataclass(frozen=True)
class CookieAsked:
    """A ClientHello without a good cookie was answered with one, and otherwise forgotten."""

    address: Address
    hello: ClientHello


PeerEvent = Event | Moved | Replaced


class Mux:
    """Associations with many peers over one socket.

    A server keeps nothing of a client that did not bring back its cookie, and an association lives until the
    handshake that is to take its place is complete, so that a replayed ClientHello disturbs nobody
    (RFC 6347 §4.2.8). Drive it like an association; peers whose association ended are forgotten.
    """

    def __init__(
        self,
        random: RandomSource,
        server: Configuration | None = None,
        *,
        cid_length: int | None = None,
        script: Callable[[Address], Script | None] = lambda _address: None,
    ) -> None:
        """`server` is None for a socket that only connects.

        `cid_length` is that of the Connection IDs that clients are given, each another; 0 takes part without
        giving any out.
        """
        self._random = random
        self._server = server
        self._cid_length = cid_length
        self._script = script
        self._by_address: dict[Address, Peer] = {}
        self._by_cid: dict[bytes, Peer] = {}
        self._candidates: dict[Address, Peer] = {}
        self._deadlines: dict[Peer, float] = {}
        self._events: list[tuple[Peer, PeerEvent]] = []
        self._strays: list[Stray] = []
        self._cookies_asked: list[CookieAsked] = []
        self._outgoing: list[tuple[bytes, Address]] = []

    def __iter__(self) -> Iterator[Peer]:
        """Every peer with an association, complete or not."""
        yield from list(self._by_address.values())
        yield from list(self._candidates.values())

    def peer(self, address: Address) -> Peer | None:
        """The peer at an address."""
        return self._by_address.get(address)

    def connect(
        self, config: Configuration, address: Address, now: float, script: Script | None = None
    ) -> Peer:
        """Begin an association as the client; one that there was with this address is given up silently."""
        self._forget(self._by_address.get(address))
        client = Client(config, self._random, script if script is not None else self._script(address))
        peer = self._by_address[address] = Peer(address, client)
        if config.cid:
            self._by_cid[config.cid] = peer
        client.start(now)
        self._collect(peer)
        return peer

    def send(self, peer: Peer, data: bytes, now: float) -> None:
        """Send application data; raises what `Association.send` raises."""
        peer.association.send(data, now)
        self._collect(peer)

    def serve(self, server: Configuration | None) -> None:
        """Answer as this end from the next ClientHello on; None answers nobody. Associations stay."""
        self._server = server

    def close(self, peer: Peer, now: float) -> None:
        """End an association in order."""
        peer.association.close(now)
        self._collect(peer)

    def abandon(self, peer: Peer) -> None:
        """Forget an association and tell nobody, as one does who loses its state."""
        self._forget(peer)

    def flush(self, peer: Peer) -> None:
        """Take over what was done to `peer.association` directly."""
        self._collect(peer)

    @property
    def next_timeout(self) -> float | None:
        """When `timeout` is to be called; None for never."""
        return min(self._deadlines.values(), default=None)

    def timeout(self, now: float) -> None:
        """Time has passed."""
        for peer in [peer for peer, deadline in self._deadlines.items() if deadline <= now]:
            peer.association.timeout(now)
            self._collect(peer)

    def outgoing(self) -> list[tuple[bytes, Address]]:
        """The datagrams to send now, and where to."""
        datagrams, self._outgoing = self._outgoing, []
        return datagrams

    def events(self) -> list[tuple[Peer, PeerEvent]]:
        """What happened since the last call, in order."""
        happened, self._events = self._events, []
        return happened

    def strays(self) -> list[Stray]:
        """The datagrams since the last call that belong to nobody."""
        strays, self._strays = self._strays, []
        return strays

    def cookies_asked(self) -> list[CookieAsked]:
        """The first steps of clients since the last call; those that come back have an association."""
        asked, self._cookies_asked = self._cookies_asked, []
        return asked

    def receive(self, datagram: bytes, address: Address, now: float) -> None:
        """Take in one datagram that came from `address`."""
        by_cid = self._peer_of_cid(datagram)
        if by_cid is not None:
            self._receive_from(by_cid, datagram, address, now)
            return
        hello = _client_hello(datagram) if self._server is not None else None
        if hello is not None and self._server is not None:
            self._hello(hello, self._server, datagram, address, now)
            return
        live, candidate = self._by_address.get(address), self._candidates.get(address)
        if live is not None and (candidate is None or live.association.recognises(datagram)):
            self._receive_from(live, datagram, address, now)
        elif candidate is not None:
            self._receive_from(candidate, datagram, address, now)
        else:
            self._strays.append(Stray(address, datagram, "no association with this address"))

    def _peer_of_cid(self, datagram: bytes) -> Peer | None:
        if datagram[:1] != bytes([ContentType.TLS12_CID]):
            return None
        for length in {len(cid) for cid in self._by_cid}:
            peer = self._by_cid.get(datagram[11 : 11 + length])
            if peer is not None:
                return peer
        return None

    def _hello(
        self, hello: _Hello, config: Configuration, datagram: bytes, address: Address, now: float
    ) -> None:
        live, candidate = self._by_address.get(address), self._candidates.get(address)
        for known in (candidate, live):
            if known is not None and hello.belongs_to(known.association):
                if known.established:
                    self._events.append((known, _old_hello(datagram)))
                else:
                    self._receive_from(known, datagram, address, now)
                return
        message = hello.message
        secret = config.cookie_secret
        if message is not None and secret is not None and not is_valid(secret, _bytes(address), message):
            self._ask_for_cookie(hello, message, secret, datagram, address)
            return
        self._make_room()
        peer = Peer(address, self._new_server(config, address))
        if live is None:
            self._by_address[address] = peer
        elif live.established:
            self._candidates[address] = peer
        else:
            self._replace(live, peer)
        self._remember_cid(peer)
        self._receive_from(peer, datagram, address, now)

    def _ask_for_cookie(
        self, hello: _Hello, message: ClientHello, secret: bytes, datagram: bytes, address: Address
    ) -> None:
        if hello.fragment.message_seq and not message.cookie:
            self._strays.append(
                Stray(address, datagram, "a first ClientHello with a message_seq above 0 (RFC 6347 §4.2.2)")
            )
            return
        request = HelloVerifyRequest(cookie_for(secret, _bytes(address), message))
        fragment = Fragment.whole(request.type, hello.fragment.message_seq, request.body())
        record = Record(ContentType.HANDSHAKE, 0, hello.record.sequence, bytes(fragment))
        self._outgoing.append((bytes(record), address))
        self._cookies_asked.append(CookieAsked(address, message))

    def _make_room(self) -> None:
        unfinished = [each for each in self if isinstance(each.association, Server) and not each.established]
        if len(unfinished) >= MAXIMUM_UNFINISHED:
            self._forget(unfinished[0])

    def _new_server(self, config: Configuration, address: Address) -> Server:
        if self._cid_length is not None:
            config = replace(config, cid=self._fresh_cid(self._cid_length))
        return Server(config, self._random, _bytes(address), self._script(address))

    def _fresh_cid(self, length: int) -> bytes:
        cid = self._random(length)
        while cid in self._by_cid:
            cid = self._random(length)
        return cid

    def _remember_cid(self, peer: Peer) -> None:
        cid = peer.association.config.cid
        if cid:
            self._by_cid[cid] = peer

    def _receive_from(self, peer: Peer, datagram: bytes, address: Address, now: float) -> None:
        before = peer.association.newest
        peer.association.receive(datagram, now)
        if address != peer.address and peer.association.newest > before:
            self._move(peer, address)
        if peer.established and self._candidates.get(peer.address) is peer:
            self._replace(self._by_address.get(peer.address), peer)
            del self._candidates[peer.address]
        self._collect(peer)

    def _move(self, peer: Peer, address: Address) -> None:
        self._events.append((peer, Moved(peer.address, address)))
        if self._by_address.get(peer.address) is peer:
            del self._by_address[peer.address]
        peer.address = address
        self._replace(self._by_address.get(address), peer)

    def _replace(self, old: Peer | None, new: Peer) -> None:
        if old is not None:
            self._forget(old)
            self._events.append((old, Replaced()))
        self._by_address[new.address] = new

    def _forget(self, peer: Peer | None) -> None:
        if peer is None:
            return
        self._deadlines.pop(peer, None)
        for peers in (self._by_address, self._candidates):
            if peers.get(peer.address) is peer:
                del peers[peer.address]
        for cid in [cid for cid, owner in self._by_cid.items() if owner is peer]:
            del self._by_cid[cid]

    def _collect(self, peer: Peer) -> None:
        self._events += [(peer, event) for event in peer.association.events()]
        self._outgoing += [(data, peer.address) for data in peer.association.outgoing()]
        deadline = peer.association.next_timeout
        if peer.association.ended:
            self._forget(peer)
        elif deadline is None:
            self._deadlines.pop(peer, None)
        else:
            self._deadlines[peer] = deadline


@dataclass(frozen=True)
class _Hello:
    """A ClientHello in epoch 0; `message` is None where the datagram holds a piece of it only."""

    record: Record
    fragment: Fragment
    message: ClientHello | None

    def belongs_to(self, association: Association) -> bool:
        """Whether it is a repetition of what the association answers; a piece goes to an unfinished one."""
        if not isinstance(association, Server):
            return False
        if self.message is None:
            return not association.established
        return association.client_random == self.message.random


def _client_hello(datagram: bytes) -> _Hello | None:
    records = parse_datagram(datagram).records
    if not records or records[0].content_type != ContentType.HANDSHAKE or records[0].epoch:
        return None
    try:
        fragments = read_fragments(records[0].fragment)
    except DtlsError:
        return None
    if not fragments or fragments[0].type != HandshakeType.CLIENT_HELLO:
        return None
    fragment = fragments[0]
    if len(fragment.data) < fragment.length:
        return _Hello(records[0], fragment, None)
    try:
        return _Hello(records[0], fragment, ClientHello.parse(fragment.data))
    except DtlsError:
        return _Hello(records[0], fragment, None)


def _old_hello(datagram: bytes) -> Discarded:
    return Discarded(DiscardReason.RETRANSMISSION, datagram, "the ClientHello that began this association")


def _bytes(address: Address) -> bytes:
    return f"{address[0]} {address[1]}".encode()
