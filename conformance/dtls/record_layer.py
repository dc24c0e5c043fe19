"""The epochs of one association: sequence numbers, keys, replay windows and Connection IDs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from conformance.dtls.errors import AlertDescription, BadRecordMac, DtlsError
from conformance.dtls.events import DiscardReason
from conformance.dtls.protection import Protection
from conformance.dtls.random_source import RandomSource
from conformance.dtls.records import (
    DTLS_1_0,
    DTLS_1_2,
    HEADER_LENGTH,
    MAXIMUM_PLAINTEXT,
    ContentType,
    Plaintext,
    Record,
)
from conformance.dtls.replay_window import ReplayWindow


class Refused(Exception):  # noqa: N818
    """A record that is dropped in silence."""

    def __init__(self, reason: DiscardReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Early(Exception):  # noqa: N818
    """A record of the next epoch, whose keys are not there yet."""


@dataclass
class _Writing:
    protection: Protection | None = None
    sequence: int = 0


@dataclass
class _Reading:
    protection: Protection | None = None
    window: ReplayWindow = field(default_factory=ReplayWindow)


@dataclass
class Limits:
    """Bytes of plaintext in a record, by direction; protected records may have a limit of their own."""

    clear: int = MAXIMUM_PLAINTEXT
    protected: int = MAXIMUM_PLAINTEXT

    def of(self, protected: bool) -> int:
        return min(self.clear, self.protected) if protected else self.clear


class RecordLayer:
    """Seals what goes out and opens what comes in."""

    def __init__(self, random: RandomSource) -> None:
        self.read_cid: bytes | None = None
        """What the peer puts into protected records; empty or None: no Connection ID in them."""
        self.write_cid: bytes | None = None
        self.write_epoch = 0
        self.read_epoch = 0
        self.read_limits = Limits()
        self.write_limits = Limits()
        self._random = random
        self._writing = {0: _Writing()}
        self._reading = {0: _Reading()}

    @property
    def highest_received(self) -> tuple[int, int]:
        """Epoch and number of the newest authentic record."""
        return self.read_epoch, self._reading[self.read_epoch].window.highest

    def continue_at(self, sequence: int) -> None:
        """Go on in epoch 0 with this number, as a stateless server does (RFC 6347 §4.2.1)."""
        self._writing[0].sequence = sequence

    def begin_writing(self, protection: Protection) -> None:
        """A new epoch for what we send."""
        self.write_epoch += 1
        self._writing[self.write_epoch] = _Writing(protection)

    def begin_reading(self, protection: Protection) -> None:
        """A new epoch for what we receive; the one before stays readable until `forget_epochs_before`."""
        self.read_epoch += 1
        self._reading[self.read_epoch] = _Reading(protection)

    def forget_old_epochs(self) -> None:
        """Records of epochs before the present one are dropped from now on."""
        self._reading = {self.read_epoch: self._reading[self.read_epoch]}

    def number(self, content_type: int, data: bytes, epoch: int) -> Plaintext:
        """The next record of an epoch, not yet protected."""
        writing = self._epoch(epoch)
        writing.sequence += 1
        return Plaintext(content_type, epoch, writing.sequence - 1, data)

    def seal(
        self,
        plaintext: Plaintext,
        *,
        keys_of: int | None = None,
        clear: bool = False,
        cid: bytes | None = None,
    ) -> Record:
        """The record as it goes on the wire, protected as its epoch wants it.

        For forgeries: `keys_of` takes the keys of another epoch than the header says, `clear` takes none,
        `cid` puts in another Connection ID than was agreed on; an empty one leaves it out.
        """
        writing = self._epoch(plaintext.epoch if keys_of is None else keys_of)
        protection = None if clear else writing.protection
        content_type, data = plaintext.content_type, plaintext.data
        if cid is None:
            cid = self.write_cid if protection is not None else None
        if cid:
            data += bytes([content_type])
            content_type = ContentType.TLS12_CID
        else:
            cid = None
        record = Record(content_type, plaintext.epoch, plaintext.sequence, data, cid, plaintext.version)
        if protection is None:
            return record
        return replace(record, fragment=protection.seal(record, data, self._random))

    def room(self, epoch: int, mtu: int) -> int:
        """Bytes of plaintext that a record of this epoch may hold so that it fits `mtu` and the limits."""
        protection = self._epoch(epoch).protection
        if protection is None:
            return min(mtu - HEADER_LENGTH, self.write_limits.of(protected=False))
        inner = 1 if self.write_cid else 0
        available = mtu - HEADER_LENGTH - len(self.write_cid or b"")
        # The padding of CBC depends on the length; what fits with the longest padding always fits.
        return min(available - protection.overhead(0), self.write_limits.of(protected=True)) - inner

    def _epoch(self, epoch: int) -> _Writing:
        """One that only a script sends in has no keys."""
        return self._writing.setdefault(epoch, _Writing())

    def open(self, record: Record) -> Plaintext:
        """The content of a record; raises Refused, Early, or DtlsError where the peer is to be told."""
        reading = self._reading.get(record.epoch)
        if reading is None:
            if record.epoch == self.read_epoch + 1:
                raise Early
            raise Refused(DiscardReason.WRONG_EPOCH, f"epoch {record.epoch}, while {self.read_epoch} is read")
        if record.version != DTLS_1_2 and not (record.epoch == 0 and record.version == DTLS_1_0):
            raise Refused(DiscardReason.WRONG_VERSION, f"version 0x{record.version:04X}")
        # In clear, one forged number would lock the peer out; there message_seq tells what is new.
        if reading.protection is not None and reading.window.refuses(record.sequence):
            raise Refused(
                DiscardReason.REPLAYED,
                f"record {record.sequence} of epoch {record.epoch}, the highest is {reading.window.highest}",
            )
        plaintext = self._clear(record) if reading.protection is None else self._opened(record, reading)
        reading.window.accept(record.sequence)
        limit = self.read_limits.of(protected=reading.protection is not None)
        if len(plaintext.data) > limit:
            raise DtlsError(
                AlertDescription.RECORD_OVERFLOW,
                f"a record of {len(plaintext.data)} bytes where at most {limit} were agreed on",
            )
        return plaintext

    def recognises(self, record: Record) -> bool:
        """Whether a protected record is authentic and new; changes nothing."""
        reading = self._reading.get(record.epoch)
        if reading is None or reading.protection is None or reading.window.refuses(record.sequence):
            return False
        try:
            self._opened(record, reading)
        except (Refused, DtlsError):
            return False
        return True

    def _clear(self, record: Record) -> Plaintext:
        if record.content_type == ContentType.TLS12_CID:
            raise Refused(DiscardReason.WRONG_CID, "a Connection ID in a record without protection")
        return Plaintext(record.content_type, record.epoch, record.sequence, record.fragment, record.version)

    def _opened(self, record: Record, reading: _Reading) -> Plaintext:
        assert reading.protection is not None
        if (record.cid or b"") != (self.read_cid or b""):
            shown = "none" if record.cid is None else record.cid.hex() or "empty"
            wanted = "none" if not self.read_cid else self.read_cid.hex()
            raise Refused(DiscardReason.WRONG_CID, f"Connection ID {shown}, where {wanted} is due")
        try:
            data = reading.protection.open(record, record.fragment)
        except BadRecordMac as error:
            raise Refused(DiscardReason.BAD_MAC, error.detail) from None
        content_type = record.content_type
        if content_type == ContentType.TLS12_CID:
            data = data.rstrip(b"\0")
            if not data:
                raise DtlsError(
                    AlertDescription.UNEXPECTED_MESSAGE, "a record with a Connection ID holds no content type"
                )
            content_type, data = data[-1], data[:-1]
        return Plaintext(content_type, record.epoch, record.sequence, data, record.version)
