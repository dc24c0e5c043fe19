"""The messages that ask for a certificate or a raw public key, and that show one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.dtls.extensions import CertificateType
from conformance.dtls.message import HandshakeType, Message
from conformance.dtls.presentation import Reader, numbers, vector

ECDSA_SIGN = 64
"""The client certificate type of RFC 8422 §5.5."""


@dataclass(frozen=True)
class Certificate(Message):
    """A chain, the sender's own certificate first (RFC 5246 §7.4.2), or a raw public key (RFC 7250 §3).

    `chain` is in DER, and empty where a client has none to show; `public_key` is a SubjectPublicKeyInfo.
    """

    type: ClassVar[int] = HandshakeType.CERTIFICATE

    chain: tuple[bytes, ...] = ()
    public_key: bytes | None = None

    def body(self) -> bytes:
        if self.public_key is not None:
            return vector(3, self.public_key)
        return vector(3, b"".join(vector(3, certificate) for certificate in self.chain))

    @classmethod
    def parse(cls, body: bytes, certificate_type: int) -> Certificate:
        reader = Reader(body, "Certificate")
        if certificate_type == CertificateType.RAW_PUBLIC_KEY:
            key = reader.vector(3)
            reader.end()
            return cls(public_key=key or None)
        chain = reader.vectors(3, lambda inner: inner.vector(3, minimum=1))
        reader.end()
        return cls(chain)


@dataclass(frozen=True)
class CertificateRequest(Message):
    """The server wants the client to show itself (RFC 5246 §7.4.4); `authorities` are DER names."""

    type: ClassVar[int] = HandshakeType.CERTIFICATE_REQUEST

    signature_algorithms: tuple[int, ...]
    certificate_types: tuple[int, ...] = (ECDSA_SIGN,)
    authorities: tuple[bytes, ...] = ()

    def body(self) -> bytes:
        return (
            numbers(1, 1, self.certificate_types)
            + numbers(2, 2, self.signature_algorithms)
            + vector(2, b"".join(vector(2, name) for name in self.authorities))
        )

    @classmethod
    def parse(cls, body: bytes) -> CertificateRequest:
        reader = Reader(body, "CertificateRequest")
        message = cls(
            certificate_types=reader.numbers(1, 1, minimum=1),
            signature_algorithms=reader.numbers(2, 2, minimum=1),
            authorities=reader.vectors(2, lambda inner: inner.vector(2, minimum=1)),
        )
        reader.end()
        return message
