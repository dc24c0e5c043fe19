"""Certificates made while the tests run: authorities and end entities, right and wrong ones."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from conformance.dtls.credentials import Certificate, RawPublicKey

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
VALID = (NOW - DAY, NOW + DAY)
EXPIRED = (NOW - 2 * DAY, NOW - DAY)
NOT_YET = (NOW + DAY, NOW + 2 * DAY)
P256 = ec.SECP256R1()
P384 = ec.SECP384R1()


@dataclass(frozen=True)
class Party:
    """One certificate with its private key, and who issued it (None: itself)."""

    certificate: x509.Certificate
    private: ec.EllipticCurvePrivateKey = field(repr=False)
    issuer: Party | None = None

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def private_pem(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def private_der(self) -> bytes:
        return self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    @property
    def path(self) -> tuple[Party, ...]:
        """This one and those above it, without the root."""
        above = self.issuer.path if self.issuer is not None and self.issuer.issuer is not None else ()
        return (self, *above)

    @property
    def credential(self) -> Certificate:
        return Certificate(tuple(party.der for party in self.path), self.private)

    @property
    def raw(self) -> RawPublicKey:
        return RawPublicKey(self.private)


def authority(
    name: str,
    issuer: Party | None = None,
    *,
    curve: ec.EllipticCurve = P256,
    valid: tuple[datetime.datetime, datetime.datetime] = VALID,
    path_length: int | None = None,
    may_sign: bool = True,
) -> Party:
    """A certificate that may issue others; a root when `issuer` is None."""
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=may_sign,
        crl_sign=may_sign,
        encipher_only=False,
        decipher_only=False,
    )
    return _issue(
        name,
        issuer,
        curve,
        valid,
        [(x509.BasicConstraints(ca=True, path_length=path_length), True), (usage, True)],
    )


def end_entity(
    name: str,
    issuer: Party | None,
    *,
    hosts: Iterable[str] = (),
    addresses: Iterable[str] = (),
    uris: Iterable[str] = (),
    purposes: Iterable[x509.ObjectIdentifier] = (),
    curve: ec.EllipticCurve = P256,
    valid: tuple[datetime.datetime, datetime.datetime] = VALID,
    more: Iterable[tuple[x509.ExtensionType, bool]] = (),
) -> Party:
    """A certificate that issues nothing; self-signed without `issuer`, no subjectAltName without names."""
    extensions = list(more)
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    names += [x509.UniformResourceIdentifier(uri) for uri in uris]
    if names:
        extensions.append((x509.SubjectAlternativeName(names), False))
    if purposes := list(purposes):
        extensions.append((x509.ExtendedKeyUsage(purposes), False))
    return _issue(name, issuer, curve, valid, extensions)


def _issue(
    name: str,
    issuer: Party | None,
    curve: ec.EllipticCurve,
    valid: tuple[datetime.datetime, datetime.datetime],
    extensions: Iterable[tuple[x509.ExtensionType, bool]],
) -> Party:
    private = ec.generate_private_key(curve)
    signer = private if issuer is None else issuer.private
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    digest = hashes.SHA384() if signer.curve.key_size > 256 else hashes.SHA256()
    return Party(builder.sign(signer, digest), private, issuer)
