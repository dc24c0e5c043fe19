"""How the ends show who they are: certificates, raw public keys, and signatures over the handshake."""

from __future__ import annotations

from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ec

from conformance.dtls.certificates import Certificate as CertificateMessage
from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Certificate, RawPublicKey
from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.events import PeerIdentity
from conformance.dtls.key_exchange import Signature
from conformance.dtls.signature import SignatureAlgorithm, sign, verify

__all__ = ["CertificateMessage", "peer_of", "prove", "shown_by", "signed", "verified"]


def shown_by(signer: RawPublicKey | Certificate | None) -> CertificateMessage:
    """The Certificate message of a credential; an empty one for None."""
    match signer:
        case None:
            return CertificateMessage()
        case RawPublicKey():
            return CertificateMessage(public_key=signer.public)
        case Certificate():
            return CertificateMessage(signer.chain)


def peer_of(message: CertificateMessage) -> PeerIdentity:
    """Whom a Certificate message names."""
    return PeerIdentity(certificates=message.chain, public_key=message.public_key)


def verified(
    config: Configuration, message: CertificateMessage, peer: Literal["client", "server"]
) -> ec.EllipticCurvePublicKey:
    """The key of a peer that we let in; DtlsError with the alert that a refused one is told."""
    if message.public_key is not None:
        if config.public_keys is None:
            raise DtlsError(AlertDescription.UNSUPPORTED_CERTIFICATE, "no raw public keys are let in")
        return config.public_keys.check(message.public_key)
    if config.certificates is None:
        raise DtlsError(AlertDescription.UNSUPPORTED_CERTIFICATE, "no certificates are let in")
    try:
        return config.certificates.check(message.chain, peer)
    except DtlsError:
        raise
    except Exception as error:
        # A certificate is taken apart only where it is looked at, and the library raises what it likes.
        raise DtlsError(AlertDescription.BAD_CERTIFICATE, f"a certificate cannot be read: {error}") from error


def signed(signer: RawPublicKey | Certificate, algorithm: SignatureAlgorithm, data: bytes) -> Signature:
    """Our signature over `data`."""
    return Signature(algorithm, sign(signer.private, algorithm, data))


def prove(key: ec.EllipticCurvePublicKey, signature: Signature, data: bytes) -> None:
    """DtlsError unless the peer's signature fits."""
    verify(key, signature.algorithm, signature.value, data)
