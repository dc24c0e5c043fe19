"""The cipher suites that LwM2M names or its peers offer, by their IANA number and name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class KeyExchange(Enum):
    """How the two ends come to a premaster secret."""

    PSK = "PSK"
    ECDHE_PSK = "ECDHE_PSK"
    ECDHE_ECDSA = "ECDHE_ECDSA"

    @property
    def psk(self) -> bool:
        """Whether a pre-shared key goes into the premaster secret (RFC 4279, RFC 5489)."""
        return self is not KeyExchange.ECDHE_ECDSA

    @property
    def ephemeral(self) -> bool:
        """Whether the ends exchange points of an elliptic curve (RFC 8422)."""
        return self is not KeyExchange.PSK

    @property
    def certificate(self) -> bool:
        """Whether the server shows a certificate or a raw public key."""
        return self is KeyExchange.ECDHE_ECDSA


class Cipher(Enum):
    """How records are protected; all with keys of 128 bits."""

    AES_128_CCM_8 = "AES_128_CCM_8"
    AES_128_CCM = "AES_128_CCM"
    AES_128_GCM = "AES_128_GCM"
    AES_128_CBC_SHA256 = "AES_128_CBC_SHA256"

    @property
    def aead(self) -> bool:
        """Whether one operation both encrypts and authenticates (RFC 5246 §6.2.3.3)."""
        return self is not Cipher.AES_128_CBC_SHA256

    @property
    def tag_length(self) -> int:
        """Bytes of authentication tag, or of MAC."""
        return _TAG_LENGTHS[self]

    @property
    def mac_key_length(self) -> int:
        """Bytes of MAC key in the key block; 0 for AEAD."""
        return 0 if self.aead else 32

    @property
    def key_length(self) -> int:
        """Bytes of encryption key in the key block."""
        return 16

    @property
    def fixed_iv_length(self) -> int:
        """Bytes of implicit nonce in the key block; CBC has none (RFC 5246 §6.2.3.2)."""
        return 4 if self.aead else 0

    def overhead(self, plaintext_length: int, encrypt_then_mac: bool = False) -> int:
        """How many bytes protection adds to a plaintext of `plaintext_length` bytes."""
        if self.aead:
            return 8 + self.tag_length
        padded = plaintext_length if encrypt_then_mac else plaintext_length + self.tag_length
        return 16 + self.tag_length + 16 - padded % 16


_TAG_LENGTHS = {
    Cipher.AES_128_CCM_8: 8,
    Cipher.AES_128_CCM: 16,
    Cipher.AES_128_GCM: 16,
    Cipher.AES_128_CBC_SHA256: 32,
}


@dataclass(frozen=True)
class CipherSuite:
    """One entry of IANA's registry "TLS Cipher Suites"; the PRF of all of them is that of SHA-256."""

    number: int
    name: str
    key_exchange: KeyExchange
    cipher: Cipher

    def __str__(self) -> str:
        return self.name


_PSK, _ECDHE_PSK, _ECDHE_ECDSA = KeyExchange.PSK, KeyExchange.ECDHE_PSK, KeyExchange.ECDHE_ECDSA

SUITES: Mapping[int, CipherSuite] = MappingProxyType(
    {
        number: CipherSuite(number, name, key_exchange, cipher)
        for number, name, key_exchange, cipher in (
            (0xC0A8, "TLS_PSK_WITH_AES_128_CCM_8", _PSK, Cipher.AES_128_CCM_8),
            (0xC0A4, "TLS_PSK_WITH_AES_128_CCM", _PSK, Cipher.AES_128_CCM),
            (0x00A8, "TLS_PSK_WITH_AES_128_GCM_SHA256", _PSK, Cipher.AES_128_GCM),
            (0x00AE, "TLS_PSK_WITH_AES_128_CBC_SHA256", _PSK, Cipher.AES_128_CBC_SHA256),
            (0xD003, "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256", _ECDHE_PSK, Cipher.AES_128_CCM_8),
            (0xD005, "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256", _ECDHE_PSK, Cipher.AES_128_CCM),
            (0xD001, "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256", _ECDHE_PSK, Cipher.AES_128_GCM),
            (0xC037, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256", _ECDHE_PSK, Cipher.AES_128_CBC_SHA256),
            (0xC0AE, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", _ECDHE_ECDSA, Cipher.AES_128_CCM_8),
            (0xC0AC, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", _ECDHE_ECDSA, Cipher.AES_128_CCM),
            (0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", _ECDHE_ECDSA, Cipher.AES_128_GCM),
            (0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", _ECDHE_ECDSA, Cipher.AES_128_CBC_SHA256),
        )
    }
)
"""Every suite that the engine can speak, by number, in the order of preference within one key exchange."""

EMPTY_RENEGOTIATION_INFO_SCSV = 0x00FF
"""No suite: a client's sign that it knows RFC 5746 §3.3."""

_BY_NAME = {suite.name: suite for suite in SUITES.values()}


def suite(name_or_number: str | int) -> CipherSuite:
    """The suite of an IANA name or number; raise KeyError that lists what there is."""
    found = SUITES.get(name_or_number) if isinstance(name_or_number, int) else _BY_NAME.get(name_or_number)
    if found is None:
        shown = f"0x{name_or_number:04X}" if isinstance(name_or_number, int) else repr(name_or_number)
        raise KeyError(f"cipher suite {shown} is not one of {', '.join(_BY_NAME)}")
    return found
