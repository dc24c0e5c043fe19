"""How the fragment of one record is protected and opened: AEAD, and CBC with HMAC in both orders."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from conformance.dtls.errors import BadRecordMac
from conformance.dtls.key_schedule import TrafficKeys
from conformance.dtls.suites import Cipher, CipherSuite

TLS12_CID = 25
"""The content type of a record that carries a Connection ID (RFC 9146 §4)."""

EXPLICIT_NONCE_LENGTH = 8
BLOCK_LENGTH = 16


class RecordHeader(Protocol):
    """What of a record is authenticated beside its content; `version` is 0xFEFD for DTLS 1.2.

    With content type 25 the content is the DTLSInnerPlaintext, which the record layer builds and takes
    apart, and `cid` is the Connection ID; with every other type `cid` plays no part (RFC 9146 §5).
    """

    @property
    def content_type(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def epoch(self) -> int: ...
    @property
    def sequence(self) -> int: ...
    @property
    def cid(self) -> bytes | None: ...


class Protection:
    """What one end does to the records of one epoch; the peer holds an equal one to open them."""

    def __init__(self, suite: CipherSuite, keys: TrafficKeys, encrypt_then_mac: bool = False) -> None:
        """`encrypt_then_mac` (RFC 7366) changes CBC suites only."""
        self.suite = suite
        self.encrypt_then_mac = encrypt_then_mac and not suite.cipher.aead
        self._keys = keys
        self._aead: AESCCM | AESGCM | None = None
        if suite.cipher is Cipher.AES_128_GCM:
            self._aead = AESGCM(keys.key)
        elif suite.cipher.aead:
            self._aead = AESCCM(keys.key, tag_length=suite.cipher.tag_length)

    def overhead(self, plaintext_length: int) -> int:
        """How many bytes `seal` adds to a plaintext of `plaintext_length` bytes."""
        return self.suite.cipher.overhead(plaintext_length, self.encrypt_then_mac)

    def seal(self, record: RecordHeader, plaintext: bytes, random: Callable[[int], bytes]) -> bytes:
        """The fragment that goes on the wire; `random(n)` gives the IV of CBC (RFC 5246 §6.2.3.2)."""
        if self._aead is not None:
            explicit = _number(record)
            nonce = self._keys.iv + explicit
            return explicit + self._aead.encrypt(nonce, plaintext, _authenticated(record, len(plaintext)))
        iv = random(BLOCK_LENGTH)
        if self.encrypt_then_mac:
            sealed = iv + self._encrypt(iv, _pad(plaintext))
            return sealed + self._mac(record, sealed)
        return iv + self._encrypt(iv, _pad(plaintext + self._mac(record, plaintext)))

    def open(self, record: RecordHeader, fragment: bytes) -> bytes:
        """The plaintext of a fragment; raises BadRecordMac when it is not authentic."""
        if self._aead is not None:
            length = len(fragment) - EXPLICIT_NONCE_LENGTH - self.suite.cipher.tag_length
            if length < 0:
                raise BadRecordMac(f"a fragment of {len(fragment)} bytes is too short for {self.suite}")
            nonce = self._keys.iv + fragment[:EXPLICIT_NONCE_LENGTH]
            try:
                return self._aead.decrypt(
                    nonce, fragment[EXPLICIT_NONCE_LENGTH:], _authenticated(record, length)
                )
            except InvalidTag:
                raise BadRecordMac("the authentication tag does not match") from None
        return self._open_etm(record, fragment) if self.encrypt_then_mac else self._open_mte(record, fragment)

    def _open_etm(self, record: RecordHeader, fragment: bytes) -> bytes:
        tag_length = self.suite.cipher.tag_length
        sealed, tag = fragment[:-tag_length], fragment[-tag_length:]
        if len(sealed) < 2 * BLOCK_LENGTH or len(sealed) % BLOCK_LENGTH:
            raise BadRecordMac(f"a fragment of {len(fragment)} bytes is no IV, blocks and MAC")
        if not hmac.compare_digest(tag, self._mac(record, sealed)):
            raise BadRecordMac("the MAC over the ciphertext does not match")
        return _unpad(self._decrypt(sealed[:BLOCK_LENGTH], sealed[BLOCK_LENGTH:]))

    def _open_mte(self, record: RecordHeader, fragment: bytes) -> bytes:
        tag_length = self.suite.cipher.tag_length
        if len(fragment) % BLOCK_LENGTH or len(fragment) < BLOCK_LENGTH + tag_length + 1:
            raise BadRecordMac(f"a fragment of {len(fragment)} bytes is no IV and blocks that hold a MAC")
        content = _unpad(self._decrypt(fragment[:BLOCK_LENGTH], fragment[BLOCK_LENGTH:]))
        if len(content) < tag_length:
            raise BadRecordMac("the padding leaves no room for the MAC")
        plaintext, tag = content[:-tag_length], content[-tag_length:]
        if not hmac.compare_digest(tag, self._mac(record, plaintext)):
            raise BadRecordMac("the MAC over the plaintext does not match")
        return plaintext

    def _mac(self, record: RecordHeader, content: bytes) -> bytes:
        return hmac.digest(self._keys.mac_key, _authenticated(record, len(content)) + content, "sha256")

    def _encrypt(self, iv: bytes, blocks: bytes) -> bytes:
        encryptor = BlockCipher(AES(self._keys.key), CBC(iv)).encryptor()
        return encryptor.update(blocks) + encryptor.finalize()

    def _decrypt(self, iv: bytes, blocks: bytes) -> bytes:
        decryptor = BlockCipher(AES(self._keys.key), CBC(iv)).decryptor()
        return decryptor.update(blocks) + decryptor.finalize()


def _number(record: RecordHeader) -> bytes:
    return record.epoch.to_bytes(2) + record.sequence.to_bytes(6)


def _authenticated(record: RecordHeader, length: int) -> bytes:
    """The additional data, or what the MAC covers before the content (RFC 5246 §6.2.3, RFC 9146 §5)."""
    version = record.version.to_bytes(2)
    if record.content_type != TLS12_CID:
        return _number(record) + bytes([record.content_type]) + version + length.to_bytes(2)
    cid = record.cid or b""
    placeholder = b"\xff" * 8
    tag = bytes([TLS12_CID, len(cid), TLS12_CID])
    return placeholder + tag + version + _number(record) + cid + length.to_bytes(2)


def _pad(content: bytes) -> bytes:
    padding = BLOCK_LENGTH - 1 - len(content) % BLOCK_LENGTH
    return content + bytes([padding]) * (padding + 1)


def _unpad(content: bytes) -> bytes:
    padding = content[-1]
    if len(content) < padding + 1 or any(byte != padding for byte in content[-padding - 1 :]):
        raise BadRecordMac("the padding of CBC is wrong")
    return content[: -padding - 1]
