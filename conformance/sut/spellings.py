"""How a program may print a key: the texts that are blacked out wherever they turn up."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

SHORTEST_TEXT = 6
"""A key that reads as a shorter text is no text: it would black out words."""
PEM_LINE = 64


def spellings(key_hex: str) -> Iterator[str]:
    """A key in hexadecimal digits: these in both cases, the octets in Base64, and as text if they are one."""
    yield from (key_hex, key_hex.lower(), key_hex.upper())
    octets = bytes.fromhex(key_hex)
    yield from (octets.hex(), octets.hex().upper())
    if len(octets) >= SHORTEST_TEXT:
        yield base64.b64encode(octets).decode()
        yield base64.b64encode(octets).decode().rstrip("=")
        if octets.isascii() and octets.decode().isprintable():
            yield octets.decode()


def spellings_of_key(der: bytes) -> Iterator[str]:
    """A private key: its number, and its structures with the lines of their PEM that tell of it."""
    key = load_der_private_key(der, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("a private key of another kind than the profile takes")
    yield from spellings(key.private_numbers().private_value.to_bytes((key.key_size + 7) // 8).hex())
    for structure in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        encoded = key.private_bytes(Encoding.DER, structure, NoEncryption())
        yield from spellings(encoded.hex())
        text = base64.b64encode(encoded).decode()
        yield from (text[at : at + PEM_LINE] for at in range(0, len(text), PEM_LINE))
