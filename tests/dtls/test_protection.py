"""Records of OpenSSL are opened and records for OpenSSL sealed; a changed bit of anything is refused."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from conformance.dtls.errors import AlertDescription, BadRecordMac
from conformance.dtls.key_schedule import TrafficKeys, key_block
from conformance.dtls.protection import Protection
from conformance.dtls.suites import SUITES, Cipher, CipherSuite, suite
from tests.dtls.openssl_pair import Pair

APPLICATION_DATA, TLS12_CID = 23, 25
DTLS12 = 0xFEFD
OPENSSL_NAMES = {
    "ECDHE-ECDSA-AES128-CCM8": "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
    "ECDHE-ECDSA-AES128-CCM": "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
    "ECDHE-ECDSA-AES128-GCM-SHA256": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "ECDHE-ECDSA-AES128-SHA256": "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
}
BY_CIPHER = {each.cipher: each for each in SUITES.values()}
VARIANTS = [(each, False) for each in BY_CIPHER.values()] + [(BY_CIPHER[Cipher.AES_128_CBC_SHA256], True)]


@dataclass(frozen=True)
class Header:
    content_type: int = APPLICATION_DATA
    version: int = DTLS12
    epoch: int = 1
    sequence: int = 7
    cid: bytes | None = None

    @classmethod
    def of(cls, record: bytes) -> Header:
        return cls(
            record[0], int.from_bytes(record[1:3]), int.from_bytes(record[3:5]), int.from_bytes(record[5:11])
        )


def zeros(length: int) -> bytes:
    return bytes(length)


def protection(which: CipherSuite, encrypt_then_mac: bool = False) -> Protection:
    cipher = which.cipher
    keys = TrafficKeys(b"m" * cipher.mac_key_length, b"k" * cipher.key_length, b"i" * cipher.fixed_iv_length)
    return Protection(which, keys, encrypt_then_mac)


@pytest.mark.parametrize("encrypt_then_mac", [True, False])
@pytest.mark.parametrize("name", OPENSSL_NAMES)
def test_records_go_both_ways_with_openssl(name: str, encrypt_then_mac: bool) -> None:
    pair = Pair(name, encrypt_then_mac)
    which = suite(OPENSSL_NAMES[name])
    keys = key_block(which, pair.master, pair.client_random, pair.server_random).client
    client = Protection(which, keys, encrypt_then_mac)
    record = pair.record_of_client(b"from OpenSSL")
    assert client.open(Header.of(record), record[13:]) == b"from OpenSSL"
    header = replace(Header.of(record), sequence=Header.of(record).sequence + 1)
    fragment = client.seal(header, b"to OpenSSL", zeros)
    assert len(fragment) == len(b"to OpenSSL") + client.overhead(len(b"to OpenSSL"))
    wire = record[:5] + header.sequence.to_bytes(6) + len(fragment).to_bytes(2) + fragment
    assert pair.received_by_server(wire) == b"to OpenSSL"


@given(st.sampled_from(VARIANTS), st.binary(max_size=300), st.none() | st.binary(max_size=20))
def test_what_is_sealed_can_be_opened_and_has_the_length_foretold(
    variant: tuple[CipherSuite, bool], plaintext: bytes, cid: bytes | None
) -> None:
    both = protection(*variant)
    header = Header() if cid is None else Header(TLS12_CID, cid=cid)
    fragment = both.seal(header, plaintext, zeros)
    assert len(fragment) == len(plaintext) + both.overhead(len(plaintext))
    assert both.open(header, fragment) == plaintext


@given(st.sampled_from(VARIANTS), st.binary(max_size=40), st.booleans(), st.data())
def test_a_changed_bit_is_refused(
    variant: tuple[CipherSuite, bool], plaintext: bytes, with_cid: bool, data: st.DataObject
) -> None:
    both = protection(*variant)
    header = Header(TLS12_CID, cid=b"\x01\x02") if with_cid else Header()
    fragment = bytearray(both.seal(header, plaintext, zeros))
    bit = data.draw(st.integers(0, 8 * len(fragment) - 1))
    fragment[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadRecordMac) as caught:
        both.open(header, bytes(fragment))
    assert caught.value.alert is AlertDescription.BAD_RECORD_MAC


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda each: f"{each[0].cipher.value}-{each[1]}")
@pytest.mark.parametrize(
    "other",
    [
        Header(content_type=22, cid=b"\x01"),
        Header(TLS12_CID, version=0xFEFF, cid=b"\x01"),
        Header(TLS12_CID, epoch=2, cid=b"\x01"),
        Header(TLS12_CID, sequence=8, cid=b"\x01"),
        Header(TLS12_CID, cid=b"\x02"),
        Header(TLS12_CID, cid=b"\x01\x00"),
    ],
    ids=["type", "version", "epoch", "sequence", "cid", "longer cid"],
)
def test_all_of_the_header_is_authenticated(variant: tuple[CipherSuite, bool], other: Header) -> None:
    both = protection(*variant)
    fragment = both.seal(Header(TLS12_CID, cid=b"\x01"), b"plaintext", zeros)
    with pytest.raises(BadRecordMac):
        both.open(other, fragment)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda each: f"{each[0].cipher.value}-{each[1]}")
@pytest.mark.parametrize(
    "other",
    [Header(content_type=22), Header(version=0xFEFF), Header(epoch=2), Header(sequence=8)],
    ids=["type", "version", "epoch", "sequence"],
)
def test_so_it_is_without_a_connection_id(variant: tuple[CipherSuite, bool], other: Header) -> None:
    both = protection(*variant)
    fragment = both.seal(Header(), b"plaintext", zeros)
    with pytest.raises(BadRecordMac):
        both.open(other, fragment)


@pytest.mark.parametrize("encrypt_then_mac", [True, False])
def test_every_byte_of_padding_is_checked(encrypt_then_mac: bool) -> None:
    """RFC 5246 §6.2.3.2; no MAC covers the padding where it was made before the encryption."""
    which = BY_CIPHER[Cipher.AES_128_CBC_SHA256]
    both = protection(which, encrypt_then_mac)
    right = both.seal(Header(), b"plaintext", zeros)
    blocks = right[16:-32] if encrypt_then_mac else right[16:]
    aes = BlockCipher(AES(b"k" * 16), CBC(zeros(16)))
    content = bytearray(aes.decryptor().update(blocks))
    assert content[-1] > 1
    content[-2] ^= 1
    wrong = zeros(16) + aes.encryptor().update(bytes(content))
    if encrypt_then_mac:
        covered = bytes.fromhex("0001000000000007 17 fefd") + len(wrong).to_bytes(2) + wrong
        wrong += hmac.digest(b"m" * 32, covered, "sha256")
    with pytest.raises(BadRecordMac, match="padding"):
        both.open(Header(), wrong)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda each: f"{each[0].cipher.value}-{each[1]}")
def test_a_truncated_fragment_is_refused(variant: tuple[CipherSuite, bool]) -> None:
    both = protection(*variant)
    fragment = both.seal(Header(), b"a plaintext longer than a block of AES", zeros)
    for length in range(len(fragment)):
        with pytest.raises(BadRecordMac):
            both.open(Header(), fragment[:length])


def test_two_ciphers_do_not_open_each_other() -> None:
    fragment = protection(BY_CIPHER[Cipher.AES_128_CCM]).seal(Header(), b"plaintext", zeros)
    with pytest.raises(BadRecordMac):
        protection(BY_CIPHER[Cipher.AES_128_GCM]).open(Header(), fragment)


def test_encrypt_then_mac_is_for_block_ciphers_alone() -> None:
    which = BY_CIPHER[Cipher.AES_128_CCM_8]
    assert protection(which, encrypt_then_mac=True).seal(Header(), b"x", zeros) == protection(which).seal(
        Header(), b"x", zeros
    )
