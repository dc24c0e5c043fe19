"""What an association tells whoever drives it; nothing that arrives vanishes without one of these."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from conformance.dtls.errors import AlertDescription, AlertLevel
from conformance.dtls.message import Message
from conformance.dtls.suites import CipherSuite

By = Literal["us", "peer"]


@dataclass(frozen=True)
class PeerIdentity:
    """Who the peer proved to be: a pre-shared key's identity, a chain (DER), a SubjectPublicKeyInfo (DER)."""

    psk_identity: bytes | None = None
    certificates: tuple[bytes, ...] = ()
    public_key: bytes | None = None


ANONYMOUS = PeerIdentity()
"""A peer that showed nothing, because nobody asked."""


@dataclass(frozen=True)
class Established:
    """The handshake is complete; application data may flow.

    `read_cid` is what the peer puts into its records, `write_cid` what we put into ours; None where the
    Connection ID was not negotiated, empty where that direction goes without.
    """

    suite: CipherSuite
    peer: PeerIdentity
    resumed: bool
    extended_master_secret: bool
    encrypt_then_mac: bool
    read_cid: bytes | None
    write_cid: bytes | None
    session_id: bytes
    retransmits: int


@dataclass(frozen=True)
class ApplicationData:
    """Data from the peer, authenticated and not seen before."""

    data: bytes
    epoch: int
    sequence: int


@dataclass(frozen=True)
class AlertReceived:
    """An alert of the peer; in epoch 0 anybody may have sent it."""

    level: AlertLevel
    description: AlertDescription | int
    epoch: int


@dataclass(frozen=True)
class Failed:
    """The association is over because of a fault; `alert` is None where none was sent."""

    alert: AlertDescription | int | None
    reason: str
    by: By


@dataclass(frozen=True)
class Closed:
    """The association was closed in order; `by` sent its close_notify first (RFC 5246 §7.2.1)."""

    by: By


@dataclass(frozen=True)
class RenegotiationRefused:
    """The peer asked for a new handshake within the association and was answered with no_renegotiation."""

    message: str


class DiscardReason(Enum):
    """Why something that arrived was not processed."""

    NO_RECORD = "no record"
    WRONG_VERSION = "wrong version"
    UNKNOWN_TYPE = "unknown content type"
    WRONG_EPOCH = "wrong epoch"
    REPLAYED = "replayed or too old"
    BAD_MAC = "not authentic"
    WRONG_CID = "wrong Connection ID"
    NOT_PROTECTED = "not protected"
    MALFORMED = "malformed"
    RETRANSMISSION = "retransmission of a handled message"
    OUT_OF_PLACE = "handshake message out of place"
    TOO_EARLY = "too early, and no room to keep it"
    AFTER_THE_END = "after the association ended"


@dataclass(frozen=True)
class Discarded:
    """Something was dropped in silence (RFC 6347 §4.1.2.7); `data` is the record or what it held."""

    reason: DiscardReason
    data: bytes = field(repr=False)
    detail: str = ""


Event = Established | ApplicationData | AlertReceived | Failed | Closed | RenegotiationRefused | Discarded


@dataclass(frozen=True)
class ReceivedMessage:
    """A handshake message of the peer, as it was put together, in the order of handling."""

    message: Message
    message_seq: int
    epoch: int
    body: bytes = field(repr=False)
