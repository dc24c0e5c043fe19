"""The tester's devices as DTLS clients of a server under test: what they prove themselves with, and with
what they connect."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Certificate, Credential, Psk, RawPublicKey
from conformance.dtls.message import Fragment, HandshakeType, read_fragments
from conformance.dtls.mux import Peer, PeerEvent, Stray
from conformance.dtls.random_source import seeded
from conformance.dtls.records import ContentType
from conformance.dtls.suites import CipherSuite
from conformance.dtls.trust import AnyCertificate, ExpectedPublicKeys
from conformance.security.channel import MAX_EVENTS, Happened, suites_of
from conformance.security.credentials import PSK_LENGTH, written
from conformance.security.datagrams import Datagram, FrameWatch
from conformance.security.given import Given, Shown
from conformance.security.issuing import Authority, drawn_key, private_der
from conformance.transports.dtls import DtlsTransport
from conformance.transports.recorder import Address, Recorder
from conformance.waiting import Bell

KeyLog = Callable[[str], None]


class ClientCredentials:
    """What the server under test and the devices of one case prove themselves with.

    `placeholders` are those by which the server learns its own part; the credential of a device comes to it
    by the verb ``credential``, whose arguments `admission` makes. `server` is what the server shows, None in
    the mode psk. `authority` issued all certificates, unless they are given: then `fixed` is what
    the one device shows that the server knows, by no doing of the suite.
    """

    def __init__(
        self, mode: str, host: str, folder: Path, chance: random.Random, fixed: Given | None = None
    ) -> None:
        """`folder` takes the files that the server is to read, `host` is the name in its certificate."""
        self.mode = mode
        self.placeholders: dict[str, str] = {}
        self.server: RawPublicKey | Certificate | Shown | None = None
        self.fixed = fixed.tester if fixed is not None else None
        self._chance = chance
        self.authority = Authority(chance)
        if fixed is not None:
            self.server = fixed.sut if isinstance(fixed.sut, Shown) else None
        elif mode == "rpk":
            own = self.server = RawPublicKey(drawn_key(chance))
            self.placeholders = written(folder, key=private_der(own.private), cert=own.public)
        elif mode == "x509":
            shown = self.server = self.authority.issue(host, drawn_key(chance))
            self.placeholders = written(
                folder, key=private_der(shown.private), cert=shown.chain[0], trust=self.authority.anchor
            )

    def draw(self, name: str, *, length: int = PSK_LENGTH) -> Credential:
        """A credential for the device of this name, unlike any other; `length` is that of a key, in bytes."""
        if self.mode == "psk":
            identity = f"device-{self._chance.randrange(16**8):08x}"
            return Psk(identity.encode(), self._chance.randbytes(length))
        if self.mode == "rpk":
            return RawPublicKey(drawn_key(self._chance))
        return self.authority.issue(name, drawn_key(self._chance))

    def foreign(self, name: str) -> Credential:
        """The same, but a certificate is one of an authority that the server does not trust."""
        if self.mode != "x509":
            return self.draw(name)
        return Authority(self._chance, "another authority").issue(name, drawn_key(self._chance))

    def admission(self, credential: Credential) -> dict[str, str]:
        """The arguments of the verb ``credential`` that let a device in which shows this."""
        match credential:
            case Psk(identity=identity, key=key):
                return {"mode": "psk", "identity": identity.decode(), "key_hex": key.hex()}
            case RawPublicKey():
                return {"mode": "rpk", "public_key_hex": credential.public.hex()}
            case Certificate(chain=chain):
                return {"mode": "x509", "certificate_hex": chain[0].hex()}

    def configuration(self, credential: Credential) -> Configuration:
        """How a device connects that shows this: every suite of the mode, and any credential of the server,
        so that a case can judge it."""
        return Configuration(
            suites=self.suites,
            credentials=(credential,),
            public_keys=ExpectedPublicKeys() if self.mode == "rpk" else None,
            certificates=AnyCertificate() if self.mode == "x509" else None,
        )

    @property
    def suites(self) -> tuple[CipherSuite, ...]:
        """Every suite of the mode."""
        return suites_of(self.mode)


class SecureClient:
    """The socket of one device, and what happened to its associations."""

    def __init__(self, transport: DtlsTransport, watch: FrameWatch) -> None:
        """Use `open` to make one."""
        self.transport = transport
        self.happened: list[Happened] = []
        self.strays: list[Stray] = []
        self._bell = Bell()
        self._watch = watch
        transport.on_event = self._note
        transport.on_stray = self.strays.append

    @classmethod
    async def open(
        cls, local: Address, recorder: Recorder, chance: random.Random, key_log: KeyLog
    ) -> SecureClient:
        """A socket at an address. Raises AddressInUse or InvalidAddress."""
        watch = FrameWatch(recorder)
        source = seeded(chance.getrandbits(64))
        return cls(await DtlsTransport.open(local, watch, random=source, key_log=key_log), watch)

    @property
    def datagrams(self) -> list[Datagram]:
        """The datagrams of this socket, the first ten thousand of them."""
        return self._watch.datagrams

    @property
    def last_frame(self) -> int:
        """The number of the last frame of this socket."""
        return self._watch.last

    def received(self, kind: HandshakeType) -> list[Fragment]:
        """The handshake messages of a type that came in clear, as far as they came in one piece."""
        records = [each for datagram in self.datagrams if datagram.incoming for each in datagram.records]
        clear = [each for each in records if each.content_type == ContentType.HANDSHAKE and not each.epoch]
        return [part for each in clear for part in read_fragments(each.fragment) if part.type == kind]

    async def first(
        self, kind: type[Any], within: float, matching: Callable[[Any], bool] = lambda _event: True
    ) -> Happened | None:
        """The first event of this kind that matches, also one of before; None after `within` seconds."""

        def look() -> Happened | None:
            found = (each for each in self.happened if isinstance(each.event, kind) and matching(each.event))
            return next(found, None)

        return await self._bell.first(look, within)

    def _note(self, peer: Peer, event: PeerEvent) -> None:
        if len(self.happened) < MAX_EVENTS:
            self.happened.append(Happened(peer, event, self._watch.last))
            self._bell.ring()
