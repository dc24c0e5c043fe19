"""From the premaster secret to keys, Finished values and exported secrets (RFC 5246 §5, §6.3, §8.1)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Literal

from conformance.dtls.suites import CipherSuite

MASTER_SECRET_LENGTH = 48
VERIFY_DATA_LENGTH = 12


def prf(secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """`length` bytes of the pseudorandom function (RFC 5246 §5)."""
    seed = label + seed
    chained, out = seed, bytearray()
    while len(out) < length:
        chained = hmac.digest(secret, chained, "sha256")
        out += hmac.digest(secret, chained + seed, "sha256")
    return bytes(out[:length])


def psk_premaster(psk: bytes, other: bytes | None = None) -> bytes:
    """The premaster secret of PSK (RFC 4279 §2), or of ECDHE_PSK with its secret `other` (RFC 5489 §2)."""
    first = bytes(len(psk)) if other is None else other
    return len(first).to_bytes(2) + first + len(psk).to_bytes(2) + psk


def master_secret(premaster: bytes, client_random: bytes, server_random: bytes) -> bytes:
    """The master secret of RFC 5246 §8.1."""
    return prf(premaster, b"master secret", client_random + server_random, MASTER_SECRET_LENGTH)


def extended_master_secret(premaster: bytes, session_hash: bytes) -> bytes:
    """The master secret of RFC 7627 §4; `session_hash` is over all messages up to the ClientKeyExchange."""
    return prf(premaster, b"extended master secret", session_hash, MASTER_SECRET_LENGTH)


@dataclass(frozen=True)
class TrafficKeys:
    """What one end writes with: `mac_key` is empty for AEAD, `iv` (the implicit nonce) is empty for CBC."""

    mac_key: bytes = field(repr=False)
    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)


@dataclass(frozen=True)
class KeyBlock:
    """The keys of one epoch, by the end that writes with them."""

    client: TrafficKeys
    server: TrafficKeys


def key_block(suite: CipherSuite, master: bytes, client_random: bytes, server_random: bytes) -> KeyBlock:
    """The keys of an epoch (RFC 5246 §6.3)."""
    cipher = suite.cipher
    lengths = (cipher.mac_key_length, cipher.key_length, cipher.fixed_iv_length)
    block = prf(master, b"key expansion", server_random + client_random, 2 * sum(lengths))
    parts: list[tuple[bytes, bytes]] = []
    for length in lengths:
        parts.append((block[:length], block[length : 2 * length]))
        block = block[2 * length :]
    (client_mac, server_mac), (client_key, server_key), (client_iv, server_iv) = parts
    return KeyBlock(
        client=TrafficKeys(client_mac, client_key, client_iv),
        server=TrafficKeys(server_mac, server_key, server_iv),
    )


def verify_data(master: bytes, sender: Literal["client", "server"], transcript_hash: bytes) -> bytes:
    """The content of the Finished message that `sender` sends (RFC 5246 §7.4.9)."""
    return prf(master, f"{sender} finished".encode(), transcript_hash, VERIFY_DATA_LENGTH)


def export(master: bytes, label: bytes, context: bytes | None, randoms: bytes, length: int) -> bytes:
    """Keying material for another protocol (RFC 5705 §4); `randoms` is the client's and then the server's.

    No context (None) and an empty one give different secrets. Raises ValueError above 65535 bytes of context.
    """
    if context is None:
        return prf(master, label, randoms, length)
    if len(context) > 0xFFFF:
        raise ValueError(f"the context of an exported secret has at most 65535 bytes, not {len(context)}")
    return prf(master, label, randoms + len(context).to_bytes(2) + context, length)
