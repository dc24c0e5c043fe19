"""DTLS with the device under test: handshakes that are expected, and what the tester does to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from conformance.coap.carrier import Address
from conformance.coap.codec import dissect
from conformance.coap.message import Type
from conformance.dtls.credentials import Certificate, Psk, RawPublicKey
from conformance.dtls.errors import AlertDescription, AlertLevel
from conformance.dtls.events import Established, Failed, PeerIdentity
from conformance.dtls.handshaking import Handshaking
from conformance.dtls.hello import ClientHello
from conformance.dtls.mux import Peer
from conformance.dtls.records import ContentType, Record, parse_datagram
from conformance.dtls.suites import SUITES
from conformance.messages import Register, Update
from conformance.roles.arrival import Arrival
from conformance.roles.expectation import Judged
from conformance.security.channel import Happened, SecureChannel
from conformance.security.datagrams import Datagram
from conformance.security.given import Shown
from conformance.verdicts import CaseRecord, HarnessError, Inconclusive, Subject

if TYPE_CHECKING:
    from conformance.roles.device import Device


class Handshake(Judged):
    """A handshake that was completed; its fields are what the SUT offered, showed and agreed on.

    `suite` and `offered` are IANA names; `credential` is what the SUT showed of itself: a PSK identity,
    or the certificate of the end entity or the public key in hexadecimal DER.
    """

    def __init__(self, record: CaseRecord, happened: Happened, event: Established) -> None:
        super().__init__(record, "handshake", "handshake")
        self.peer = happened.peer
        self.event = event
        self._frame = happened.frame

    @property
    def frame(self) -> int | None:
        return self._frame

    @property
    def hello(self) -> ClientHello:
        """The ClientHello that was answered."""
        association = self.peer.association
        assert isinstance(association, Handshaking)
        hellos = [each.message for each in association.received_messages]
        return next(each for each in reversed(hellos) if isinstance(each, ClientHello))

    def field(self, name: str) -> object:
        who = self.event.peer
        match name:
            case "suite":
                return self.event.suite.name
            case "offered":
                return [SUITES[number].name for number in self.hello.suites if number in SUITES]
            case "credential":
                return _text(who.psk_identity) if who.psk_identity is not None else _end_entity(who)
            case _:
                return getattr(self.event, name)


class Refusal(Judged):
    """A handshake that did not come about: `alert` is the name of the alert, `by` is "us" or "peer"."""

    def __init__(self, record: CaseRecord, happened: Happened, event: Failed) -> None:
        super().__init__(record, "refusal", "failed handshake")
        self.event = event
        self._frame = happened.frame

    @property
    def frame(self) -> int | None:
        return self._frame

    def field(self, name: str) -> object:
        if name == "alert":
            alert = self.event.alert
            return getattr(alert, "name", alert)
        return getattr(self.event, name)


class Secured:
    """The tester's end of DTLS with the device under test: that of a server or of a bootstrap server.

    `remote` tells where the device is, by default where it registered from.
    """

    def __init__(
        self, device: Device, channel: SecureChannel, remote: Callable[[], Address] | None = None
    ) -> None:
        self.device = device
        self.channel = channel
        self._remote = remote or (lambda: device.current.remote)

    @property
    def peer(self) -> Peer:
        """The association with the device.

        Raises:
            Inconclusive: the device ended it.
        """
        found = self.channel.transport.peer(self._remote())
        if found is None:
            raise Inconclusive("the SUT ended the association over which it had registered")
        return found

    @property
    def stood(self) -> bool:
        """Whether the device came with an association, and a registration, from an earlier conversation."""
        return self.channel.stood

    @property
    def credential(self) -> str:
        """What the device has to show of itself, as the field of a handshake."""
        own = self.channel.credentials.sut
        match own:
            case Psk():
                return _text(own.identity)
            case RawPublicKey() | Shown():
                return own.public.hex()
            case Certificate():
                return own.chain[0].hex()

    @property
    def mode(self) -> str:
        """The security mode of this conversation."""
        return self.channel.credentials.mode

    def know(self, identity: str, key: bytes) -> None:
        """Let the tester's server know one more pre-shared key."""
        store = self.channel.configuration.psk_store
        assert store is not None
        store.add(Psk(identity.encode(), key))

    async def handshake(
        self, within: float | None = None, *, name: str = "handshake", at_once: bool = False
    ) -> Handshake:
        """Expect that the device completes a handshake, the next one if `at_once`; records
        ``handshake.complete``.

        Raises:
            CheckFailed: it did not within the limit (seconds, default the reaction time).
        """
        seconds = within or self.device.context.ixit.reaction_time
        kinds = (Established, Failed) if at_once else Established
        return self._expected(await self.channel.next(kinds, seconds), seconds, name)

    async def next_handshake(self, *, name: str = "handshake") -> Handshake:
        """Expect a further handshake: one that the device makes by itself, or else after the end of the
        association and the verb `update`. Records ``<name>.complete``.

        Raises:
            CheckFailed: there was none.
            NotApplicable: the adapter does not offer the verb.
        """
        seconds = self.device.context.ixit.reaction_time
        happened = await self.channel.next(Established, seconds)
        if happened is None and await self.refusal(0) is None:
            self.close()
            await self.device.trigger("update")
            happened = await self.channel.next(Established, seconds)
        return self._expected(happened, seconds, name)

    def _expected(self, happened: Happened | None, seconds: float, name: str) -> Handshake:
        context = self.device.context
        if happened is None:
            self.device.check_alive()
        elif isinstance(happened.event, Failed):
            happened = None
        context.record.judge(
            f"{name}.complete",
            "a completed handshake",
            "a completed handshake" if happened else None,
            actual="a completed handshake" if happened else self.failure,
            subject=Subject("handshake", happened.frame if happened else None),
            limit=seconds,
        )
        if happened is None or not isinstance(happened.event, Established):
            raise HarnessError("unreachable: a missing handshake passed its check")
        return Handshake(context.record, happened, happened.event)

    async def is_refused(self) -> bool:
        """Whether the next handshake fails, or none ends within the reaction time; a completed one is left
        to be expected."""
        within = self.device.context.ixit.reaction_time
        return not await self.channel.comes(Established, Failed, within)

    async def refusal(self, within: float | None = None) -> Refusal | None:
        """The next handshake that failed; None when none did within the limit (default the reaction time)."""
        seconds = within or self.device.context.ixit.reaction_time
        happened = await self.channel.next(Failed, seconds)
        if happened is None or not isinstance(happened.event, Failed):
            return None
        return Refusal(self.device.context.record, happened, happened.event)

    @property
    def long_term_keys(self) -> dict[str, bytes]:
        """The pre-shared key, or both private keys, by name."""
        credentials = self.channel.credentials
        if isinstance(credentials.tester, Psk):
            return {"pre-shared key": credentials.tester.key}
        ends = {"private key of the tester": credentials.tester, "private key of the SUT": credentials.sut}
        return {
            name: end.private.private_numbers().private_value.to_bytes(32)
            for name, end in ends.items()
            if isinstance(end, RawPublicKey | Certificate)
        }

    def expect_unseen(self, secrets: Mapping[str, bytes]) -> None:
        """None of these stands in a datagram of the conversation; records ``<name>.unseen`` for each.

        Raises:
            CheckFailed: one does.
        """
        for name, secret in secrets.items():
            shown = next((each for each in self.channel.datagrams if secret in each.data), None)
            self._expect_none(f"{name.replace(' ', '-')}.unseen", shown, f"datagram that shows the {name}")

    def expect_no_plain_coap(self, *, but_refusals: bool = False) -> None:
        """The device sent no message without DTLS, or at most refusals of such messages: a Reset, or an error
        4.xx. Records ``plain-coap.absent``.

        Raises:
            CheckFailed: it did.
        """
        plain = (each for each in self.channel.datagrams if each.incoming and each.is_plain_coap)
        sent = (each for each in plain if not (but_refusals and _refuses(each.data)))
        self._expect_none("plain-coap.absent", next(sent, None), "message in clear")

    def _expect_none(self, check_id: str, found: Datagram | None, what: str) -> None:
        self.device.context.record.judge(
            check_id,
            f"no {what}",
            f"a {what}: {found.data.hex()}" if found else f"no {what}",
            subject=Subject("datagram", found.frame if found else None),
        )

    def forge(self, content_type: ContentType, data: bytes, *, clear: bool = False) -> None:
        """Send one record past the rules of an association: under its keys, or in clear in epoch 0."""
        self.peer.association.forge(content_type, data, epoch=0 if clear else None, clear=clear)
        self.channel.transport.flush(self.peer)

    async def renewed(self, name: str = "renewal") -> Arrival[Register] | Arrival[Update]:
        """End the association, have the device come back over another one, and give what it then says first.

        The adapter's verb `update` makes it come; whether it does so with a Register or an Update is not
        judged. Records ``<name>.complete``.

        Raises:
            CheckFailed: it made no handshake.
            NotApplicable: the adapter does not offer the verb.
            Inconclusive: it made one, and no more.
        """
        earlier = await self.handshake(name=f"{name}-before")
        await self.begun_anew()
        handshake = await self.handshake(name=name)
        back = await self.device.back()
        if back is None:
            raise Inconclusive(
                f"preamble: the SUT said nothing after its handshake (frame {handshake.frame})"
            )
        assert handshake.peer is not earlier.peer
        return back

    async def begun_anew(self) -> None:
        """End the association, and give the device by the adapter's verb `update` a reason for another.

        Raises:
            NotApplicable: the adapter does not offer the verb.
        """
        self.device.server.forget()
        self.close()
        await self.device.trigger("update")

    def close(self) -> None:
        """End the association with close_notify."""
        self.channel.transport.disconnect(self._remote())

    def refuse(self) -> None:
        """End a handshake that is under way by an alert in clear, as its server may, and send nothing more of
        it. Its number is above all that the device has seen, also of records that were damaged on the way."""
        network = self.device.context.network
        sent = [each.data for each in self.channel.datagrams if not each.incoming]
        sent += [data for fired in (network.fired if network else ()) for data in fired.after]
        clear = [each.sequence for data in sent for each in parse_datagram(data).records if not each.epoch]
        alert = bytes([AlertLevel.FATAL, AlertDescription.HANDSHAKE_FAILURE])
        ending = Record(ContentType.ALERT, 0, max(clear, default=-1) + 1, alert)
        self.channel.transport.forget_unfinished()
        self.channel.transport.put(bytes(ending), self.channel.datagrams[-1].remote)

    @property
    def failure(self) -> str:
        """What there was instead of a handshake that was completed."""
        failed = [each.event for each in self.channel.happened if isinstance(each.event, Failed)]
        return f"no handshake: {failed[-1].reason}" if failed else "no handshake"


def _refuses(data: bytes) -> bool:
    message, _ = dissect(data)
    return message.type is Type.RST or message.code.class_ == 4


def _text(identity: bytes) -> str:
    return identity.decode("utf-8", "backslashreplace")


def _end_entity(who: PeerIdentity) -> str:
    return (who.certificates[0] if who.certificates else who.public_key or b"").hex()
