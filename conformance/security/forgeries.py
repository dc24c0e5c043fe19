"""What a server that is not who it says puts into its handshake messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from conformance.dtls.extensions import Extension
from conformance.dtls.handshake import Finished
from conformance.dtls.hello import ServerHello
from conformance.dtls.key_exchange import ServerKeyExchange
from conformance.dtls.records import DTLS_1_0
from conformance.dtls.script import OutgoingMessage

UNKNOWN_EXTENSION = 0xFDE8
"""Of the range for private use (RFC 8447 §8): no client asks for it."""


def another_finished(outgoing: OutgoingMessage) -> Iterable[OutgoingMessage]:
    """A Finished with one bit of its proof turned."""
    message = outgoing.message
    if isinstance(message, Finished):
        message = replace(message, verify_data=_turned(message.verify_data))
    return (replace(outgoing, message=message),)


def another_signature(outgoing: OutgoingMessage) -> Iterable[OutgoingMessage]:
    """A ServerKeyExchange with one bit of its signature turned."""
    message = outgoing.message
    if isinstance(message, ServerKeyExchange) and message.signature is not None:
        turned = replace(message.signature, value=_turned(message.signature.value))
        message = replace(message, signature=turned)
    return (replace(outgoing, message=message),)


def older_version(outgoing: OutgoingMessage) -> Iterable[OutgoingMessage]:
    """A ServerHello that chooses DTLS 1.0, and goes on in DTLS 1.2."""
    message = outgoing.message
    if isinstance(message, ServerHello):
        message = replace(message, version=DTLS_1_0)
    return (replace(outgoing, message=message),)


def extension_unasked(outgoing: OutgoingMessage) -> Iterable[OutgoingMessage]:
    """A ServerHello with an extension that no client offered."""
    message = outgoing.message
    if isinstance(message, ServerHello):
        message = replace(message, extensions=(*message.extensions, Extension(UNKNOWN_EXTENSION, b"")))
    return (replace(outgoing, message=message),)


def _turned(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])
