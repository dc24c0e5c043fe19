"""Keys and chains as users give them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from conformance.dtls.credentials import Certificate, Psk, PskStore, RawPublicKey, public_key_from_der
from conformance.dtls.errors import AlertDescription, DtlsError
from tests.dtls.authority import authority, end_entity


def test_a_store_finds_keys_by_their_whole_identity() -> None:
    store = PskStore([Psk(b"one", b"1"), Psk(b"", b"empty"), Psk(b"\x00\xff", b"binary")])
    assert store.lookup(b"one") == Psk(b"one", b"1")
    assert store.lookup(b"") == Psk(b"", b"empty")
    assert store.lookup(b"\x00\xff") == Psk(b"\x00\xff", b"binary")
    assert store.lookup(b"on") is None
    store.add(Psk(b"one", b"2"))
    assert (len(store), store.lookup(b"one")) == (3, Psk(b"one", b"2"))
    store.remove(b"one")
    assert store.lookup(b"one") is None
    assert {psk.identity for psk in store} == {b"", b"\x00\xff"}
    with pytest.raises(KeyError):
        store.remove(b"one")


def test_keys_do_not_show_when_printed() -> None:
    party = end_entity("name", None)
    assert "secret" not in repr(Psk(b"identity", b"secret"))
    assert "private" not in repr(party.credential)
    assert "private" not in repr(party.raw)


@pytest.mark.parametrize(
    "form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL], ids=["OneAsymmetricKey", "SEC 1"]
)
def test_a_raw_public_key_comes_from_its_private_half(form: PrivateFormat) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    raw = RawPublicKey.from_der(private.private_bytes(Encoding.DER, form, NoEncryption()))
    assert public_key_from_der(raw.public) == private.public_key()


def test_a_private_key_that_cannot_serve_is_told() -> None:
    wrong_kind = rsa.generate_private_key(65537, 2048)
    wrong_curve = ec.generate_private_key(ec.SECP521R1())
    locked = end_entity("name", None).private.private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
    )
    plain = [
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        for key in (wrong_kind, wrong_curve)
    ]
    for der, reason in [
        (b"", "private key"),
        (locked, "unencrypted"),
        *((each, "P-256 or P-384") for each in plain),
    ]:
        with pytest.raises(ValueError, match=reason):
            RawPublicKey.from_der(der)


def test_a_public_key_that_cannot_serve_gets_an_alert() -> None:
    rsa_key = rsa.generate_private_key(65537, 2048).public_key()
    spki = rsa_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for shown, alert in [
        (b"", AlertDescription.BAD_CERTIFICATE),
        (end_entity("name", None).der, AlertDescription.BAD_CERTIFICATE),
        (spki, AlertDescription.UNSUPPORTED_CERTIFICATE),
    ]:
        with pytest.raises(DtlsError) as caught:
            public_key_from_der(shown)
        assert caught.value.alert is alert


def test_a_certificate_comes_with_its_chain_and_key() -> None:
    root = authority("root")
    leaf = end_entity("leaf", authority("intermediate", root))
    assert len(leaf.credential.chain) == 2
    given = Certificate.from_der(leaf.credential.chain, leaf.private_der)
    given.require_own_key()
    assert given.chain == leaf.credential.chain
    with pytest.raises(ValueError, match="certificate 1 of the chain"):
        Certificate.from_der([leaf.der, b"junk"], leaf.private_der)
    with pytest.raises(ValueError, match="CN=leaf"):
        Certificate(leaf.credential.chain, root.private).require_own_key()
    with pytest.raises(ValueError, match="empty"):
        Certificate((), root.private).require_own_key()
