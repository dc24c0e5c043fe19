"""Keys and Finished values, against published vectors and what OpenSSL derives."""

from __future__ import annotations

import pytest

from conformance.dtls.key_schedule import (
    export,
    extended_master_secret,
    key_block,
    master_secret,
    prf,
    psk_premaster,
    verify_data,
)
from conformance.dtls.suites import SUITES, suite
from tests.dtls.openssl_pair import Pair


def test_the_prf_gives_the_published_vector() -> None:
    expected = (
        "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af"
        "0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
        "87347b66"
    )
    secret = bytes.fromhex("9bbe436ba940f017b17652849a71db35")
    seed = bytes.fromhex("a0ba9f936cda311827a6f796ffd5198c")
    assert prf(secret, b"test label", seed, 100).hex() == expected


@pytest.mark.parametrize(
    ("psk", "other", "expected"),
    [
        (b"\x01\x02\x03", None, "0003 000000 0003 010203"),
        (b"", None, "0000 0000"),
        (b"\x01\x02", b"\xaa\xbb\xcc", "0003 aabbcc 0002 0102"),
    ],
)
def test_a_premaster_secret_holds_both_parts_with_their_lengths(
    psk: bytes, other: bytes | None, expected: str
) -> None:
    assert psk_premaster(psk, other) == bytes.fromhex(expected)


def test_a_key_of_64_bytes_makes_a_premaster_of_132() -> None:
    assert len(psk_premaster(bytes(64))) == 132


def test_secrets_of_different_labels_differ() -> None:
    premaster, randoms = bytes(20), bytes(64)
    assert master_secret(premaster, randoms[:32], randoms[32:]) != extended_master_secret(
        premaster, randoms[:32]
    )


@pytest.mark.parametrize("each", SUITES.values(), ids=str)
def test_a_key_block_has_the_lengths_of_its_cipher(each: object) -> None:
    found = suite(str(each))
    block = key_block(found, bytes(48), bytes(32), bytes(32))
    for keys in (block.client, block.server):
        assert (len(keys.mac_key), len(keys.key), len(keys.iv)) == (
            (0, 16, 4) if found.cipher.aead else (32, 16, 0)
        )
    assert block.client != block.server


def test_secrets_do_not_show_when_printed() -> None:
    keys = key_block(suite(0xC0A8), bytes(48), bytes(32), bytes(32)).client
    assert keys.key.hex() not in repr(keys)
    assert repr(keys.key) not in repr(keys)


def test_the_two_ends_have_different_verify_data() -> None:
    client, server = (verify_data(bytes(48), end, bytes(32)) for end in ("client", "server"))
    assert len(client) == len(server) == 12
    assert client != server


@pytest.mark.parametrize("context", [None, b"", b"context"])
def test_an_exported_secret_is_what_openssl_exports(context: bytes | None) -> None:
    pair = Pair("ECDHE-ECDSA-AES128-GCM-SHA256")
    ours = export(pair.master, b"EXPERIMENTAL tests", context, pair.client_random + pair.server_random, 40)
    assert ours == pair.client.export_keying_material(b"EXPERIMENTAL tests", 40, context)


def test_a_context_has_a_limit() -> None:
    with pytest.raises(ValueError, match="65535"):
        export(bytes(48), b"label", bytes(65536), bytes(64), 1)
