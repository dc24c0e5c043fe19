"""What every handshake message is: a type and a body, and how it is cut into fragments (RFC 6347 §4.2.2)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from conformance.dtls.presentation import Reader, uint

FRAGMENT_HEADER = 12


class HandshakeType(IntEnum):
    """Handshake messages of DTLS 1.2."""

    HELLO_REQUEST = 0
    CLIENT_HELLO = 1
    SERVER_HELLO = 2
    HELLO_VERIFY_REQUEST = 3
    NEW_SESSION_TICKET = 4
    CERTIFICATE = 11
    SERVER_KEY_EXCHANGE = 12
    CERTIFICATE_REQUEST = 13
    SERVER_HELLO_DONE = 14
    CERTIFICATE_VERIFY = 15
    CLIENT_KEY_EXCHANGE = 16
    FINISHED = 20


def type_name(type: int) -> str:
    """The RFC's name of a handshake message."""
    try:
        return HandshakeType(type).name.title().replace("_", "")
    except ValueError:
        return f"handshake message {type}"


class Message(ABC):
    """A handshake message as a value; `parse` of each class raises DtlsError decode_error."""

    type: ClassVar[int]

    @abstractmethod
    def body(self) -> bytes:
        """What follows the handshake header."""


@dataclass(frozen=True)
class Fragment:
    """A handshake message or a piece of one; `length` is that of the whole body."""

    type: int
    length: int
    message_seq: int
    offset: int
    data: bytes

    @classmethod
    def whole(cls, type: int, message_seq: int, body: bytes) -> Fragment:
        """A message in one piece."""
        return cls(type, len(body), message_seq, 0, body)

    @property
    def name(self) -> str:
        return type_name(self.type)

    def __bytes__(self) -> bytes:
        return b"".join(
            (
                uint(1, self.type),
                uint(3, self.length),
                uint(2, self.message_seq),
                uint(3, self.offset),
                uint(3, len(self.data)),
                self.data,
            )
        )

    def split(self, size: int) -> tuple[Fragment, ...]:
        """The same in pieces of at most `size` bytes of body."""
        cuts = range(0, len(self.data), size) if self.data else (0,)
        return tuple(
            Fragment(self.type, self.length, self.message_seq, self.offset + cut, self.data[cut : cut + size])
            for cut in cuts
        )


def read_fragments(data: bytes) -> tuple[Fragment, ...]:
    """The fragments in one record; DtlsError decode_error."""
    reader = Reader(data, "handshake record")
    fragments = []
    while reader.left:
        fragments.append(
            Fragment(
                type=reader.uint(1),
                length=reader.uint(3),
                message_seq=reader.uint(2),
                offset=reader.uint(3),
                data=reader.vector(3),
            )
        )
    return tuple(fragments)
