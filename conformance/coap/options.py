"""The CoAP options that the documents define, and one option of one message (RFC 7252 §5.4, §5.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType


class OptionNumber(IntEnum):
    """Option numbers, named as the IANA registry names them."""

    IF_MATCH = 1
    URI_HOST = 3
    ETAG = 4
    IF_NONE_MATCH = 5
    OBSERVE = 6
    URI_PORT = 7
    LOCATION_PATH = 8
    OSCORE = 9
    URI_PATH = 11
    CONTENT_FORMAT = 12
    MAX_AGE = 14
    URI_QUERY = 15
    HOP_LIMIT = 16
    ACCEPT = 17
    LOCATION_QUERY = 20
    BLOCK2 = 23
    BLOCK1 = 27
    SIZE2 = 28
    PROXY_URI = 35
    PROXY_SCHEME = 39
    SIZE1 = 60
    ECHO = 252
    NO_RESPONSE = 258
    REQUEST_TAG = 292


class OptionFormat(StrEnum):
    """How the value of an option is to be read (RFC 7252 §3.2)."""

    EMPTY = "empty"
    OPAQUE = "opaque"
    UINT = "uint"
    STRING = "string"


def is_critical(number: int) -> bool:
    """A receiver that does not know the option must not process the message (RFC 7252 §5.4.1)."""
    return number & 1 == 1


def is_unsafe(number: int) -> bool:
    """A proxy that does not know the option must not forward the message (RFC 7252 §5.4.2)."""
    return number & 2 == 2


def is_no_cache_key(number: int) -> bool:
    """The option is no part of the cache key (RFC 7252 §5.4.6)."""
    return number & 0x1E == 0x1C


@dataclass(frozen=True)
class OptionDefinition:
    """What a document says about one option; lengths are in bytes."""

    number: int
    name: str
    format: OptionFormat
    minimum: int
    maximum: int
    repeatable: bool
    source: str

    @property
    def critical(self) -> bool:
        return is_critical(self.number)

    @property
    def unsafe(self) -> bool:
        return is_unsafe(self.number)

    @property
    def no_cache_key(self) -> bool:
        return is_no_cache_key(self.number)


def _define() -> dict[int, OptionDefinition]:
    empty, opaque, uint, string = OptionFormat
    n = OptionNumber
    rows: tuple[tuple[OptionNumber, str, OptionFormat, int, int, bool, str], ...] = (
        (n.IF_MATCH, "If-Match", opaque, 0, 8, True, "RFC 7252 §5.10.8.1"),
        (n.URI_HOST, "Uri-Host", string, 1, 255, False, "RFC 7252 §5.10.1"),
        (n.ETAG, "ETag", opaque, 1, 8, True, "RFC 7252 §5.10.6"),
        (n.IF_NONE_MATCH, "If-None-Match", empty, 0, 0, False, "RFC 7252 §5.10.8.2"),
        (n.OBSERVE, "Observe", uint, 0, 3, False, "RFC 7641 §2"),
        (n.URI_PORT, "Uri-Port", uint, 0, 2, False, "RFC 7252 §5.10.1"),
        (n.LOCATION_PATH, "Location-Path", string, 0, 255, True, "RFC 7252 §5.10.7"),
        (n.OSCORE, "OSCORE", opaque, 0, 255, False, "RFC 8613 §2"),
        (n.URI_PATH, "Uri-Path", string, 0, 255, True, "RFC 7252 §5.10.1"),
        (n.CONTENT_FORMAT, "Content-Format", uint, 0, 2, False, "RFC 7252 §5.10.3"),
        (n.MAX_AGE, "Max-Age", uint, 0, 4, False, "RFC 7252 §5.10.5"),
        (n.URI_QUERY, "Uri-Query", string, 0, 255, True, "RFC 7252 §5.10.1"),
        (n.HOP_LIMIT, "Hop-Limit", uint, 1, 1, False, "RFC 8768 §3"),
        (n.ACCEPT, "Accept", uint, 0, 2, False, "RFC 7252 §5.10.4"),
        (n.LOCATION_QUERY, "Location-Query", string, 0, 255, True, "RFC 7252 §5.10.7"),
        (n.BLOCK2, "Block2", uint, 0, 3, False, "RFC 7959 §2.1"),
        (n.BLOCK1, "Block1", uint, 0, 3, False, "RFC 7959 §2.1"),
        (n.SIZE2, "Size2", uint, 0, 4, False, "RFC 7959 §4"),
        (n.PROXY_URI, "Proxy-Uri", string, 1, 1034, False, "RFC 7252 §5.10.2"),
        (n.PROXY_SCHEME, "Proxy-Scheme", string, 1, 255, False, "RFC 7252 §5.10.2"),
        (n.SIZE1, "Size1", uint, 0, 4, False, "RFC 7252 §5.10.9"),
        (n.ECHO, "Echo", opaque, 1, 40, False, "RFC 9175 §2.2.1"),
        (n.NO_RESPONSE, "No-Response", uint, 0, 1, False, "RFC 7967 §2"),
        (n.REQUEST_TAG, "Request-Tag", opaque, 0, 8, True, "RFC 9175 §3.2.1"),
    )
    return {int(number): OptionDefinition(int(number), *rest) for number, *rest in rows}  # type: ignore[arg-type]


DEFINITIONS: Mapping[int, OptionDefinition] = MappingProxyType(_define())


@dataclass(frozen=True)
class Option:
    """One option of a message: its number and its value as it stands on the wire."""

    number: int
    value: bytes = b""

    @classmethod
    def uint(cls, number: int, value: int) -> Option:
        """An option that carries a non-negative integer in as few bytes as possible (RFC 7252 §3.2)."""
        return cls(number, value.to_bytes((value.bit_length() + 7) // 8, "big"))

    @classmethod
    def string(cls, number: int, value: str) -> Option:
        """An option that carries a text in UTF-8."""
        return cls(number, value.encode())

    @property
    def definition(self) -> OptionDefinition | None:
        """What the documents say about the option; None for one that they do not define."""
        return DEFINITIONS.get(self.number)

    @property
    def name(self) -> str:
        """The registered name, or "Option 65000"."""
        definition = self.definition
        return definition.name if definition else f"Option {self.number}"

    @property
    def critical(self) -> bool:
        return is_critical(self.number)

    @property
    def as_uint(self) -> int:
        return int.from_bytes(self.value, "big")

    @property
    def as_text(self) -> str:
        """The value as text; a byte that is not UTF-8 appears as \\xNN."""
        return self.value.decode(errors="backslashreplace")

    @property
    def decoded(self) -> int | str | bytes:
        """The value in the option's own format; an option that is not defined gives bytes."""
        definition = self.definition
        if definition is not None and definition.format is OptionFormat.UINT:
            return self.as_uint
        if definition is not None and definition.format is OptionFormat.STRING:
            return self.as_text
        return self.value

    def __str__(self) -> str:
        decoded = self.decoded
        return f"{self.name}: {decoded.hex() if isinstance(decoded, bytes) else decoded}"


def name_of(number: int) -> str:
    """The registered name of an option number, or "Option 65000"."""
    return Option(number).name


def readable(option: Option) -> int | str:
    """The value of an option for a record: a number, a text, or bytes in hexadecimal."""
    decoded = option.decoded
    return decoded.hex() if isinstance(decoded, bytes) else decoded
