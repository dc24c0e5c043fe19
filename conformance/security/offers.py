"""Cipher suites that a device offers, also such as the engine does not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from conformance.dtls.hello import ClientHello
from conformance.dtls.script import OutgoingMessage, Script

MANDATORY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "psk": "TLS_PSK_WITH_AES_128_CCM_8",
        "rpk": "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
        "x509": "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
    }
)
"""The suite that everybody has in a mode (LwM2M Transport 1.1.1 §5.2.8)."""
WITHOUT_ENCRYPTION: Final[Mapping[str, int]] = MappingProxyType(
    {"psk": 0x00B0, "rpk": 0xC006, "x509": 0xC006}
)
"""TLS_PSK_WITH_NULL_SHA256 and TLS_ECDHE_ECDSA_WITH_NULL_SHA."""


def offering(number: int) -> Script:
    """A client that offers one suite, which it could not use itself."""

    def offer(message: OutgoingMessage) -> Iterable[OutgoingMessage]:
        hello = message.message
        if not isinstance(hello, ClientHello):
            return [message]
        return [replace(message, message=replace(hello, suites=(number,)))]

    return Script(message=offer)
