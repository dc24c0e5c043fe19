"""What an end shows of itself: a pre-shared key, a raw public key, or a certificate with its chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from conformance.dtls.agreement import NamedGroup
from conformance.dtls.errors import AlertDescription, DtlsError


@dataclass(frozen=True)
class Psk:
    """A pre-shared key and the identity under which the peer knows it: any bytes (RFC 4279 §2)."""

    identity: bytes
    key: bytes = field(repr=False)


class PskStore:
    """The keys that a server knows, by identity; it may change while associations live."""

    def __init__(self, keys: Iterable[Psk] = ()) -> None:
        self._keys = {psk.identity: psk for psk in keys}

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Psk]:
        return iter(list(self._keys.values()))

    def add(self, psk: Psk) -> None:
        """Let `psk` in; it takes the place of an earlier key of the same identity."""
        self._keys[psk.identity] = psk

    def remove(self, identity: bytes) -> None:
        """Forget an identity; raise KeyError when there is none."""
        del self._keys[identity]

    def lookup(self, identity: bytes) -> Psk | None:
        """The key of an identity, or None: then RFC 4279 §2 tells what the server answers."""
        return self._keys.get(identity)


@dataclass(frozen=True)
class RawPublicKey:
    """A key pair whose public half goes over the wire as SubjectPublicKeyInfo (RFC 7250)."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def from_der(cls, private: bytes) -> RawPublicKey:
        """From the DER of a OneAsymmetricKey (RFC 5958), as `/0/x/5` holds it; raise ValueError otherwise."""
        return cls(private_key_from_der(private))

    @property
    def public(self) -> bytes:
        """The SubjectPublicKeyInfo, DER."""
        return subject_public_key_info(self.private.public_key())


@dataclass(frozen=True)
class Certificate:
    """A chain of DER certificates, the end entity's first, and the private key of the first.

    Nothing is checked, so that a script can show what is not its own; what users give is checked by
    `require_own_key`.
    """

    chain: tuple[bytes, ...]
    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def from_der(cls, chain: Iterable[bytes], private: bytes) -> Certificate:
        """From DER certificates and the DER of a OneAsymmetricKey (RFC 5958); raise ValueError otherwise."""
        certificates = tuple(chain)
        for index, der in enumerate(certificates):
            try:
                x509.load_der_x509_certificate(der)
            except ValueError as error:
                raise ValueError(f"certificate {index} of the chain is no X.509 in DER: {error}") from error
        return cls(certificates, private_key_from_der(private))

    def require_own_key(self) -> None:
        """Raise ValueError, with what to do, when the private key is not that of the first certificate."""
        if not self.chain:
            raise ValueError("the chain is empty: give at least the certificate of the private key")
        first = x509.load_der_x509_certificate(self.chain[0])
        if first.public_key() != self.private.public_key():
            raise ValueError(
                f"the private key does not belong to the certificate of {first.subject.rfc4514_string()}: "
                "give the key of the first certificate of the chain"
            )


Credential = Psk | RawPublicKey | Certificate


def private_key_from_der(der: bytes) -> ec.EllipticCurvePrivateKey:
    """The key of an unencrypted OneAsymmetricKey or SEC 1 structure; raise ValueError otherwise."""
    try:
        key = load_der_private_key(der, password=None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"no unencrypted private key in DER: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or NamedGroup.of(key) is None:
        raise ValueError("the private key is not one of P-256 or P-384, which LwM2M's suites need")
    return key


def subject_public_key_info(key: ec.EllipticCurvePublicKey) -> bytes:
    """The DER of a public key, as RFC 7250 sends it."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def public_key_from_der(spki: bytes) -> ec.EllipticCurvePublicKey:
    """The key that a peer shows as SubjectPublicKeyInfo.

    Raises DtlsError: bad_certificate if it cannot be read, unsupported_certificate for another kind of key.
    """
    try:
        key = load_der_public_key(spki)
    except Exception as error:
        raise DtlsError(
            AlertDescription.BAD_CERTIFICATE, f"the raw public key cannot be read: {error}"
        ) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or NamedGroup.of(key) is None:
        raise DtlsError(
            AlertDescription.UNSUPPORTED_CERTIFICATE, "the raw public key is not one of P-256 or P-384"
        )
    return key
