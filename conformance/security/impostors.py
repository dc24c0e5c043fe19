"""What a server shows that is not the one a device was provisioned for."""

from __future__ import annotations

import random
from dataclasses import replace

from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Certificate, Credential, Psk, PskStore, RawPublicKey
from conformance.dtls.trust import AnyCertificate, ExpectedPublicKeys
from conformance.security.channel import suites_of
from conformance.security.credentials import ISSUED, TESTER_NAME, Credentials
from conformance.security.issuing import Authority, drawn_key
from conformance.security.provisioning import CA_CONSTRAINT
from conformance.verdicts import NotApplicable

IMPOSTORS = ("another_issuer", "expired", "not_yet_valid", "another_name")
"""What can be wrong with a certificate that a device takes for its issuer's word."""


def with_another_credential(
    right: Configuration, credentials: Credentials, chance: random.Random
) -> Configuration:
    """A server of the same mode that shows another credential: a key of the same identity and length, another
    raw public key, a certificate for the same name from an authority of the same name."""
    match credentials.tester:
        case Psk(identity, key):
            keys = PskStore([Psk(identity, chance.randbytes(len(key)))])
            return replace(right, psk_store=keys, refuse_undecryptable=True)
        case RawPublicKey():
            return replace(right, credentials=(RawPublicKey(drawn_key(chance)),))
        case Certificate():
            return replace(right, credentials=(with_fault("another_issuer", credentials, chance),))


def with_fault(fault: str, credentials: Credentials, chance: random.Random) -> Certificate:
    """A certificate with one of `IMPOSTORS` wrong; only with another issuer the key is another, too."""
    own = credentials.tester
    authority = credentials.authority
    if authority is None or not isinstance(own, Certificate):
        raise NotApplicable("the suite did not issue the certificate of the tester (ixit.x509_certificate)")
    match fault:
        case "another_issuer":
            return Authority(chance).issue(TESTER_NAME, drawn_key(chance))
        case "expired":
            return authority.issue(TESTER_NAME, own.private, valid=(-20, -10))
        case "not_yet_valid":
            return authority.issue(TESTER_NAME, own.private, valid=(10, 20))
        case "another_name":
            return authority.issue("server.invalid", own.private)
        case _:
            raise ValueError(f"a certificate can have wrong: {', '.join(IMPOSTORS)}; not {fault!r}")


def with_another_certificate(usage: str, credentials: Credentials, chance: random.Random) -> Certificate:
    """A certificate for the right name that a Certificate Usage excludes (LwM2M Transport 1.1.1 §5.2.8.7): by
    those that name an authority one of another authority, else one of the same for another key."""
    if usage in (CA_CONSTRAINT, ISSUED):
        return with_fault("another_issuer", credentials, chance)
    assert credentials.authority is not None
    return credentials.authority.issue(TESTER_NAME, drawn_key(chance))


def of_another_kind(right: Configuration, mode: str, chance: random.Random) -> Configuration:
    """A server that proves itself by what the mode is not about: by a signature in the mode psk,
    by a pre-shared key that nobody knows in the others. It takes whatever a device shows."""
    if mode != "psk":
        return replace(right, suites=suites_of("psk"), credentials=(), psk_store=PskStore())
    key = drawn_key(chance)
    shown: tuple[Credential, ...] = (
        RawPublicKey(key),
        Authority(chance).issue(TESTER_NAME, key),
    )
    return replace(
        right,
        suites=suites_of("x509"),
        credentials=shown,
        psk_store=None,
        public_keys=ExpectedPublicKeys(),
        certificates=AnyCertificate(),
        verify_peer=False,
    )
