"""Keys and certificates that a profile names as files, in PEM or DER, on P-256 or P-384."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import SecretBytes, ValidationInfo

CURVES = (ec.SECP256R1, ec.SECP384R1)
_PEM = b"-----BEGIN "


def private_key(given: object, info: ValidationInfo) -> SecretBytes:
    """A private key as OneAsymmetricKey (RFC 5958), DER. Raises ValueError with what is expected."""
    if isinstance(given, SecretBytes):
        return given
    expected = "a file with a private key on P-256 or P-384, not encrypted, in PEM or DER"
    data = _content(given, info, expected)
    load = load_pem_private_key if data.startswith(_PEM) else load_der_private_key
    key = _loaded(lambda: load(data, None), expected)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, CURVES):
        raise ValueError(expected)
    return SecretBytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def public_key(given: object, info: ValidationInfo) -> bytes:
    """A public key as SubjectPublicKeyInfo, DER. Raises ValueError with what is expected."""
    if isinstance(given, bytes):
        return given
    expected = "a file with a public key on P-256 or P-384, in PEM or DER"
    data = _content(given, info, expected)
    load = load_pem_public_key if data.startswith(_PEM) else load_der_public_key
    key = _loaded(lambda: load(data), expected)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, CURVES):
        raise ValueError(expected)
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def certificate(given: object, info: ValidationInfo) -> bytes:
    """An X.509 certificate, DER. Raises ValueError with what is expected."""
    if isinstance(given, bytes):
        return given
    expected = "a file with an X.509 certificate for a key on P-256 or P-384, in PEM or DER"
    data = _content(given, info, expected)
    load = x509.load_pem_x509_certificate if data.startswith(_PEM) else x509.load_der_x509_certificate
    shown = _loaded(lambda: load(data), expected)
    key = _loaded(shown.public_key, expected)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, CURVES):
        raise ValueError(expected)
    return bytes(shown.public_bytes(Encoding.DER))


def _content(given: object, info: ValidationInfo, expected: str) -> bytes:
    if not isinstance(given, str) or not given:
        raise ValueError(expected)
    try:
        return (Path((info.context or {}).get("folder", ".")) / given).read_bytes()
    except OSError as error:
        raise ValueError(f"{expected}; it cannot be read: {error.strerror}") from None


def _loaded(load: Callable[[], Any], expected: str) -> Any:
    try:
        return load()
    except Exception:  # the library raises what it likes for bytes that are something else
        raise ValueError(expected) from None
