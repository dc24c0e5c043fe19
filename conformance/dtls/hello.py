"""The messages that open a handshake: hellos, the cookie exchange and the request to begin anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.dtls.extensions import Extension, ExtensionType, data_of, read_extensions, write_extensions
from conformance.dtls.message import HandshakeType, Message
from conformance.dtls.presentation import Reader, numbers, uint, vector
from conformance.dtls.records import DTLS_1_0, DTLS_1_2

RANDOM_LENGTH = 32


@dataclass(frozen=True)
class HelloRequest(Message):
    """A server asks for a new handshake (RFC 5246 §7.4.1.1)."""

    type: ClassVar[int] = HandshakeType.HELLO_REQUEST

    def body(self) -> bytes:
        return b""

    @classmethod
    def parse(cls, body: bytes) -> HelloRequest:
        Reader(body, "HelloRequest").end()
        return cls()


@dataclass(frozen=True)
class ClientHello(Message):
    """What the client offers (RFC 5246 §7.4.1.2, the cookie RFC 6347 §4.2.1)."""

    type: ClassVar[int] = HandshakeType.CLIENT_HELLO

    random: bytes
    suites: tuple[int, ...]
    session_id: bytes = b""
    cookie: bytes = b""
    extensions: tuple[Extension, ...] = ()
    compressions: tuple[int, ...] = (0,)
    version: int = DTLS_1_2

    def extension(self, type: ExtensionType) -> bytes | None:
        """The data of an extension, or None where it is absent."""
        return data_of(self.extensions, type)

    def body(self) -> bytes:
        return b"".join(
            (
                uint(2, self.version),
                self.random,
                vector(1, self.session_id),
                vector(1, self.cookie),
                numbers(2, 2, self.suites),
                numbers(1, 1, self.compressions),
                write_extensions(self.extensions),
            )
        )

    @classmethod
    def parse(cls, body: bytes) -> ClientHello:
        reader = Reader(body, "ClientHello")
        return cls(
            version=reader.uint(2),
            random=reader.take(RANDOM_LENGTH),
            session_id=reader.vector(1),
            cookie=reader.vector(1),
            suites=reader.numbers(2, 2, minimum=1),
            compressions=reader.numbers(1, 1, minimum=1),
            extensions=read_extensions(reader),
        )


@dataclass(frozen=True)
class HelloVerifyRequest(Message):
    """The server wants to see its cookie come back (RFC 6347 §4.2.1)."""

    type: ClassVar[int] = HandshakeType.HELLO_VERIFY_REQUEST

    cookie: bytes
    version: int = DTLS_1_0

    def body(self) -> bytes:
        return uint(2, self.version) + vector(1, self.cookie)

    @classmethod
    def parse(cls, body: bytes) -> HelloVerifyRequest:
        reader = Reader(body, "HelloVerifyRequest")
        message = cls(version=reader.uint(2), cookie=reader.vector(1))
        reader.end()
        return message


@dataclass(frozen=True)
class ServerHello(Message):
    """What the server chose (RFC 5246 §7.4.1.3)."""

    type: ClassVar[int] = HandshakeType.SERVER_HELLO

    random: bytes
    suite: int
    session_id: bytes = b""
    extensions: tuple[Extension, ...] = ()
    compression: int = 0
    version: int = DTLS_1_2

    def extension(self, type: ExtensionType) -> bytes | None:
        """The data of an extension, or None where it is absent."""
        return data_of(self.extensions, type)

    def body(self) -> bytes:
        return b"".join(
            (
                uint(2, self.version),
                self.random,
                vector(1, self.session_id),
                uint(2, self.suite),
                uint(1, self.compression),
                write_extensions(self.extensions),
            )
        )

    @classmethod
    def parse(cls, body: bytes) -> ServerHello:
        reader = Reader(body, "ServerHello")
        return cls(
            version=reader.uint(2),
            random=reader.take(RANDOM_LENGTH),
            session_id=reader.vector(1),
            suite=reader.uint(2),
            compression=reader.uint(1),
            extensions=read_extensions(reader),
        )
