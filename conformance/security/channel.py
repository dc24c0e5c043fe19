"""The tester's end of DTLS towards the SUT, and what happened there."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Psk, PskStore
from conformance.dtls.mux import Peer, PeerEvent
from conformance.dtls.suites import SUITES, CipherSuite
from conformance.dtls.trust import AnyCertificate, ExpectedPublicKeys
from conformance.security.credentials import Credentials
from conformance.transports.dtls import DtlsTransport
from conformance.transports.recorder import Address, Recorder
from conformance.waiting import Bell

MAX_EVENTS = 10_000
"""Events that are kept of one conversation."""


@dataclass(frozen=True)
class Happened:
    """Something that happened to an association; `frame` is that of the last datagram before it."""

    peer: Peer
    event: PeerEvent
    frame: int


class FrameWatch:
    """A recorder that hands everything on and knows the number of the last frame."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.last = 0

    def datagram(
        self, direction: Any, data: bytes, local: Address, remote: Address, arrived: float | None = None
    ) -> int:
        self.last = self._recorder.datagram(direction, data, local, remote, arrived)
        return self.last


class SecureChannel:
    """The associations that devices under test have with a tester's server.

    What a device shows of itself is let in whatever it is, so that a case can judge it; a wrong pre-shared
    key shows in the handshake.
    """

    def __init__(self, transport: DtlsTransport, credentials: Credentials, keys: PskStore, watch: FrameWatch):
        """Use `open` to make one."""
        self.transport = transport
        self.credentials = credentials
        self.keys = keys
        self.happened: list[Happened] = []
        self._watch = watch
        self._taken: set[int] = set()
        self._bell = Bell()
        transport.on_event = self._note

    @classmethod
    async def open(
        cls,
        local: Address,
        recorder: Recorder,
        credentials: Credentials,
        chance: random.Random,
        key_log: Callable[[str], None],
    ) -> SecureChannel:
        """Listen at an address. Raises AddressInUse or InvalidAddress."""
        keys, watch = PskStore(), FrameWatch(recorder)
        configuration = server_configuration(credentials, keys, chance)
        transport = await DtlsTransport.open(
            local, watch, random=chance.randbytes, server=configuration, key_log=key_log
        )
        return cls(transport, credentials, keys, watch)

    async def next(self, kinds: type[Any] | tuple[type[Any], ...], within: float) -> Happened | None:
        """The oldest event of these kinds that no one took yet; None after `within` seconds."""
        return await self._bell.first(lambda: self._take(kinds), within)

    def _take(self, kinds: type[Any] | tuple[type[Any], ...]) -> Happened | None:
        for number, happened in enumerate(self.happened):
            if number not in self._taken and isinstance(happened.event, kinds):
                self._taken.add(number)
                return happened
        return None

    def _note(self, peer: Peer, event: PeerEvent) -> None:
        if len(self.happened) < MAX_EVENTS:
            self.happened.append(Happened(peer, event, self._watch.last))
            self._bell.ring()


def server_configuration(credentials: Credentials, keys: PskStore, chance: random.Random) -> Configuration:
    """A server that takes every suite of the mode, demands a cookie, and asks a device for its credential."""
    cookie_secret = chance.randbytes(32)
    if isinstance(credentials.tester, Psk):
        keys.add(credentials.tester)
        return Configuration(suites_of("psk"), psk_store=keys, cookie_secret=cookie_secret)
    return Configuration(
        suites_of(credentials.mode),
        credentials=(credentials.tester,),
        public_keys=ExpectedPublicKeys() if credentials.mode == "rpk" else None,
        certificates=AnyCertificate() if credentials.mode == "x509" else None,
        cookie_secret=cookie_secret,
    )


def suites_of(mode: str) -> tuple[CipherSuite, ...]:
    """Every suite of a mode: those of pre-shared keys, or those of certificates and raw public keys."""
    return tuple(suite for suite in SUITES.values() if suite.key_exchange.psk == (mode == "psk"))
