"""Extensions of the hello messages: their numbers, and what their data mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.presentation import Reader, numbers, uint, vector


class ExtensionType(IntEnum):
    """Extensions that this engine understands."""

    SERVER_NAME = 0
    MAX_FRAGMENT_LENGTH = 1
    SUPPORTED_GROUPS = 10
    EC_POINT_FORMATS = 11
    SIGNATURE_ALGORITHMS = 13
    CLIENT_CERTIFICATE_TYPE = 19
    SERVER_CERTIFICATE_TYPE = 20
    ENCRYPT_THEN_MAC = 22
    EXTENDED_MASTER_SECRET = 23
    RECORD_SIZE_LIMIT = 28
    CONNECTION_ID = 54
    RENEGOTIATION_INFO = 0xFF01


class CertificateType(IntEnum):
    """What a Certificate message holds (RFC 7250 §3)."""

    X509 = 0
    RAW_PUBLIC_KEY = 2


UNCOMPRESSED = 0
"""The point format that RFC 8422 §5.1.2 demands."""

FRAGMENT_LENGTHS = {1: 512, 2: 1024, 3: 2048, 4: 4096}
"""Codes of max_fragment_length and the bytes of plaintext that they allow (RFC 6066 §4)."""


@dataclass(frozen=True)
class Extension:
    """One extension as it stands on the wire; one of an unknown type is kept like any other."""

    type: int
    data: bytes

    @property
    def name(self) -> str:
        try:
            return ExtensionType(self.type).name.lower()
        except ValueError:
            return f"extension {self.type}"


def data_of(extensions: Sequence[Extension], type: ExtensionType) -> bytes | None:
    """The data of an extension, or None where it is absent."""
    return next((extension.data for extension in extensions if extension.type == type), None)


def read_extensions(reader: Reader) -> tuple[Extension, ...]:
    """The extensions at the end of a hello; DtlsError illegal_parameter for a type that comes twice."""
    if not reader.left:
        return ()
    extensions = reader.vectors(2, lambda inner: Extension(inner.uint(2), inner.vector(2)))
    reader.end()
    types = [extension.type for extension in extensions]
    for extension in extensions:
        if types.count(extension.type) > 1:
            raise DtlsError(
                AlertDescription.ILLEGAL_PARAMETER, f"{extension.name} comes twice (RFC 5246 §7.4.1.4)"
            )
    return extensions


def write_extensions(extensions: Sequence[Extension]) -> bytes:
    """The block at the end of a hello message; nothing at all where there are none."""
    if not extensions:
        return b""
    return vector(
        2, b"".join(uint(2, extension.type) + vector(2, extension.data) for extension in extensions)
    )


def empty(type: ExtensionType) -> Extension:
    """An extension whose presence says it all."""
    return Extension(type, b"")


def read_empty(data: bytes, name: str) -> None:
    """DtlsError decode_error unless there are no data."""
    Reader(data, name).end()


def number_list(type: ExtensionType, values: Sequence[int], width: int = 2) -> Extension:
    """An extension that lists numbers of `width` bytes, behind a length of as many."""
    return Extension(type, numbers(width, width, values))


def read_number_list(data: bytes, name: str, width: int = 2) -> tuple[int, ...]:
    """What `number_list` wrote; at least one number."""
    reader = Reader(data, name)
    values = reader.numbers(width, width, minimum=1)
    reader.end()
    return values


def number(type: ExtensionType, value: int, width: int) -> Extension:
    """An extension that is one number of `width` bytes."""
    return Extension(type, uint(width, value))


def read_number(data: bytes, name: str, width: int) -> int:
    """What `number` wrote."""
    reader = Reader(data, name)
    value = reader.uint(width)
    reader.end()
    return value


def short_bytes(type: ExtensionType, value: bytes) -> Extension:
    """An extension that is one vector of up to 255 bytes: a Connection ID, the renegotiation indication."""
    return Extension(type, vector(1, value))


def read_short_bytes(data: bytes, name: str) -> bytes:
    """What `short_bytes` wrote."""
    reader = Reader(data, name)
    value = reader.vector(1)
    reader.end()
    return value


def server_name(name: str) -> Extension:
    """The DNS name that the client wants to speak to (RFC 6066 §3)."""
    return Extension(ExtensionType.SERVER_NAME, vector(2, uint(1, 0) + vector(2, name.encode("ascii"))))


def read_server_name(data: bytes) -> str | None:
    """The DNS name in a ClientHello, None where only names of other kinds stand there."""
    reader = Reader(data, "server_name")
    names = reader.vectors(2, lambda inner: (inner.uint(1), inner.vector(2, minimum=1)))
    reader.end()
    return next((name.decode("ascii", "replace") for kind, name in names if kind == 0), None)
