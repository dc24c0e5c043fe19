"""What a bootstrap gives a device for one server: keys that are drawn for it, and the Resources that hold
them. Long-term keys of a profile are none of them."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from typing import Any

from conformance.dtls.credentials import Certificate, Psk, RawPublicKey
from conformance.security.credentials import ISSUED, PINNED, PSK_LENGTH, TESTER_NAME, Credentials
from conformance.security.issuing import Authority, drawn_key, private_der

SECURITY_MODES = {"psk": 0, "rpk": 1, "x509": 2}
"""The Security Mode of each mode (LwM2M Core 1.1.1 §E.1, /0/x/2)."""
BASE64 = (string.ascii_letters + string.digits).encode()
"""Octets that are also a text in base64, whichever of its alphabets is used."""
CA_CONSTRAINT, SERVICE_CONSTRAINT = "0", "1"
"""Certificate usages beside PINNED and ISSUED."""


def drawn_credentials(mode: str, endpoint: str, chance: random.Random) -> Credentials:
    """Keys for a device of this name and the tester's server, unlike any others."""
    if mode == "psk":
        return shared(chance.randbytes(PSK_LENGTH), chance)
    tester, sut = drawn_key(chance), drawn_key(chance)
    if mode == "rpk":
        return Credentials(mode, RawPublicKey(tester), RawPublicKey(sut), {})
    authority = Authority(chance)
    own = authority.issue(endpoint, sut)
    return Credentials(mode, authority.issue(TESTER_NAME, tester), own, {}, authority)


def shared(key: bytes, chance: random.Random) -> Credentials:
    """A pre-shared key under an identity that is drawn."""
    psk = Psk(f"given{chance.randrange(16**7):07x}".encode(), key)
    return Credentials("psk", psk, psk, {})


def base64_like(chance: random.Random, length: int = PSK_LENGTH) -> bytes:
    """A key that whoever decodes it as base64 takes for another one."""
    return bytes(chance.choice(BASE64) for _ in range(length))


def security_resources(credentials: Credentials, usage: str | None = None) -> Mapping[int, Any]:
    """The Resources 2 to 5 of a Security Instance, and 15 where a `usage` is given.

    A certificate is expected as the usage says, itself where there is none (LwM2M Transport 1.1.1 §5.2.8.7).
    """
    mode = {2: SECURITY_MODES[credentials.mode]}
    match credentials.sut, credentials.tester:
        case Psk() as own, _:
            return {**mode, 3: own.identity, 4: b"", 5: own.key}
        case RawPublicKey() as own, RawPublicKey() as shown:
            return {**mode, 3: own.public, 4: shown.public, 5: private_der(own.private)}
        case Certificate() as own, Certificate() as shown:
            expected = shown.chain[0]
            if usage in (CA_CONSTRAINT, ISSUED):
                assert credentials.authority is not None
                expected = credentials.authority.anchor
            told = {} if usage is None else {15: int(usage)}
            return {**mode, 3: own.chain[0], 4: expected, 5: private_der(own.private), **told}
        case _:
            raise ValueError("both ends of an association show the same kind of credential")


def security_argument(credentials: Credentials, usage: str | None = None) -> Mapping[str, str | int]:
    """The same as the argument `security` of the verb ``provision`` (docs/adapter.md)."""
    values = security_resources(credentials, usage)
    own, server, secret = (values[resource].hex() for resource in (3, 4, 5))
    told = {} if usage is None else {"usage": int(usage)}
    match credentials.mode:
        case "psk":
            return {"mode": "psk", "identity": bytes.fromhex(own).decode(), "key_hex": secret}
        case "rpk":
            keys = {"public_key_hex": own, "private_key_hex": secret, "server_public_key_hex": server}
            return {"mode": "rpk", **keys}
        case mode:
            shown = {"certificate_hex": own, "private_key_hex": secret, "server_certificate_hex": server}
            return {"mode": mode, **shown, **told}


__all__ = [
    "CA_CONSTRAINT",
    "ISSUED",
    "PINNED",
    "SECURITY_MODES",
    "SERVICE_CONSTRAINT",
    "base64_like",
    "drawn_credentials",
    "security_argument",
    "security_resources",
    "shared",
]
