"""The messages that carry public keys, signatures and the identity of a pre-shared key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.message import HandshakeType, Message
from conformance.dtls.presentation import Reader, uint, vector
from conformance.dtls.suites import KeyExchange

NAMED_CURVE = 3


@dataclass(frozen=True)
class EcParameters:
    """The server's ephemeral point on a named curve (RFC 8422 §5.4)."""

    group: int
    point: bytes

    def __bytes__(self) -> bytes:
        return uint(1, NAMED_CURVE) + uint(2, self.group) + vector(1, self.point)

    @classmethod
    def read(cls, reader: Reader) -> EcParameters:
        """Take them off a reader; DtlsError illegal_parameter for a curve that is not named by number."""
        if (curve_type := reader.uint(1)) != NAMED_CURVE:
            raise DtlsError(
                AlertDescription.ILLEGAL_PARAMETER,
                f"ServerKeyExchange: curve type {curve_type}, where a named curve ({NAMED_CURVE}) is due",
            )
        return cls(reader.uint(2), reader.vector(1, minimum=1))


@dataclass(frozen=True)
class Signature:
    """A signature and its algorithm (RFC 5246 §4.7)."""

    algorithm: int
    value: bytes

    def __bytes__(self) -> bytes:
        return uint(2, self.algorithm) + vector(2, self.value)

    @classmethod
    def read(cls, reader: Reader) -> Signature:
        return cls(reader.uint(2), reader.vector(2))


@dataclass(frozen=True)
class ServerKeyExchange(Message):
    """What the server adds to the keys: a hint at the identity (RFC 4279 §2, RFC 5489 §2), a signed point."""

    type: ClassVar[int] = HandshakeType.SERVER_KEY_EXCHANGE

    identity_hint: bytes | None = None
    parameters: EcParameters | None = None
    signature: Signature | None = None

    def body(self) -> bytes:
        return b"".join(
            (
                vector(2, self.identity_hint) if self.identity_hint is not None else b"",
                bytes(self.parameters) if self.parameters is not None else b"",
                bytes(self.signature) if self.signature is not None else b"",
            )
        )

    @classmethod
    def parse(cls, body: bytes, key_exchange: KeyExchange) -> ServerKeyExchange:
        reader = Reader(body, "ServerKeyExchange")
        message = cls(
            identity_hint=reader.vector(2) if key_exchange.psk else None,
            parameters=EcParameters.read(reader) if key_exchange.ephemeral else None,
            signature=Signature.read(reader) if key_exchange.certificate else None,
        )
        reader.end()
        return message


@dataclass(frozen=True)
class ClientKeyExchange(Message):
    """What the client adds to the keys: its identity, its point, or both."""

    type: ClassVar[int] = HandshakeType.CLIENT_KEY_EXCHANGE

    identity: bytes | None = None
    point: bytes | None = None

    def body(self) -> bytes:
        identity = vector(2, self.identity) if self.identity is not None else b""
        return identity + (vector(1, self.point) if self.point is not None else b"")

    @classmethod
    def parse(cls, body: bytes, key_exchange: KeyExchange) -> ClientKeyExchange:
        reader = Reader(body, "ClientKeyExchange")
        message = cls(
            identity=reader.vector(2) if key_exchange.psk else None,
            point=reader.vector(1, minimum=1) if key_exchange.ephemeral else None,
        )
        reader.end()
        return message


@dataclass(frozen=True)
class CertificateVerify(Message):
    """The client proves that it holds the key of its certificate (RFC 5246 §7.4.8)."""

    type: ClassVar[int] = HandshakeType.CERTIFICATE_VERIFY

    signature: Signature

    def body(self) -> bytes:
        return bytes(self.signature)

    @classmethod
    def parse(cls, body: bytes) -> CertificateVerify:
        reader = Reader(body, "CertificateVerify")
        message = cls(Signature.read(reader))
        reader.end()
        return message
