"""Whoever stands between two ends, knows a secret of theirs, and reads along without taking part.

With a pre-shared key only plain PSK can be read so (RFC 4279 §2): an ephemeral key exchange keeps its secret.
With the master secret of an association, as a key log holds it, all of it can be read.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from conformance.dtls.credentials import PskStore
from conformance.dtls.errors import BadRecordMac, DtlsError
from conformance.dtls.extensions import ExtensionType, read_short_bytes
from conformance.dtls.fragments import Arrival, Reassembly
from conformance.dtls.hello import RANDOM_LENGTH, ClientHello, ServerHello
from conformance.dtls.key_exchange import ClientKeyExchange
from conformance.dtls.key_schedule import psk_premaster
from conformance.dtls.keys import HandshakeKeys
from conformance.dtls.message import Fragment, HandshakeType, read_fragments
from conformance.dtls.negotiation import Negotiated
from conformance.dtls.protection import Protection
from conformance.dtls.records import DTLS_1_2, ContentType, Record, parse_datagram
from conformance.dtls.replay_window import ReplayWindow
from conformance.dtls.suites import SUITES, KeyExchange

Sender = Literal["client", "server"]
MAXIMUM_KEYS = 8
"""Associations of one path whose keys are kept: an old one lives until a new handshake is complete."""

_HELLOS = {HandshakeType.CLIENT_HELLO, HandshakeType.SERVER_HELLO, HandshakeType.HELLO_VERIFY_REQUEST}


@dataclass(frozen=True)
class Overheard:
    """What a datagram says to whoever holds the key.

    `data` is application data that was protected, `clear` application data that was not. `key_log` are lines
    for the secrets that became known with this datagram. `unread` says why a record could not be read.
    """

    data: tuple[bytes, ...] = ()
    clear: tuple[bytes, ...] = ()
    key_log: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass
class _Gathering:
    data: list[bytes] = field(default_factory=list)
    clear: list[bytes] = field(default_factory=list)
    key_log: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def overheard(self) -> Overheard:
        return Overheard(tuple(self.data), tuple(self.clear), tuple(self.key_log), tuple(self.unread))


@dataclass(frozen=True)
class _Keys:
    """The keys of one epoch, by who writes with them, with the Connection ID that the writer puts in."""

    epoch: int
    writing: Mapping[Sender, Protection]
    cids: Mapping[Sender, bytes | None]
    windows: Mapping[Sender, ReplayWindow]

    def opened(self, sender: Sender, record: Record) -> tuple[int, bytes]:
        """The true type and the content of a record; raises BadRecordMac for one of other keys."""
        if record.epoch != self.epoch or (record.cid or b"") != (self.cids[sender] or b""):
            raise BadRecordMac("a record of another epoch or association")
        content = self.writing[sender].open(record, record.fragment)
        if record.content_type != ContentType.TLS12_CID:
            return record.content_type, content
        content = content.rstrip(b"\0")
        return (content[-1], content[:-1]) if content else (ContentType.TLS12_CID, b"")


class _Handshake:
    """One handshake as it passes by; `random` is that of the client."""

    def __init__(self, random: bytes, epoch: int) -> None:
        self.random = random
        self.epoch = epoch
        self.arriving: Mapping[Sender, Reassembly] = {"client": Reassembly(), "server": Reassembly()}
        self.transcript = bytearray()
        self.client_hello: ClientHello | None = None
        self.server_hello: ServerHello | None = None
        self.opened: dict[Sender, Fragment] = {}
        """The hello that each end sent last."""
        self.reason = ""
        """Why it cannot be read along."""

    def add(self, fragment: Fragment, epoch: int, sender: Sender) -> None:
        """Take in a piece of a message. Another hello than before begins anew at its number: either end may
        have been sent a damaged one, and numbers go on with each answer to it."""
        arriving = self.arriving[sender]
        whole = not fragment.offset and len(fragment.data) == fragment.length
        another = whole and fragment.type in _HELLOS and fragment != self.opened.get(sender)
        if another:
            self.opened[sender] = fragment
            if fragment.message_seq != arriving.next:
                arriving.begin_at(fragment.message_seq)
        if arriving.add(fragment, epoch) is Arrival.CONTRADICTION and another:
            arriving.begin_at(fragment.message_seq)
            arriving.add(fragment, epoch)

    @property
    def hellos(self) -> tuple[ClientHello, ServerHello] | None:
        """Both, once the server has chosen something that can be read along."""
        if self.client_hello is None or self.server_hello is None or self.reason:
            return None
        return self.client_hello, self.server_hello


@dataclass
class _Path:
    handshake: _Handshake | None = None
    keys: list[_Keys] = field(default_factory=list)


class Eavesdropper:
    """Reads what clients and servers that share the `psks` say to each other on any number of paths.

    `masters` are master secrets by the random of the ClientHello, as in an NSS key log. A path is whatever
    tells one pair of addresses from another. `client_hello` and `server_hello` are the newest that passed,
    None before the first.
    """

    def __init__(self, psks: PskStore, masters: Mapping[bytes, bytes] | None = None) -> None:
        self.client_hello: ClientHello | None = None
        self.server_hello: ServerHello | None = None
        self._psks = psks
        self._masters = dict(masters or {})
        self._sessions: dict[bytes, bytes] = {}
        self._paths: dict[Hashable, _Path] = {}

    def hear(self, data: bytes, sender: Sender, path: Hashable = None) -> Overheard:
        """Take in a datagram that one end sent."""
        on, found, rest = self._paths.setdefault(path, _Path()), _Gathering(), data
        while rest:
            record, keys = self._next(rest, sender, on)
            if record is None:
                found.unread.append(_reason(on) or parse_datagram(rest).problem)
                break
            rest = rest[len(bytes(record)) :]
            if record.epoch == 0:
                self._take(record.content_type, record.fragment, record, sender, on, found)
            elif keys is None:
                found.unread.append(_reason(on) or "a record of keys that are not known")
            elif not keys.windows[sender].refuses(record.sequence):
                keys.windows[sender].accept(record.sequence)
                self._take(*keys.opened(sender, record), record, sender, on, found)
        return found.overheard()

    def reason(self, path: Hashable) -> str:
        """Why what passes on a path cannot be read; empty if it can, or if no handshake came so far."""
        return _reason(self._paths.get(path, _Path()))

    def _next(self, data: bytes, sender: Sender, on: _Path) -> tuple[Record | None, _Keys | None]:
        """The record at the beginning, and the keys that open it; None for what is no record."""
        elsewhere = [keys for path in self._paths.values() if path is not on for keys in path.keys]
        for keys in reversed([*elsewhere, *on.keys]):
            if not (record := _first(data, keys.cids[sender])) or not record.epoch:
                continue
            try:
                keys.opened(sender, record)
            except BadRecordMac:
                continue
            return record, keys
        return _first(data, None), None

    def _take(
        self,
        content_type: int,
        content: bytes,
        record: Record,
        sender: Sender,
        on: _Path,
        found: _Gathering,
    ) -> None:
        if content_type == ContentType.APPLICATION_DATA:
            (found.data if record.epoch else found.clear).append(content)
        elif content_type == ContentType.HANDSHAKE:
            try:
                for fragment in read_fragments(content):
                    self._fragment(fragment, record.epoch, sender, on, found)
            except DtlsError as problem:
                found.unread.append(str(problem))

    def _fragment(self, fragment: Fragment, epoch: int, sender: Sender, on: _Path, found: _Gathering) -> None:
        random = _opening(fragment, sender)
        if random and (on.handshake is None or on.handshake.random != random):
            on.handshake = _Handshake(random, epoch)
        handshake = on.handshake
        if handshake is None or epoch != handshake.epoch:
            return
        handshake.add(fragment, epoch, sender)
        while message := handshake.arriving[sender].take():
            self._message(message, handshake, on, found)

    def _message(self, message: Fragment, handshake: _Handshake, on: _Path, found: _Gathering) -> None:
        match message.type:
            case HandshakeType.CLIENT_HELLO:
                self.client_hello = handshake.client_hello = ClientHello.parse(message.data)
                handshake.transcript = bytearray(bytes(message))
                return
            case HandshakeType.HELLO_VERIFY_REQUEST | HandshakeType.HELLO_REQUEST:
                return
            case HandshakeType.SERVER_HELLO:
                self.server_hello = handshake.server_hello = ServerHello.parse(message.data)
                known = handshake.random in self._masters
                handshake.reason = _reason_against(handshake.server_hello, known)
        handshake.transcript += bytes(message)
        if handshake.hellos is None:
            return
        keys: HandshakeKeys | None = None
        master = self._masters.get(handshake.random)
        if message.type == HandshakeType.SERVER_HELLO and master is not None:
            client, server = handshake.hellos
            keys = HandshakeKeys("client", _negotiated(server), client.random, server.random, master)
        elif master is not None:
            return
        elif message.type == HandshakeType.SERVER_HELLO:
            keys = self._resumed(handshake, *handshake.hellos)
        elif message.type == HandshakeType.CLIENT_KEY_EXCHANGE:
            exchange = ClientKeyExchange.parse(message.data, KeyExchange.PSK)
            keys = self._agreed(exchange, handshake, *handshake.hellos)
        if keys is not None:
            found.key_log.append(keys.log_line)
            on.keys.append(_keys_of(keys, handshake.epoch + 1, *handshake.hellos))
            del on.keys[:-MAXIMUM_KEYS]

    def _resumed(
        self, handshake: _Handshake, client: ClientHello, server: ServerHello
    ) -> HandshakeKeys | None:
        if not client.session_id or client.session_id != server.session_id:
            return None
        master = self._sessions.get(server.session_id)
        if master is None:
            handshake.reason = "a session is resumed whose handshake did not pass here"
            return None
        return HandshakeKeys("client", _negotiated(server), client.random, server.random, master)

    def _agreed(
        self, exchange: ClientKeyExchange, handshake: _Handshake, client: ClientHello, server: ServerHello
    ) -> HandshakeKeys | None:
        psk = self._psks.lookup(exchange.identity or b"")
        if psk is None:
            handshake.reason = f"nobody knows the PSK identity {exchange.identity!r}"
            return None
        premaster, transcript = psk_premaster(psk.key), bytes(handshake.transcript)
        randoms = (client.random, server.random)
        keys = HandshakeKeys.agreed("client", _negotiated(server), *randoms, premaster, transcript)
        if server.session_id:
            self._sessions[server.session_id] = keys.master
        return keys


def _first(data: bytes, cid: bytes | None) -> Record | None:
    records = parse_datagram(data, len(cid) if cid is not None else None).records
    return records[0] if records else None


def _opening(fragment: Fragment, sender: Sender) -> bytes:
    """The random of a ClientHello that may begin a handshake; empty for anything else."""
    begins = sender == "client" and fragment.type == HandshakeType.CLIENT_HELLO
    return fragment.data[2 : 2 + RANDOM_LENGTH] if begins and not fragment.offset else b""


def _cid(hello: ClientHello | ServerHello) -> bytes | None:
    data = hello.extension(ExtensionType.CONNECTION_ID)
    return read_short_bytes(data, "connection_id") if data is not None else None


def _negotiated(server: ServerHello) -> Negotiated:
    return Negotiated(
        SUITES[server.suite],
        extended_master_secret=server.extension(ExtensionType.EXTENDED_MASTER_SECRET) is not None,
        encrypt_then_mac=server.extension(ExtensionType.ENCRYPT_THEN_MAC) is not None,
    )


def _keys_of(keys: HandshakeKeys, epoch: int, client: ClientHello, server: ServerHello) -> _Keys:
    # Each end says what the other is to put into its records (RFC 9146 §3).
    with_cid = server.extension(ExtensionType.CONNECTION_ID) is not None
    return _Keys(
        epoch,
        {"client": keys.writing, "server": keys.reading},
        {"client": _cid(server) if with_cid else None, "server": _cid(client) if with_cid else None},
        {"client": ReplayWindow(), "server": ReplayWindow()},
    )


def _reason_against(hello: ServerHello, known: bool) -> str:
    suite = SUITES.get(hello.suite)
    if hello.version != DTLS_1_2:
        return f"the server chose version 0x{hello.version:04X}, which is not DTLS 1.2"
    if suite is None:
        return f"the server chose the cipher suite 0x{hello.suite:04X}, which is not known here"
    if suite.key_exchange is not KeyExchange.PSK and not known:
        return f"the server chose {suite}, and only plain PSK can be read along"
    return ""


def _reason(path: _Path) -> str:
    return path.handshake.reason if path.handshake is not None else ""
