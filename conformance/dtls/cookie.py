"""The cookie by which a client shows that it receives what is sent to its address (RFC 6347 §4.2.1)."""

from __future__ import annotations

import hmac
from dataclasses import replace

from conformance.dtls.hello import ClientHello

COOKIE_LENGTH = 20


def cookie_for(secret: bytes, address: bytes, hello: ClientHello) -> bytes:
    """The cookie of this address and this offer; the same for the same, whoever is asked.

    Extensions do not count: RFC 6347 §4.2.1 names the parameters that may not change.
    """
    offer = replace(hello, cookie=b"", extensions=()).body()
    return hmac.digest(secret, len(address).to_bytes(2) + address + offer, "sha256")[:COOKIE_LENGTH]


def is_valid(secret: bytes, address: bytes, hello: ClientHello) -> bool:
    """Whether the hello brings back the cookie that its address and offer were given."""
    return hmac.compare_digest(hello.cookie, cookie_for(secret, address, hello))
