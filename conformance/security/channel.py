"""The tester's end of DTLS towards the SUT, and what happened there."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Psk, PskStore
from conformance.dtls.events import Established
from conformance.dtls.mux import Peer, PeerEvent
from conformance.dtls.random_source import seeded
from conformance.dtls.script import Script
from conformance.dtls.suites import SUITES, CipherSuite
from conformance.dtls.trust import AnyCertificate, ExpectedPublicKeys
from conformance.security.credentials import Credentials
from conformance.security.datagrams import Datagram, FrameWatch
from conformance.security.standing import Standing, begun
from conformance.transports.dtls import DtlsTransport
from conformance.transports.recorder import Address, Direction, Recorder
from conformance.waiting import Bell

MAX_EVENTS = 10_000
"""Events that are kept of one conversation."""


@dataclass(frozen=True)
class Happened:
    """Something that happened to an association; `frame` is that of the last datagram before it."""

    peer: Peer
    event: PeerEvent
    frame: int


class SecureChannel:
    """The associations that devices under test have with a tester's server.

    What a device shows of itself is let in whatever it is, so that a case can judge it; a wrong pre-shared
    key shows in the handshake. `configuration` is what the tester's server is by right, whatever it is made
    to be for a while; `script` takes part in whatever goes to a device. `secrets` are the lines of an NSS key
    log of its associations, and `stood` says that the first of them are from an earlier conversation.
    """

    def __init__(
        self,
        transport: DtlsTransport,
        credentials: Credentials,
        configuration: Configuration,
        script: Script,
        watch: FrameWatch,
        chance: random.Random,
        secrets: list[str],
        keep: Callable[[str], None],
    ) -> None:
        """Use `open` to make one."""
        self.transport = transport
        self.credentials = credentials
        self.configuration = configuration
        self.script = script
        self.secrets = secrets
        self._keep = keep
        self.stood = False
        self.happened: list[Happened] = []
        self._watch = watch
        self._taken: set[int] = set()
        self._bell = Bell()
        self._chance = chance
        transport.on_event = self._note

    @classmethod
    async def open(
        cls,
        local: Address,
        recorder: Recorder,
        credentials: Credentials,
        chance: random.Random,
        key_log: Callable[[str], None],
        standing: Standing | None = None,
    ) -> SecureChannel:
        """Listen at an address, and go on with associations of an earlier conversation, whose handshakes then
        stand at the beginning of this one's evidence.

        Raises AddressInUse or InvalidAddress.
        """
        watch = FrameWatch(recorder)
        configuration = server_configuration(credentials, PskStore(), chance)
        secrets: list[str] = []

        def keep(line: str) -> None:
            secrets.append(line)
            key_log(line)

        if standing is not None:
            transport = await DtlsTransport.resume(standing.mux, local, watch, configuration, keep)
            channel = cls(
                transport, credentials, configuration, standing.script, watch, chance, secrets, keep
            )
            channel.recall(standing)
            return channel
        script = Script()
        transport = await DtlsTransport.open(
            local,
            watch,
            random=seeded(chance.getrandbits(64)),
            server=configuration,
            script=lambda _address: script,
            key_log=keep,
        )
        return cls(transport, credentials, configuration, script, watch, chance, secrets, keep)

    @property
    def datagrams(self) -> list[Datagram]:
        """The datagrams of the conversation, the first ten thousand of them."""
        return self._watch.datagrams

    @property
    def standing(self) -> Standing | None:
        """The associations that there are, and how they began; None where there are none."""
        live = [
            (each.peer, each.event)
            for each in self.happened
            if isinstance(each.event, Established) and self.transport.stands(each.peer)
        ]
        kept = tuple(begun(live, self.datagrams, self.secrets))
        return Standing(self.transport.mux, self.script, kept) if kept else None

    def let_stand(self) -> Standing | None:
        """Keep the associations for the next conversation, and tell their peers nothing at the end of this
        one."""
        self.transport.parts = False
        self.script.rest()
        return self.standing

    def recall(self, standing: Standing) -> None:
        """Begin the evidence, which is empty, with the handshakes of these associations."""
        self.stood = True
        for seen_before in (self.happened, self._taken, self.datagrams, self.secrets):
            seen_before.clear()
        for each in standing.begun:
            for seen in each.datagrams:
                direction: Direction = "in" if seen.incoming else "out"
                self._watch.datagram(direction, seen.data, self.transport.local, seen.remote, seen.time)
            self._keep(each.secret)
            self.happened.append(Happened(each.peer, each.event, self._watch.last))

    def become(self, credentials: Credentials) -> None:
        """Be a server with these credentials from now on; what it knew before it knows no more."""
        self.credentials = credentials
        self.configuration = server_configuration(credentials, PskStore(), self._chance)
        self.transport.serve(self.configuration)

    async def next(self, kinds: type[Any] | tuple[type[Any], ...], within: float) -> Happened | None:
        """The oldest event of these kinds that no one took yet; None after `within` seconds."""
        return await self._bell.first(lambda: self._take(kinds), within)

    async def comes(self, kind: type[Any], unless: type[Any], within: float) -> bool:
        """Whether an event of the one kind comes before one of the other, which is then taken, and within
        some seconds; the event itself is left for who expects it."""
        happened = await self.next((kind, unless), within)
        if happened is None or not isinstance(happened.event, kind):
            return False
        self._taken.remove(self.happened.index(happened))
        return True

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
