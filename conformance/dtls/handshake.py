"""All handshake messages together: bytes become values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from conformance.dtls.certificates import Certificate, CertificateRequest
from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.extensions import CertificateType
from conformance.dtls.hello import ClientHello, HelloRequest, HelloVerifyRequest, ServerHello
from conformance.dtls.key_exchange import CertificateVerify, ClientKeyExchange, ServerKeyExchange
from conformance.dtls.key_schedule import VERIFY_DATA_LENGTH
from conformance.dtls.message import HandshakeType, Message, type_name
from conformance.dtls.presentation import Reader
from conformance.dtls.suites import KeyExchange


@dataclass(frozen=True)
class ServerHelloDone(Message):
    """The server's flight is complete (RFC 5246 §7.4.5)."""

    type: ClassVar[int] = HandshakeType.SERVER_HELLO_DONE

    def body(self) -> bytes:
        return b""

    @classmethod
    def parse(cls, body: bytes) -> ServerHelloDone:
        Reader(body, "ServerHelloDone").end()
        return cls()


@dataclass(frozen=True)
class Finished(Message):
    """Proof over keys and transcript (RFC 5246 §7.4.9)."""

    type: ClassVar[int] = HandshakeType.FINISHED

    verify_data: bytes

    def body(self) -> bytes:
        return self.verify_data

    @classmethod
    def parse(cls, body: bytes) -> Finished:
        reader = Reader(body, "Finished")
        message = cls(reader.take(VERIFY_DATA_LENGTH))
        reader.end()
        return message


@dataclass(frozen=True)
class RawMessage(Message):
    """A message of any type and any body, for a script that sends what this engine would not."""

    type: int  # type: ignore[misc]
    content: bytes

    def body(self) -> bytes:
        return self.content


_PARSERS: dict[int, Callable[[bytes], Message]] = {
    HandshakeType.HELLO_REQUEST: HelloRequest.parse,
    HandshakeType.CLIENT_HELLO: ClientHello.parse,
    HandshakeType.SERVER_HELLO: ServerHello.parse,
    HandshakeType.HELLO_VERIFY_REQUEST: HelloVerifyRequest.parse,
    HandshakeType.CERTIFICATE_REQUEST: CertificateRequest.parse,
    HandshakeType.SERVER_HELLO_DONE: ServerHelloDone.parse,
    HandshakeType.CERTIFICATE_VERIFY: CertificateVerify.parse,
    HandshakeType.FINISHED: Finished.parse,
}


def parse_message(
    type: int,
    body: bytes,
    key_exchange: KeyExchange | None = None,
    certificate_type: int = CertificateType.X509,
) -> Message:
    """The message as a value.

    What the key exchanges hold depends on the suite's `key_exchange`, a Certificate on the negotiated type.
    Raises DtlsError: decode_error; unexpected_message for a type that DTLS 1.2 does not have or that cannot
    come before a suite is chosen.
    """
    if type == HandshakeType.CERTIFICATE:
        return Certificate.parse(body, certificate_type)
    if key_exchange is not None and type == HandshakeType.SERVER_KEY_EXCHANGE:
        return ServerKeyExchange.parse(body, key_exchange)
    if key_exchange is not None and type == HandshakeType.CLIENT_KEY_EXCHANGE:
        return ClientKeyExchange.parse(body, key_exchange)
    parser = _PARSERS.get(type)
    if parser is None:
        raise DtlsError(AlertDescription.UNEXPECTED_MESSAGE, f"{type_name(type)} is not expected here")
    return parser(body)
