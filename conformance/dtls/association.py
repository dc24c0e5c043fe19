"""One association from outside: datagrams come in, content goes out, time passes, and it ends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Literal

from conformance.dtls import events
from conformance.dtls.configuration import Configuration
from conformance.dtls.errors import AlertDescription, AlertLevel, DtlsError
from conformance.dtls.events import Discarded, DiscardReason, Event
from conformance.dtls.flights import RetransmissionTimer
from conformance.dtls.keys import HandshakeKeys
from conformance.dtls.negotiation import Negotiated
from conformance.dtls.outbox import Outbox
from conformance.dtls.random_source import RandomSource
from conformance.dtls.record_layer import Early, RecordLayer, Refused
from conformance.dtls.records import DTLS_1_2, ContentType, Plaintext, Record, parse_datagram
from conformance.dtls.script import Script

MAXIMUM_EARLY = 32
"""Records that may wait for the handshake to come to them."""


class Phase(Enum):
    """How far an association is."""

    HANDSHAKE = "handshake"
    ESTABLISHED = "established"
    ENDED = "ended"


class Association(ABC):
    """The part that client and server have in common.

    Drive it so: call a method, send `outgoing()`, read `events()`, call `timeout(now)` when `next_timeout`
    has come. `now` is in seconds of a monotonic clock, always the same one.
    """

    role: Literal["client", "server"]

    def __init__(self, config: Configuration, random: RandomSource, script: Script | None = None) -> None:
        self.config = config
        self.phase = Phase.HANDSHAKE
        self.peer = events.ANONYMOUS
        self._random = random
        self._script = script
        self._layer = RecordLayer(random)
        self._outbox = Outbox(self._layer, config.mtu, script)
        self._events: list[Event] = []
        self._timer = RetransmissionTimer(config.initial_timeout, config.max_retransmits)
        self._keys: HandshakeKeys | None = None
        self._negotiated: Negotiated | None = None
        self._early: list[Record] = []
        self._early_data: list[Plaintext] = []
        self._closing = False
        self._now = 0.0

    # What drivers call

    def start(self, now: float) -> None:
        """Begin: a client sends its ClientHello, a server waits for one."""
        self._now = now

    @property
    def established(self) -> bool:
        return self.phase is Phase.ESTABLISHED

    @property
    def ended(self) -> bool:
        return self.phase is Phase.ENDED

    @property
    def negotiated(self) -> Negotiated | None:
        """What the hellos agreed on, once they did."""
        return self._negotiated

    @property
    def read_cid(self) -> bytes | None:
        """The Connection ID in the peer's records; while nothing is agreed on, the one that we offer."""
        return (self._layer.read_cid if self._negotiated is not None else self.config.cid) or None

    @property
    def write_cid(self) -> bytes:
        """The Connection ID in our own records; empty where there is none."""
        return self._layer.write_cid or b""

    @property
    def newest(self) -> tuple[int, int]:
        """Epoch and number of the newest authentic record of the peer."""
        return self._layer.highest_received

    @property
    def write_epoch(self) -> int:
        return self._layer.write_epoch

    @property
    def next_timeout(self) -> float | None:
        """When `timeout` is to be called, on the caller's clock; None for never."""
        return self._timer.deadline

    def outgoing(self) -> list[bytes]:
        """The datagrams to send now, in order."""
        return self._outbox.drain()

    def events(self) -> list[Event]:
        """What happened since the last call, in order."""
        happened, self._events = self._events, []
        return happened

    def receive(self, datagram: bytes, now: float) -> None:
        """Take in one datagram."""
        self._now = now
        cid = self.read_cid
        parsed = parse_datagram(datagram, None if cid is None else len(cid))
        for record in parsed.records:
            self._receive_record(record)
        if parsed.problem:
            self._discard(DiscardReason.NO_RECORD, parsed.rest, parsed.problem)

    def recognises(self, datagram: bytes) -> bool:
        """Whether the first record is protected with the peer's present keys, and new; changes nothing."""
        cid = self.read_cid
        records = parse_datagram(datagram, None if cid is None else len(cid)).records
        return bool(records) and self._layer.recognises(records[0])

    def send(self, data: bytes, now: float) -> None:
        """Send application data in one record.

        Raises RuntimeError while there is no association, ValueError for more than a record may hold.
        """
        self._now = now
        if not self.established:
            raise RuntimeError(f"no data can be sent: the association is in the phase {self.phase.value}")
        room = self._layer.room(self._layer.write_epoch, 1 << 16)
        if len(data) > room:
            raise ValueError(
                f"{len(data)} bytes do not fit a record, which holds {room}; send smaller blocks"
            )
        self._outbox.content(ContentType.APPLICATION_DATA, data)

    def close(self, now: float) -> None:
        """End the association with close_notify (RFC 5246 §7.2.1)."""
        self._now = now
        if not self.ended:
            self.alert(AlertLevel.WARNING, AlertDescription.CLOSE_NOTIFY)
            self._end(events.Closed("us"))

    def timeout(self, now: float) -> None:
        """Time has passed: repeat the flight that found no answer, or give up."""
        self._now = now
        if not self._timer.expired(now):
            return
        if self._timer.exhausted:
            reason = f"no answer to {self._unanswered} after {self._timer.retransmits} repetitions"
            self._end(events.Failed(None, reason, "us"))
            return
        self._timer.back_off(now)
        self._repeat_flight()

    def export(self, label: bytes, context: bytes | None, length: int) -> bytes:
        """Keying material for another protocol (RFC 5705); RuntimeError before there are keys."""
        if self._keys is None:
            raise RuntimeError("nothing can be exported before the key exchange")
        return self._keys.export(label, context, length)

    # What scripts call

    def alert(self, level: int, description: int) -> None:
        """Send an alert and go on: after a close_notify, until the peer answers it with its own."""
        self._closing = self._closing or description == AlertDescription.CLOSE_NOTIFY
        self._outbox.content(ContentType.ALERT, bytes([level, description]))

    def inject(self, datagram: bytes) -> None:
        """Send bytes as they are: garbage, or what was recorded before."""
        self._outbox.datagram(datagram)

    def forge(
        self,
        content_type: int,
        data: bytes,
        *,
        epoch: int | None = None,
        sequence: int | None = None,
        keys_of: int | None = None,
        clear: bool = False,
        cid: bytes | None = None,
        version: int = DTLS_1_2,
    ) -> Record:
        """Send one record with any header, past all hooks, and return it.

        `epoch` is the present one and `sequence` the next one unless they are given; `keys_of` takes the keys
        of another epoch, `clear` none; `cid` is another Connection ID than the agreed one, empty for none. A
        sequence that is given is not counted.
        """
        epoch = self._layer.write_epoch if epoch is None else epoch
        if sequence is None:
            sequence = self._layer.number(content_type, data, epoch).sequence
        plaintext = Plaintext(content_type, epoch, sequence, data, version)
        return self._outbox.forged(plaintext, keys_of, clear, cid)

    @contextmanager
    def under_cid(self, cid: bytes) -> Iterator[None]:
        """While this is open, what is sent carries another Connection ID than was agreed on, or with an empty
        one none; it is protected with the keys of this association all the same."""
        agreed, self._layer.write_cid = self._layer.write_cid, cid
        try:
            yield
        finally:
            self._layer.write_cid = agreed

    # Records of the peer

    def _receive_record(self, record: Record) -> None:
        if self.ended:
            self._discard(DiscardReason.AFTER_THE_END, bytes(record))
            return
        try:
            self._dispatch(record, self._layer.open(record))
        except Refused as refusal:
            self._discard(refusal.reason, bytes(record), refusal.detail)
            if self._shows_other_keys(record, refusal):
                self._fail(
                    DtlsError(
                        AlertDescription.DECRYPT_ERROR,
                        "the first record under new keys is not authentic: the peer has another key",
                    )
                )
        except Early:
            if self.phase is Phase.HANDSHAKE and len(self._early) < MAXIMUM_EARLY:
                self._early.append(record)
            else:
                self._discard(DiscardReason.WRONG_EPOCH, bytes(record), f"epoch {record.epoch} is not there")
        except DtlsError as error:
            self._fail(error)

    def _shows_other_keys(self, record: Record, refusal: Refused) -> bool:
        return (
            self.config.refuse_undecryptable
            and refusal.reason is DiscardReason.BAD_MAC
            and self.phase is Phase.HANDSHAKE
            and self._layer.highest_received == (record.epoch, -1)
        )

    def _dispatch(self, record: Record, plaintext: Plaintext) -> None:
        protected = plaintext.epoch > 0
        match plaintext.content_type:
            case ContentType.HANDSHAKE:
                self._handshake_received(record, plaintext)
            case ContentType.APPLICATION_DATA if protected:
                self._application_data(plaintext)
            case ContentType.APPLICATION_DATA:
                self._discard(DiscardReason.NOT_PROTECTED, bytes(record), "application data in epoch 0")
            case ContentType.ALERT:
                self._alert_received(record, plaintext)
            case ContentType.CHANGE_CIPHER_SPEC:
                self._change_received(record, plaintext)
            case _ if protected:
                raise DtlsError(
                    AlertDescription.UNEXPECTED_MESSAGE, f"a record of type {plaintext.content_type}"
                )
            case _:
                detail = f"content type {plaintext.content_type}"
                self._discard(DiscardReason.UNKNOWN_TYPE, bytes(record), detail)

    def _application_data(self, plaintext: Plaintext) -> None:
        if self.established:
            self._events.append(events.ApplicationData(plaintext.data, plaintext.epoch, plaintext.sequence))
        elif len(self._early_data) < MAXIMUM_EARLY:
            self._early_data.append(plaintext)
        else:
            self._discard(DiscardReason.TOO_EARLY, plaintext.data, "application data before Finished")

    def _alert_received(self, record: Record, plaintext: Plaintext) -> None:
        data = plaintext.data
        if len(data) != 2 or data[0] not in tuple(AlertLevel):
            if plaintext.epoch:
                raise DtlsError(AlertDescription.DECODE_ERROR, f"an alert of the bytes {data.hex()}")
            self._discard(DiscardReason.MALFORMED, bytes(record), f"an alert of the bytes {data.hex()}")
            return
        level, number = AlertLevel(data[0]), data[1]
        description = AlertDescription(number) if number in tuple(AlertDescription) else number
        self._events.append(events.AlertReceived(level, description, plaintext.epoch))
        if description == AlertDescription.CLOSE_NOTIFY:
            ours_first = self._closing
            if not ours_first:
                self.alert(AlertLevel.WARNING, AlertDescription.CLOSE_NOTIFY)
            self._end(events.Closed("us" if ours_first else "peer"))
        elif level is AlertLevel.FATAL:
            self._forget_session()
            self._end(events.Failed(description, f"the peer sent the fatal alert {description}", "peer"))

    @abstractmethod
    def _handshake_received(self, record: Record, plaintext: Plaintext) -> None:
        """Take in a record of handshake fragments."""

    @abstractmethod
    def _change_received(self, record: Record, plaintext: Plaintext) -> None:
        """Take in a record of type ChangeCipherSpec."""

    @abstractmethod
    def _repeat_flight(self) -> None:
        """Send the last flight again."""

    @property
    @abstractmethod
    def _unanswered(self) -> str:
        """The names of what the last flight held."""

    @abstractmethod
    def _forget_session(self) -> None:
        """A fatal alert makes the session unfit to be resumed (RFC 5246 §7.2.2)."""

    # The end

    def _fail(self, error: DtlsError) -> None:
        self.alert(AlertLevel.FATAL, error.alert)
        self._forget_session()
        self._end(events.Failed(error.alert, error.detail, "us"))

    def _end(self, event: Event) -> None:
        self.phase = Phase.ENDED
        self._timer.stop()
        self._events.append(event)

    def _discard(self, reason: DiscardReason, data: bytes, detail: str = "") -> None:
        self._events.append(Discarded(reason, data, detail))
