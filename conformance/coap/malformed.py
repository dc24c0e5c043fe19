"""Datagrams that are malformed on purpose, each by one named fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.coap.codec import HEADER_LENGTH, PAYLOAD_MARKER, encode, encode_options
from conformance.coap.codes import Code
from conformance.coap.message import Message, Type
from conformance.coap.options import Option


def wrong_version(message: Message, version: int = 2) -> bytes:
    """The message with another version number (RFC 7252 §3: silently ignored)."""
    data = encode(message)
    return bytes([data[0] & 0x3F | version << 6]) + data[1:]


def token_length(message: Message, length: int = 9) -> bytes:
    """The message with a token of 9..15 bytes (RFC 7252 §3), its own repeated to fill it."""
    if not 9 <= length <= 15:
        raise ValueError(f"reserved token lengths are 9..15, not {length}")
    data = encode(message.with_(token=b""))
    token = ((message.token or b"\xa5") * length)[:length]
    return bytes([data[0] | length]) + data[1:HEADER_LENGTH] + token + data[HEADER_LENGTH:]


def truncated_token(message: Message, missing: int = 1) -> bytes:
    """The message, ending before its token does by `missing` bytes (RFC 7252 §3)."""
    if not 1 <= missing <= len(message.token):
        raise ValueError(f"a token of {len(message.token)} bytes cannot lack {missing}")
    return encode(message)[: HEADER_LENGTH + len(message.token) - missing]


def truncated_option(message: Message, number: int = 65000, missing: int = 1) -> bytes:
    """The message without payload, whose last option ends `missing` bytes early (RFC 7252 §3.1)."""
    longer = Option(number, b"x" * missing)
    return encode(message.with_(options=(*message.options, longer), payload=b""))[:-missing]


def truncated_option_header(message: Message, nibble: int = 14) -> bytes:
    """The message without payload, then an option whose extended delta is not there (RFC 7252 §3.1)."""
    if nibble not in (13, 14):
        raise ValueError(f"only the nibbles 13 and 14 announce more bytes, not {nibble}")
    return encode(message.with_(payload=b"")) + bytes([nibble << 4])


def marker_without_payload(message: Message) -> bytes:
    """The message without payload but with the payload marker (RFC 7252 §3: message format error)."""
    return encode(message.with_(payload=b"")) + bytes([PAYLOAD_MARKER])


def reserved_delta(message: Message) -> bytes:
    """The message without payload, then an option byte with delta 15 and length 1 (RFC 7252 §3.1)."""
    return encode(message.with_(payload=b"")) + b"\xf1x"


def reserved_length(message: Message) -> bytes:
    """The message without payload, then an option byte with delta 1 and length 15 (RFC 7252 §3.1)."""
    return encode(message.with_(payload=b"")) + b"\x1fx"


def option_number_overflow(message: Message) -> bytes:
    """The message without payload, then an option whose number is above 65535 (RFC 7252 §3.1)."""
    return encode(message.with_(payload=b"")) + encode_options((Option(65535),)) + b"\xe0\xff\xff"


def empty_with_bytes(mid: int, type_: Type = Type.CON, extra: bytes = b"\xb1x") -> bytes:
    """An Empty message with bytes after its Message ID (RFC 7252 §4.1: message format error)."""
    if not extra:
        raise ValueError("at least one byte must follow the Message ID")
    return encode(Message(type_, Code.EMPTY, mid)) + extra


def empty_with_token(mid: int, type_: Type = Type.CON, token: bytes = b"\xa5") -> bytes:
    """An Empty message that carries a token (RFC 7252 §4.1: message format error)."""
    if not token:
        raise ValueError("the token must have at least one byte")
    return encode(Message(type_, Code.EMPTY, mid, token))


def reset_with_token(mid: int, token: bytes = b"\xa5") -> bytes:
    """A Reset message that carries a token (RFC 7252 §4.2: a Reset is Empty)."""
    return empty_with_token(mid, Type.RST, token)


def reserved_class(message: Message, class_: int = 1) -> bytes:
    """The message with a code of the reserved class 1, 6 or 7 (RFC 7252 §4.2, §4.3)."""
    if class_ not in (1, 6, 7):
        raise ValueError(f"the reserved classes are 1, 6 and 7, not {class_}")
    return encode(message.with_(code=Code.of(class_, message.code.detail or 1)))


def truncated_header(message: Message, length: int = 3) -> bytes:
    """The first 0..3 bytes of the message."""
    if not 0 <= length < HEADER_LENGTH:
        raise ValueError(f"a truncated header has 0..3 bytes, not {length}")
    return encode(message)[:length]


FAULTS: Mapping[str, Callable[[Message], bytes]] = {
    "truncated-header": truncated_header,
    "wrong-version": wrong_version,
    "token-length": token_length,
    "truncated-token": truncated_token,
    "truncated-option": truncated_option,
    "truncated-option-header": truncated_option_header,
    "marker-without-payload": marker_without_payload,
    "reserved-delta": reserved_delta,
    "reserved-length": reserved_length,
    "option-number-overflow": option_number_overflow,
    "reserved-class": reserved_class,
}
"""Every fault that can be made of a request with a token, by name."""
