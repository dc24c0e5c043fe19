"""What the two hellos agree on, and what both ends read out of them in the same way."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.extensions import (
    UNCOMPRESSED,
    CertificateType,
    read_number,
    read_number_list,
)
from conformance.dtls.record_layer import Limits
from conformance.dtls.records import MAXIMUM_PLAINTEXT
from conformance.dtls.suites import CipherSuite


@dataclass
class Negotiated:
    """The parameters of one association; directions are seen from the end that holds it."""

    suite: CipherSuite
    extended_master_secret: bool = False
    encrypt_then_mac: bool = False
    secure_renegotiation: bool = False
    read_cid: bytes | None = None
    write_cid: bytes | None = None
    own_certificate_type: CertificateType = CertificateType.X509
    peer_certificate_type: CertificateType = CertificateType.X509
    max_fragment_length: int = MAXIMUM_PLAINTEXT
    own_record_size_limit: int = MAXIMUM_PLAINTEXT
    peer_record_size_limit: int = MAXIMUM_PLAINTEXT

    @property
    def read_limits(self) -> Limits:
        return Limits(self.max_fragment_length, self.own_record_size_limit)

    @property
    def write_limits(self) -> Limits:
        return Limits(self.max_fragment_length, self.peer_record_size_limit)


def require_uncompressed(data: bytes | None) -> None:
    """ec_point_formats, where they are sent, must name the uncompressed one (RFC 8422 §5.1.2)."""
    if data is not None and UNCOMPRESSED not in read_number_list(data, "ec_point_formats", width=1):
        raise DtlsError(AlertDescription.ILLEGAL_PARAMETER, "ec_point_formats lacks the uncompressed one")


def require_first_handshake(renegotiated_connection: bytes) -> None:
    """In a first handshake renegotiation_info is empty (RFC 5746 §3.4, §3.6)."""
    if renegotiated_connection:
        raise DtlsError(
            AlertDescription.HANDSHAKE_FAILURE, "renegotiation_info is not empty in a first handshake"
        )


def read_record_size_limit(data: bytes) -> int:
    """What the peer takes at most; a value below 64 is illegal (RFC 8449 §4)."""
    limit = read_number(data, "record_size_limit", width=2)
    if limit < 64:
        raise DtlsError(AlertDescription.ILLEGAL_PARAMETER, f"record_size_limit of {limit} bytes, below 64")
    return min(limit, MAXIMUM_PLAINTEXT)
