"""Certificates that a server has to refuse, each with one thing wrong with it."""

from __future__ import annotations

import random

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from conformance.dtls.credentials import Certificate
from conformance.security.clients import ClientCredentials
from conformance.security.issuing import Authority, NoAuthority, drawn_key

FAULTS = ("expired", "not_yet_valid", "namesake_of_the_issuer", "issued_by_a_device")
"""What makes the path to the trust anchor invalid (RFC 5280 §6.1.3, §6.1.4)."""
USAGES = ("no_signatures", "servers_only")
"""What a certificate may say that its key is not for (RFC 5280 §4.2.1.3, §4.2.1.12)."""
OTHER_NAMES = ("common_name", "alternative_name")
"""Where the name of another device may stand."""


def faulty(fault: str, name: str, credentials: ClientCredentials, chance: random.Random) -> Certificate:
    """A certificate for the name of a device and a key that no server knows, with one of `FAULTS`."""
    key, authority = drawn_key(chance), credentials.authority
    match fault:
        case "expired":
            return authority.issue(name, key, valid=(-20, -10))
        case "not_yet_valid":
            return authority.issue(name, key, valid=(10, 20))
        case "namesake_of_the_issuer":
            return Authority(chance).issue(name, key)
        case "issued_by_a_device":
            device = authority.issue("device-of-somebody", drawn_key(chance))
            made = NoAuthority(chance, device).issue(name, key)
            return Certificate((*made.chain, *device.chain), key)
        case _:
            raise ValueError(f"a certificate can have wrong: {', '.join(FAULTS)}; not {fault!r}")


def limited(usage: str, name: str, credentials: ClientCredentials, chance: random.Random) -> Certificate:
    """A valid certificate for the name of a device whose key is not for what a DTLS client does with it."""
    return credentials.authority.issue(name, drawn_key(chance), extensions=(_EXTENSIONS[usage],))


def named_otherwise(
    where: str, name: str, credentials: ClientCredentials, chance: random.Random
) -> Certificate:
    """A valid certificate for somebody else; the name is the Common Name, or in subjectAltName as well."""
    alternative = (x509.SubjectAlternativeName([x509.DNSName(name)]),) if where == "alternative_name" else ()
    return credentials.authority.issue(name, drawn_key(chance), extensions=alternative)


_EXTENSIONS: dict[str, x509.ExtensionType] = {
    "no_signatures": x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=True,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    ),
    "servers_only": x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
}
