"""Messages of our codec made OSCORE messages, and read from them (RFC 8613 §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiocoap
from aiocoap import error, oscore

from conformance.coap.codec import dissect, encode
from conformance.coap.codes import Code
from conformance.coap.message import Message
from conformance.coap.options import Option, OptionNumber
from conformance.oscore.context import SecurityContext

RESERVED_BITS, LENGTH_BITS = 0xE0, 0x07
LONGEST_PARTIAL_IV = 5


class Refused(Exception):  # noqa: N818
    """A message that cannot be unprotected; `code` is what RFC 8613 §8.2 has for a request."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Binding:
    """What ties a response to its request: the context, and the request's identifiers in it."""

    context: SecurityContext
    request: Any


def protect(message: Message, context: SecurityContext) -> tuple[bytes, Binding]:
    """The datagram of a protected request, and what its response will be bound to."""
    outer, request = context.protect(_outgoing(message))
    return _datagram(outer, message), Binding(context, request)


def protect_response(message: Message, binding: Binding) -> bytes:
    """The datagram of a protected response to the request of the binding.

    In a notification the inner Observe is empty and the outer one holds the value (RFC 8613 §4.1.3.5.2).
    """
    observe = message.observe
    inner = message if observe is None else message.with_options(Option.uint(OptionNumber.OBSERVE, 0))
    outer, _ = binding.context.protect(_outgoing(inner), binding.request)
    if observe is not None:
        outer.opt.observe = observe
    return _datagram(outer, message)


def unprotect(datagram: bytes, context: SecurityContext) -> tuple[bytes, Binding]:
    """The request in a datagram with the OSCORE option, as a datagram.

    Raises:
        Refused: it is not of this context, was received before, or was changed on its way.
    """
    outer = _outer(datagram)
    try:
        *_, unprotected, _ = context._extract_encrypted0(outer)
    except (oscore.DecodeError, IndexError):
        raise Refused(Code.BAD_OPTION, "Failed to decode COSE") from None
    if context.get_oscore_context_for(unprotected) is None:
        raise Refused(Code.UNAUTHORIZED, "Security context not found")
    plaintext, request = _decrypted(outer, context, None)
    inner = _inner(datagram, plaintext)
    message = dissect(inner)[0]
    if message.observe is not None and outer.opt.observe is None:
        inner = encode(message.without(OptionNumber.OBSERVE))
    return inner, Binding(context, request)


def unprotect_response(datagram: bytes, binding: Binding) -> bytes:
    """The response in a datagram with the OSCORE option, as a datagram; Observe has the outer value.

    Raises:
        Refused: it does not belong to the request, or was changed on its way.
    """
    outer = _outer(datagram)
    outer_observe = outer.opt.observe
    plaintext, _ = _decrypted(outer, binding.context, binding.request)
    inner = _inner(datagram, plaintext)
    message = dissect(inner)[0]
    if message.observe is not None and outer_observe is not None:
        return encode(message.with_options(Option.uint(OptionNumber.OBSERVE, outer_observe)))
    return inner


def partial_iv(outer: Message) -> int | None:
    """The Partial IV in the OSCORE option of a message; None without one (RFC 8613 §6.1)."""
    value = outer.values(OptionNumber.OSCORE)[0]
    length = value[0] & 0x07 if value else 0
    return int.from_bytes(value[1 : 1 + length], "big") if length else None


def _outer(datagram: bytes) -> Any:
    """What of a protected message counts: aiocoap stumbles over other options that cannot be read.

    Raises:
        Refused: the OSCORE option has a bit or a length that RFC 8613 §6.1 reserves (§8.2, step 2).
    """
    message = dissect(datagram)[0]
    value = message.values(OptionNumber.OSCORE)[0]
    if value and (value[0] & RESERVED_BITS or value[0] & LENGTH_BITS > LONGEST_PARTIAL_IV):
        raise Refused(Code.BAD_OPTION, "Failed to decode COSE")
    kept = (OptionNumber.OSCORE, OptionNumber.OBSERVE)
    options = tuple(option for option in message.options if option.number in kept)
    return aiocoap.Message.decode(encode(message.with_(options=options)))


def _decrypted(outer: Any, context: SecurityContext, request: Any) -> tuple[bytes, Any]:
    context.decrypted = None
    try:
        context.unprotect(outer, request)
    except (error.UnparsableMessage, UnicodeDecodeError):
        if context.decrypted is None:
            raise Refused(Code.BAD_OPTION, "Failed to decode COSE") from None
    except oscore.ReplayError:
        raise Refused(Code.UNAUTHORIZED, "Replay detected") from None
    except (oscore.DecodeError, IndexError):
        raise Refused(Code.BAD_OPTION, "Failed to decode COSE") from None
    except oscore.ProtectionInvalid:
        raise Refused(Code.BAD_REQUEST, "Decryption failed") from None
    assert context.decrypted is not None
    return context.decrypted


def _inner(datagram: bytes, plaintext: bytes) -> bytes:
    """Code, options and payload of a plaintext under the header of the datagram."""
    return datagram[:1] + plaintext[:1] + datagram[2 : 4 + (datagram[0] & 0x0F)] + plaintext[1:]


def _outgoing(message: Message) -> Any:
    made = aiocoap.Message.decode(encode(message))
    made.direction = aiocoap.message.Direction.OUTGOING
    return made


def _datagram(outer: Any, message: Message) -> bytes:
    outer.mtype, outer.mid, outer.token = aiocoap.Type(int(message.type)), message.mid, message.token
    return bytes(outer.encode())
