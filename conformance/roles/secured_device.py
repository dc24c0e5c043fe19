"""DTLS of the tester's devices with a server under test: who is let in, and handshakes as the client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from conformance.coap.carrier import Address
from conformance.coap.endpoint import Endpoint
from conformance.dtls.client import Client
from conformance.dtls.credentials import Certificate, Credential, Psk, RawPublicKey
from conformance.dtls.events import Closed, Established, Failed
from conformance.dtls.mux import Peer
from conformance.dtls.script import Script
from conformance.dtls.session import Session
from conformance.roles.context import CaseContext
from conformance.roles.secured import Handshake
from conformance.roles.user_side import RESPONSE, UserSide
from conformance.security.channel import Happened
from conformance.security.clients import ClientCredentials, SecureClient
from conformance.security.given import Shown
from conformance.transports.dtls import HandshakeFailed
from conformance.verdicts import HarnessError, Inconclusive, Level, NotApplicable, Subject

OpenClient = Callable[[], Awaitable[tuple[Endpoint, SecureClient]]]
"""Opens a further endpoint that speaks DTLS, in the same evidence; the conversation closes it."""

SESSION_ID_LENGTH = 32
MASTER_SECRET_LENGTH = 48
SECURITY_MODES = {"psk": 0, "rpk": 1, "x509": 2}

FIRST_TIMEOUT = 0.3
"""Seconds after which the tester repeats a flight, so that a case need not wait for the usual second."""


class SecuredDevice:
    """The DTLS client of one device of the tester.

    `credential` is what it shows; a case may change it between two handshakes.
    """

    def __init__(
        self,
        context: CaseContext,
        name: str,
        client: SecureClient,
        server: Address,
        credentials: ClientCredentials,
        credential: Credential,
        admit: Callable[[str, Credential], Awaitable[None]],
    ) -> None:
        self.context = context
        self.name = name
        self._admit = admit
        self.client = client
        self.server_address = server
        self.credentials = credentials
        self.credential = credential

    @property
    def mode(self) -> int:
        """The Security Mode (LwM2M Core 1.1.1 §E.1, /0/x/2)."""
        return SECURITY_MODES[self.credentials.mode]

    @property
    def expected(self) -> str:
        """What the server has to show of itself, as the field of a handshake; in the mode psk the identity
        of the key that it shares with the device."""
        match self.credentials.server:
            case RawPublicKey() | Shown() as own:
                return own.public.hex()
            case Certificate() as own:
                return own.chain[0].hex()
            case None:
                assert isinstance(self.credential, Psk)
                return self.credential.identity.decode()

    @property
    def peer(self) -> Peer:
        """The association with the server.

        Raises:
            Inconclusive: the server ended it.
            HarnessError: there was none.
        """
        found = self.client.transport.peer(self.server_address)
        if found is not None:
            return found
        if any(isinstance(each.event, Closed | Failed) for each in self.client.happened):
            raise Inconclusive("preamble: the server ended the association with the device")
        raise HarnessError("the device has no association with the server: wait for a handshake first")

    @property
    def session(self) -> Session | None:
        """With what the next handshake can be shortened; None where the server gave the session no id."""
        association = self.peer.association
        return association.session if isinstance(association, Client) else None

    def invented_session(self) -> Session:
        """A session like the one at hand which the server never gave out."""
        association, chance = self.peer.association, self.context.chance
        if association.negotiated is None:
            raise HarnessError("the handshake of the device has not agreed on anything yet")
        return Session(
            chance.randbytes(SESSION_ID_LENGTH),
            association.negotiated.suite,
            chance.randbytes(MASTER_SECRET_LENGTH),
            association.negotiated.extended_master_secret,
            association.peer,
        )

    async def admit(self) -> None:
        """Have the user of the server let the device in, which raises what `Admission.admit` raises."""
        await self._admit(self.name, self.credential)

    def wrong(self) -> Credential:
        """What somebody might show in the name of this device: its identity with another key, another pair
        of keys, or a certificate of an authority that the server does not trust."""
        if isinstance(self.credential, Psk):
            return Psk(self.credential.identity, self.context.chance.randbytes(len(self.credential.key)))
        return self.credentials.foreign(self.name)

    async def attempt(
        self, *, within: float | None = None, script: Script | None = None, **changes: Any
    ) -> Established | HandshakeFailed:
        """Make a handshake and tell what became of it; nothing is judged.

        `changes` are fields of a `Configuration`. An association that there was is given up without a word.
        """
        configuration = replace(self.credentials.configuration(self.credential), **changes)
        seconds = within or self.context.ixit.reaction_time
        try:
            return await self.client.transport.connect(self.server_address, configuration, seconds, script)
        except HandshakeFailed as failed:
            return failed

    async def connected(self, **how: Any) -> None:
        """Make a handshake: a step of the preamble; `how` goes to `attempt`.

        Raises:
            Inconclusive: it was not completed.
        """
        outcome = await self.attempt(**how)
        if not isinstance(outcome, Established):
            raise Inconclusive(f"preamble: {outcome}")

    async def handshake(self, *, name: str = "handshake", **how: Any) -> Handshake:
        """Make a handshake and expect that it is completed; records ``<name>.complete``.

        Raises:
            CheckFailed: it was not, within the limit (seconds, default the reaction time).
        """
        outcome = await self.attempt(**how)
        complete = isinstance(outcome, Established)
        wanted = "a completed handshake"
        self.context.record.judge(
            f"{name}.complete",
            wanted,
            wanted if complete else None,
            actual=wanted if complete else str(outcome),
            subject=Subject("handshake", self.client.last_frame),
            limit=how.get("within") or self.context.ixit.reaction_time,
        )
        if not isinstance(outcome, Established):
            raise HarnessError("unreachable: a missing handshake passed its check")
        return Handshake(self.context.record, Happened(self.peer, outcome, self.client.last_frame), outcome)

    async def welcomed(self, *, name: str, **how: Any) -> bool:
        """Whether a handshake is completed that a server should let come about, but need not; records
        ``<name>.complete``."""
        outcome = await self.attempt(**how)
        complete, wanted = isinstance(outcome, Established), "a completed handshake"
        self.context.record.judge(
            f"{name}.complete",
            wanted,
            wanted if complete else None,
            actual=wanted if complete else str(outcome),
            level=Level.SHOULD,
            subject=Subject("handshake", self.client.last_frame),
            limit=how.get("within") or self.context.ixit.reaction_time,
        )
        return complete

    async def moved(self) -> None:
        """Go on at another address of the same host."""
        await self.client.transport.move((self.context.ixit.tester.split(":")[0], 0))

    async def refused(self, *, name: str = "refusal", **how: Any) -> HandshakeFailed:
        """Make a handshake and expect that it is not completed; records ``<name>.refused``. An alert and
        silence are both right.

        Raises:
            CheckFailed: it was completed.
        """
        outcome = await self.attempt(**how)
        complete = isinstance(outcome, Established)
        self.context.record.judge(
            f"{name}.refused",
            None,
            "a completed handshake" if complete else None,
            actual="a completed handshake" if complete else str(outcome),
            what="no completed handshake, not",
            subject=Subject("handshake", self.client.last_frame),
        )
        if isinstance(outcome, Established):
            raise HarnessError("unreachable: a handshake passed the check that there is none")
        return outcome

    def expect_kept(self, *, name: str = "association") -> bool:
        """Whether no alert has ended an association, which should be so (RFC 6347 §4.1.2.7); records
        ``<name>.ended``."""
        ended = [each.event.reason for each in self.client.happened if isinstance(each.event, Failed)]
        self.context.record.judge(
            f"{name}.ended", [], ended, level=Level.SHOULD, what="an association without end, not"
        )
        return not ended

    def close(self) -> None:
        """End the association with close_notify."""
        self.client.transport.disconnect(self.server_address)

    def abandon(self) -> None:
        """Lose the association and tell nobody."""
        self.client.transport.abandon(self.server_address)


class Admission:
    """By which the tester's devices get into a server that runs in a security mode."""

    def __init__(self, user: UserSide, server: Address, credentials: ClientCredentials, open: OpenClient):
        self.credentials = credentials
        self._user = user
        self._server = server
        self._open = open

    @property
    def fixed(self) -> bool:
        """Whether the server knows one device, by no doing of the suite."""
        return self.credentials.fixed is not None

    async def admit(self, name: str, credential: Credential) -> None:
        """Have the user of the server let a device in that shows this.

        Raises:
            NotApplicable: the adapter does not offer the verb ``credential``, or not in this mode.
            Inconclusive: the server does not take the credential.
        """
        result = await self._user.verb("credential", endpoint=name, **self.credentials.admission(credential))
        if result.outcome != RESPONSE:
            detail = result.given.get("detail")
            raise Inconclusive(f"preamble: the SUT does not let a device in: {result.outcome} ({detail})")

    async def client(self, name: str, *, admitted: bool) -> tuple[Endpoint, SecuredDevice]:
        """A socket for the device of this name with a credential of its own; the server knows it if
        `admitted`."""
        fixed, known = self.credentials.fixed, name == self._user.context.endpoint
        if admitted and fixed is not None and not known:
            raise NotApplicable("the server knows one device, ixit.endpoint, and the case needs another")
        credential = fixed if admitted and fixed is not None else self.credentials.draw(name)
        if admitted and fixed is None:
            await self.admit(name, credential)
        endpoint, client = await self._open()
        device = SecuredDevice(
            self._user.context, name, client, self._server, self.credentials, credential, self.admit
        )
        return endpoint, device
