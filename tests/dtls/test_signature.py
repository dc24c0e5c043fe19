"""ECDSA with the vectors of RFC 6979 §A.2, and signatures that do not fit."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.signature import SignatureAlgorithm, sign, verify

P256 = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
P256_R = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
P256_S = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8


def test_the_signature_of_rfc_6979_comes_out() -> None:
    key = ec.derive_private_key(P256, ec.SECP256R1())
    assert decode_dss_signature(sign(key, SignatureAlgorithm.ECDSA_SHA256, b"sample")) == (P256_R, P256_S)


@pytest.mark.parametrize("algorithm", SignatureAlgorithm)
@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=lambda curve: curve.name)
def test_any_hash_goes_with_any_curve(curve: ec.EllipticCurve, algorithm: SignatureAlgorithm) -> None:
    key = ec.generate_private_key(curve)
    signature = sign(key, algorithm, b"data")
    verify(key.public_key(), algorithm, signature, b"data")
    for wrong in (signature[:-1] + bytes([signature[-1] ^ 1]), b"", signature[:-1], signature + b"\x00"):
        with pytest.raises(DtlsError) as caught:
            verify(key.public_key(), algorithm, wrong, b"data")
        assert caught.value.alert is AlertDescription.DECRYPT_ERROR


def test_other_data_another_key_and_another_hash_are_refused() -> None:
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    signature = sign(key, SignatureAlgorithm.ECDSA_SHA256, b"data")
    for public, algorithm, data in (
        (key, SignatureAlgorithm.ECDSA_SHA256, b"Data"),
        (other, SignatureAlgorithm.ECDSA_SHA256, b"data"),
        (key, SignatureAlgorithm.ECDSA_SHA384, b"data"),
    ):
        with pytest.raises(DtlsError) as caught:
            verify(public.public_key(), algorithm, signature, data)
        assert caught.value.alert is AlertDescription.DECRYPT_ERROR


def test_an_algorithm_that_was_not_offered_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(DtlsError) as caught:
        verify(key.public_key(), 0x0203, sign(key, SignatureAlgorithm.ECDSA_SHA256, b"data"), b"data")
    assert caught.value.alert is AlertDescription.ILLEGAL_PARAMETER


def test_the_hash_follows_the_curve() -> None:
    assert (
        SignatureAlgorithm.suits(ec.generate_private_key(ec.SECP384R1())) is SignatureAlgorithm.ECDSA_SHA384
    )
    assert (
        SignatureAlgorithm.suits(ec.generate_private_key(ec.SECP256R1())) is SignatureAlgorithm.ECDSA_SHA256
    )
