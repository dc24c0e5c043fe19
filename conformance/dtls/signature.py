"""ECDSA signatures of the ServerKeyExchange and CertificateVerify (RFC 8422 §5.10)."""

from __future__ import annotations

from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.dtls.errors import AlertDescription, DtlsError


class SignatureAlgorithm(IntEnum):
    """A SignatureAndHashAlgorithm (RFC 5246 §7.4.1.4.1): the hash, then ECDSA, over any curve."""

    ECDSA_SHA256 = 0x0403
    ECDSA_SHA384 = 0x0503

    @property
    def hash(self) -> hashes.HashAlgorithm:
        """The hash that is signed."""
        return hashes.SHA256() if self is SignatureAlgorithm.ECDSA_SHA256 else hashes.SHA384()

    @classmethod
    def suits(cls, key: ec.EllipticCurvePrivateKey) -> SignatureAlgorithm:
        """The one whose hash is as strong as the key's curve."""
        return cls.ECDSA_SHA384 if key.curve.key_size > 256 else cls.ECDSA_SHA256


def sign(key: ec.EllipticCurvePrivateKey, algorithm: SignatureAlgorithm, data: bytes) -> bytes:
    """The DER signature of `data`; deterministic (RFC 6979), so that a case can be replayed byte by byte."""
    return key.sign(data, ec.ECDSA(algorithm.hash, deterministic_signing=True))


def verify(key: ec.EllipticCurvePublicKey, algorithm: int, signature: bytes, data: bytes) -> None:
    """Raise DtlsError: illegal_parameter for an algorithm not offered, decrypt_error if it does not fit."""
    try:
        known = SignatureAlgorithm(algorithm)
    except ValueError:
        raise DtlsError(
            AlertDescription.ILLEGAL_PARAMETER, f"signature algorithm 0x{algorithm:04x} was not offered"
        ) from None
    try:
        key.verify(signature, data, ec.ECDSA(known.hash))
    except InvalidSignature:
        raise DtlsError(
            AlertDescription.DECRYPT_ERROR, "the signature does not match the handshake"
        ) from None
