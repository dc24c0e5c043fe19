"""What an end expects of its peer: certain public keys, or a certificate by one of the usages of RFC 6698."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from conformance.dtls.agreement import NamedGroup
from conformance.dtls.credentials import public_key_from_der, subject_public_key_info
from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.names import PresentedNames
from conformance.dtls.path import End, validate_path


class CertificateUsage(IntEnum):
    """What the certificate or key that was provisioned says of the peer's (`/0/x/15`, RFC 6698 §2.1.1)."""

    CA_CONSTRAINT = 0
    SERVICE_CERTIFICATE_CONSTRAINT = 1
    TRUST_ANCHOR_ASSERTION = 2
    DOMAIN_ISSUED_CERTIFICATE = 3


class CertificateCheck(Protocol):
    """Judges the chain of certificates that the client or server at the other end showed."""

    def check(self, chain: Sequence[bytes], peer: End) -> ec.EllipticCurvePublicKey:
        """The public key of the end entity; raise DtlsError with the alert that the peer is told."""
        ...


class AnyCertificate:
    """Lets in every certificate whose key the engine can use, for a tester that only looks."""

    def check(self, chain: Sequence[bytes], peer: End) -> ec.EllipticCurvePublicKey:
        """The public key of the end entity; raise DtlsError when there is none, or none that can be used."""
        return _public_key(_certificates(chain)[0])


def _system_time() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class ExpectedPublicKeys:
    """The raw public keys that are let in; None lets in every one."""

    keys: frozenset[bytes] | None = None

    @classmethod
    def only(cls, keys: Iterable[bytes]) -> ExpectedPublicKeys:
        """Those SubjectPublicKeyInfo (DER) and no other."""
        return cls(frozenset(keys))

    def check(self, shown: bytes) -> ec.EllipticCurvePublicKey:
        """The key that the peer showed; raise DtlsError with the alert that it is told."""
        key = public_key_from_der(shown)
        if self.keys is not None and shown not in self.keys:
            raise DtlsError(
                AlertDescription.CERTIFICATE_UNKNOWN, "the raw public key is not the one that was provisioned"
            )
        return key


@dataclass(frozen=True)
class CertificateTrust:
    """What a chain of certificates must be (LwM2M Transport 1.2 §5.2.9.7).

    `expected` is the DER of a certificate or of its public key. `anchors` are the certificates of one's own
    trust store: usages 0 and 1 validate the path against them, and where the store is empty against
    `expected` itself. The certificate must be for one of `names`, unless there are none or `expected` is
    the very certificate that the peer showed. `now` gives the time against which validity is judged.
    """

    usage: CertificateUsage
    expected: bytes
    names: tuple[str, ...] = ()
    anchors: tuple[bytes, ...] = ()
    now: Callable[[], datetime.datetime] = field(default=_system_time, repr=False)

    def __post_init__(self) -> None:
        """Raise ValueError, before any handshake, for what is neither a certificate nor a public key."""
        for index, anchor in enumerate(self.anchors):
            _require_certificate(anchor, f"anchor {index}")
        try:
            load_der_public_key(self.expected)
        except (ValueError, UnsupportedAlgorithm):
            _require_certificate(self.expected, "what is expected of the peer")

    def check(self, chain: Sequence[bytes], peer: End) -> ec.EllipticCurvePublicKey:
        """The public key of the end entity that `peer` showed; raise DtlsError with the alert for it."""
        certificates = _certificates(chain)
        key = _public_key(certificates[0])
        match CertificateUsage(self.usage):
            case CertificateUsage.DOMAIN_ISSUED_CERTIFICATE:
                self._require_expected(certificates[0])
            case CertificateUsage.SERVICE_CERTIFICATE_CONSTRAINT:
                self._require_expected(certificates[0])
                validate_path(certificates, self._store([certificates[0]]), self.now(), peer)
            case CertificateUsage.TRUST_ANCHOR_ASSERTION:
                validate_path(certificates, self._asserted(certificates), self.now(), peer)
            case CertificateUsage.CA_CONSTRAINT:
                path = validate_path(
                    certificates, self._store(self._asserted(certificates)), self.now(), peer
                )
                if not any(self._is_expected(each) for each in path[1:]):
                    raise DtlsError(
                        AlertDescription.UNKNOWN_CA,
                        "the path is valid but lacks the authority that was provisioned",
                    )
        self._require_name(certificates[0])
        return key

    def _store(self, otherwise: list[x509.Certificate]) -> list[x509.Certificate]:
        return [x509.load_der_x509_certificate(der) for der in self.anchors] or otherwise

    def _asserted(self, shown: list[x509.Certificate]) -> list[x509.Certificate]:
        """The provisioned authority; or, of a key alone, the shown certificate that has it."""
        try:
            return [x509.load_der_x509_certificate(self.expected)]
        except ValueError:
            return [each for each in shown if self._is_expected(each)]

    def _is_expected(self, certificate: x509.Certificate) -> bool:
        if certificate.public_bytes(Encoding.DER) == self.expected:
            return True
        key = certificate.public_key()
        return isinstance(key, ec.EllipticCurvePublicKey) and subject_public_key_info(key) == self.expected

    def _require_expected(self, shown: x509.Certificate) -> None:
        if not self._is_expected(shown):
            raise DtlsError(
                AlertDescription.CERTIFICATE_UNKNOWN,
                f"the certificate of {shown.subject.rfc4514_string()} is not the one that was provisioned",
            )

    def _require_name(self, shown: x509.Certificate) -> None:
        if not self.names or shown.public_bytes(Encoding.DER) == self.expected:
            return
        try:
            presented = PresentedNames.of(shown)
        except ValueError as error:
            raise DtlsError(AlertDescription.BAD_CERTIFICATE, f"its names cannot be read: {error}") from error
        if not any(presented.match(name) for name in self.names):
            raise DtlsError(
                AlertDescription.BAD_CERTIFICATE,
                f"the certificate is for {presented}, not for {' or '.join(self.names)}",
            )


def _require_certificate(der: bytes, what: str) -> None:
    try:
        x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise ValueError(f"{what} is no certificate in DER: {error}") from error


def _certificates(chain: Sequence[bytes]) -> list[x509.Certificate]:
    if not chain:
        raise DtlsError(AlertDescription.BAD_CERTIFICATE, "the peer showed an empty list of certificates")
    found = []
    for index, der in enumerate(chain):
        try:
            found.append(x509.load_der_x509_certificate(der))
        except ValueError as error:
            raise DtlsError(
                AlertDescription.BAD_CERTIFICATE, f"certificate {index} of the chain cannot be read: {error}"
            ) from error
    return found


def _public_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise DtlsError(AlertDescription.BAD_CERTIFICATE, f"its key cannot be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or NamedGroup.of(key) is None:
        raise DtlsError(
            AlertDescription.UNSUPPORTED_CERTIFICATE,
            f"the key of {certificate.subject.rfc4514_string()} is not one of P-256 or P-384",
        )
    return key
