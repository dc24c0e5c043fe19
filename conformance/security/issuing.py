"""Certificates for a case and the authority that issues them; the seed determines all but their dates."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from conformance.dtls.credentials import Certificate

VALID = (-1.0, 2.0)
"""Days from now between which a certificate is valid, unless a case wants it otherwise."""
AUTHORITY_VALID = (-100.0, 100.0)
"""Longer than any certificate that a case wants of it."""
SERIAL_BITS = 120
"""A serial number has 20 octets at most and is positive (RFC 5280 §4.1.2.2)."""


def drawn_key(chance: random.Random) -> ec.EllipticCurvePrivateKey:
    """A key on P-256 that the seed of the run determines."""
    return ec.derive_private_key(chance.randrange(1, 2**255), ec.SECP256R1())


def private_der(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as OneAsymmetricKey (RFC 5958), not encrypted."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """A certificate authority with a key of its own; `anchor` is its certificate, DER."""

    def __init__(self, chance: random.Random, name: str = "lwm2m-conformance test authority") -> None:
        self._name = _named(name)
        self._chance = random.Random(chance.getrandbits(64))
        self._key = drawn_key(self._chance)
        self.anchor = self._issued(self._name, self._key, AUTHORITY_VALID, certifies=True)

    def issue(
        self,
        common_name: str,
        key: ec.EllipticCurvePrivateKey,
        valid: tuple[float, float] = VALID,
        extensions: Sequence[x509.ExtensionType] = (),
    ) -> Certificate:
        """A certificate for a key, valid between two times that are given in days from now.

        A name that is an address stands in subjectAltName, too: some look for an address only there.
        """
        subject = _named(common_name)
        further = (*_alternative(common_name), *extensions)
        return Certificate((self._issued(subject, key, valid, further, certifies=False),), key)

    def _issued(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        valid: tuple[float, float],
        extensions: Sequence[x509.ExtensionType] = (),
        *,
        certifies: bool,
    ) -> bytes:
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(self._chance.getrandbits(SERIAL_BITS) | 1)
            .not_valid_before(now + timedelta(days=valid[0]))
            .not_valid_after(now + timedelta(days=valid[1]))
            .add_extension(x509.BasicConstraints(ca=certifies, path_length=None), critical=True)
        )
        for extension in extensions:
            made = made.add_extension(
                extension, critical=not isinstance(extension, x509.SubjectAlternativeName)
            )
        return made.sign(self._key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


class NoAuthority(Authority):
    """Whoever issues certificates by one that is for a device, and not for an authority."""

    def __init__(self, chance: random.Random, device: Certificate) -> None:
        self._chance = random.Random(chance.getrandbits(64))
        self._name = x509.load_der_x509_certificate(device.chain[0]).subject
        self._key = device.private
        self.anchor = device.chain[0]


def _alternative(name: str) -> tuple[x509.ExtensionType, ...]:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return ()
    return (x509.SubjectAlternativeName([x509.IPAddress(address)]),)


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
