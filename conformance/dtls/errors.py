"""The alerts of TLS, and the error that names the alert which an end of an association owes its peer."""

from __future__ import annotations

from enum import IntEnum


class AlertLevel(IntEnum):
    """How grave an alert is (RFC 5246 §7.2)."""

    WARNING = 1
    FATAL = 2


class AlertDescription(IntEnum):
    """What an alert tells (IANA "TLS Alerts", RFC 5246 §7.2); `str()` gives the RFC's name."""

    CLOSE_NOTIFY = 0
    UNEXPECTED_MESSAGE = 10
    BAD_RECORD_MAC = 20
    DECRYPTION_FAILED_RESERVED = 21
    RECORD_OVERFLOW = 22
    DECOMPRESSION_FAILURE = 30
    HANDSHAKE_FAILURE = 40
    NO_CERTIFICATE_RESERVED = 41
    BAD_CERTIFICATE = 42
    UNSUPPORTED_CERTIFICATE = 43
    CERTIFICATE_REVOKED = 44
    CERTIFICATE_EXPIRED = 45
    CERTIFICATE_UNKNOWN = 46
    ILLEGAL_PARAMETER = 47
    UNKNOWN_CA = 48
    ACCESS_DENIED = 49
    DECODE_ERROR = 50
    DECRYPT_ERROR = 51
    EXPORT_RESTRICTION_RESERVED = 60
    PROTOCOL_VERSION = 70
    INSUFFICIENT_SECURITY = 71
    INTERNAL_ERROR = 80
    INAPPROPRIATE_FALLBACK = 86
    USER_CANCELED = 90
    NO_RENEGOTIATION = 100
    MISSING_EXTENSION = 109
    UNSUPPORTED_EXTENSION = 110
    CERTIFICATE_UNOBTAINABLE = 111
    UNRECOGNIZED_NAME = 112
    BAD_CERTIFICATE_STATUS_RESPONSE = 113
    BAD_CERTIFICATE_HASH_VALUE = 114
    UNKNOWN_PSK_IDENTITY = 115
    CERTIFICATE_REQUIRED = 116
    NO_APPLICATION_PROTOCOL = 120

    def __str__(self) -> str:
        return self.name.lower()


class DtlsError(Exception):
    """A peer broke the protocol or showed a wrong credential: `alert` is what it is told, `detail` why."""

    def __init__(self, alert: AlertDescription, detail: str) -> None:
        super().__init__(f"{alert}: {detail}")
        self.alert = alert
        self.detail = detail


class BadRecordMac(DtlsError):  # noqa: N818 - the alert's name
    """A record is not what the peer protected: a changed byte, other keys (RFC 6347 §4.1.2.7)."""

    def __init__(self, detail: str) -> None:
        super().__init__(AlertDescription.BAD_RECORD_MAC, detail)
