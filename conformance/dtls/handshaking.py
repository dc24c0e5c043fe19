"""What client and server have in common of a handshake: messages in their order, flights, keys."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

from conformance.dtls import events
from conformance.dtls.association import Association, Phase
from conformance.dtls.configuration import Configuration
from conformance.dtls.errors import AlertDescription, AlertLevel, DtlsError
from conformance.dtls.events import DiscardReason
from conformance.dtls.flights import ChangeCipherSpec, FlightItem
from conformance.dtls.fragments import Arrival, Reassembly
from conformance.dtls.handshake import parse_message
from conformance.dtls.keys import HandshakeKeys
from conformance.dtls.message import Fragment, HandshakeType, Message, read_fragments, type_name
from conformance.dtls.negotiation import Negotiated
from conformance.dtls.random_source import RandomSource
from conformance.dtls.records import Plaintext, Record
from conformance.dtls.script import OutgoingMessage, Script

BEGINNING = {"client": HandshakeType.HELLO_REQUEST, "server": HandshakeType.CLIENT_HELLO}
"""With which message the peer would begin a new handshake, by our own role."""


class Handshaking(Association):
    """An association as far as its handshake goes; the steps are those of `Client` and `Server`."""

    def __init__(self, config: Configuration, random: RandomSource, script: Script | None = None) -> None:
        super().__init__(config, random, script)
        self.received_messages: list[events.ReceivedMessage] = []
        """Every handshake message of the peer that was handled."""
        self._retransmits = 0
        self._reassembly = Reassembly()
        self._flight: list[FlightItem] = []
        self._unsent: list[FlightItem] = []
        self._message_seq = 0
        self._answered = -1
        """message_seq of the last message of the peer's flight that ours answers."""
        self._transcript = bytearray()
        self._resumed = False
        self._session_id = b""
        self._change_seen = False

    # The peer's new keys

    def _change_received(self, record: Record, plaintext: Plaintext) -> None:
        if plaintext.data != b"\x01":
            self._discard(DiscardReason.MALFORMED, bytes(record), "no ChangeCipherSpec")
        elif plaintext.epoch or self._change_seen:
            self._discard(DiscardReason.RETRANSMISSION, bytes(record), "ChangeCipherSpec again")
        else:
            self._change_seen = True
            self._read_new_keys()

    def _read_new_keys(self) -> None:
        """Change to the peer's new keys once it said so and we have them."""
        if not self._change_seen or self._keys is None or self._layer.read_epoch:
            return
        self._layer.begin_reading(self._keys.reading)
        early, self._early = self._early, []
        for record in early:
            self._receive_record(record)

    # Handshake messages of the peer

    def _handshake_received(self, record: Record, plaintext: Plaintext) -> None:
        fragments = read_fragments(plaintext.data)
        if not fragments:
            self._discard(DiscardReason.MALFORMED, bytes(record), "a handshake record without content")
        for fragment in fragments:
            self._fragment(fragment, plaintext)

    def _fragment(self, fragment: Fragment, plaintext: Plaintext) -> None:
        if self.established and fragment.type == BEGINNING[self.role]:
            self._refuse_renegotiation(fragment)
            return
        if self._begins_anew(fragment, plaintext):
            self._reassembly.begin_at(fragment.message_seq)
        if fragment.message_seq >= self._reassembly.next and not self._in_place(fragment, plaintext.epoch):
            detail = f"{fragment.name} in epoch {plaintext.epoch}"
            self._discard(DiscardReason.OUT_OF_PLACE, bytes(fragment), detail)
            return
        arrival = self._reassembly.add(fragment, plaintext.epoch)
        if arrival is Arrival.OLD:
            self._old_fragment(fragment)
        elif arrival is not Arrival.KEPT:
            self._discard(DiscardReason.OUT_OF_PLACE, bytes(fragment), f"{fragment.name}: {arrival.value}")
        while not self.ended and (whole := self._reassembly.take()) is not None:
            self._whole_message(whole, replace(plaintext, epoch=self._reassembly.epoch))

    def _in_place(self, fragment: Fragment, epoch: int) -> bool:
        """Whether this message may come now in this epoch; DtlsError if the peer surely is wrong."""
        if self.established or (epoch and fragment.type != HandshakeType.FINISHED):
            raise DtlsError(
                AlertDescription.UNEXPECTED_MESSAGE,
                f"{fragment.name} in epoch {epoch}{' after the handshake' if self.established else ''}",
            )
        in_clear_too_late = fragment.type == HandshakeType.FINISHED and epoch < self._layer.read_epoch
        return not in_clear_too_late and fragment.type != HandshakeType.HELLO_REQUEST

    def _begins_anew(self, fragment: Fragment, plaintext: Plaintext) -> bool:
        """Whether a ClientHello may come with another number than the next (a server before its cookie)."""
        return False

    def _old_fragment(self, fragment: Fragment) -> None:
        """The last piece of the flight that ours answered, again: ours was lost."""
        self._discard(DiscardReason.RETRANSMISSION, bytes(fragment), fragment.name)
        complete = fragment.offset + len(fragment.data) == fragment.length
        if fragment.message_seq == self._answered and complete and self._flight:
            self._timer.restart(self._now)
            self._repeat_flight()

    def _refuse_renegotiation(self, fragment: Fragment) -> None:
        self._events.append(events.RenegotiationRefused(fragment.name))
        self.alert(AlertLevel.WARNING, AlertDescription.NO_RENEGOTIATION)

    def _whole_message(self, whole: Fragment, plaintext: Plaintext) -> None:
        negotiated = self._negotiated
        message = (
            parse_message(whole.type, whole.data)
            if negotiated is None
            else parse_message(
                whole.type,
                whole.data,
                negotiated.suite.key_exchange,
                negotiated.peer_certificate_type,
            )
        )
        self.received_messages.append(
            events.ReceivedMessage(message, whole.message_seq, plaintext.epoch, whole.data)
        )
        self._handle(message, whole, plaintext)
        self._read_new_keys()

    @abstractmethod
    def _handle(self, message: Message, whole: Fragment, plaintext: Plaintext) -> None:
        """Take one step of the handshake; DtlsError where the message does not fit."""

    def _unexpected(self, message: Message, expected: str) -> DtlsError:
        return DtlsError(
            AlertDescription.UNEXPECTED_MESSAGE,
            f"{type_name(message.type)} where {expected} was expected",
        )

    # Our own flights

    def _begin_flight(self) -> None:
        self._unsent = []
        self._answered = self._reassembly.next - 1

    def _add(self, message: Message) -> Message:
        """Put a message into the flight; returns it as the script left it."""
        outgoing = OutgoingMessage(message, self._message_seq, self._layer.write_epoch)
        replaced = [outgoing] if self._script is None else self._script.messages(outgoing)
        for each in replaced:
            if each.in_transcript:
                self._transcript += bytes(each.fragment)
            self._unsent.append(FlightItem(each.fragment, each.epoch))
            self._message_seq = each.message_seq + 1
        return next((each.message for each in replaced if isinstance(each.message, type(message))), message)

    def _add_change_and_finished(self) -> None:
        keys = self._established_keys()
        self._unsent.append(FlightItem(ChangeCipherSpec(), self._layer.write_epoch))
        self._layer.begin_writing(keys.writing)
        self._add(keys.finished(self.role, bytes(self._transcript)))

    def _send_flight(self, await_answer: bool = True) -> None:
        items = tuple(self._unsent)
        self._flight = list(items) if self._script is None else self._script.items(items)
        self._unsent = []
        self._outbox.flight(self._flight)
        if await_answer:
            self._timer.start(self._now)
        else:
            self._timer.stop()

    def _repeat_flight(self) -> None:
        self._retransmits += 1
        self._outbox.flight(self._flight)

    # Beginning and end

    def _established_keys(self) -> HandshakeKeys:
        if self._keys is None:
            raise DtlsError(AlertDescription.UNEXPECTED_MESSAGE, "there are no keys yet")
        return self._keys

    def _agreed(self) -> Negotiated:
        if self._negotiated is None:
            raise DtlsError(AlertDescription.UNEXPECTED_MESSAGE, "no cipher suite is agreed on yet")
        return self._negotiated

    def _adopt(self, negotiated: Negotiated) -> None:
        """From the ServerHello on."""
        self._negotiated = negotiated
        self._layer.read_cid, self._layer.write_cid = negotiated.read_cid, negotiated.write_cid
        self._layer.read_limits, self._layer.write_limits = negotiated.read_limits, negotiated.write_limits

    def _use_keys(self, keys: HandshakeKeys) -> None:
        self._keys = keys
        if self.config.key_log is not None:
            self.config.key_log(keys.log_line)

    def _establish(self, last_flight_is_ours: bool) -> None:
        negotiated = self._agreed()
        self._timer.stop()
        if not last_flight_is_ours:
            self._flight = []
        self.phase = Phase.ESTABLISHED
        self._layer.forget_old_epochs()
        self._keep_session()
        self._events.append(
            events.Established(
                suite=negotiated.suite,
                peer=self.peer,
                resumed=self._resumed,
                extended_master_secret=negotiated.extended_master_secret,
                encrypt_then_mac=negotiated.encrypt_then_mac,
                read_cid=negotiated.read_cid,
                write_cid=negotiated.write_cid,
                session_id=self._session_id,
                retransmits=self._retransmits,
            )
        )
        early, self._early_data = self._early_data, []
        for plaintext in early:
            self._application_data(plaintext)

    @abstractmethod
    def _keep_session(self) -> None:
        """Store what a later handshake can be shortened with, once there is an association."""

    @property
    def _unanswered(self) -> str:
        return " ".join(
            item.content.name if isinstance(item.content, Fragment) else "ChangeCipherSpec"
            for item in self._flight
        )
