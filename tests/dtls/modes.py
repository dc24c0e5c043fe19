"""Configurations of both ends for every kind of credential."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import pytest

from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Psk, PskStore
from conformance.dtls.suites import SUITES, CipherSuite, suite
from conformance.dtls.trust import CertificateTrust, CertificateUsage, ExpectedPublicKeys
from tests.dtls.authority import P256, P384, authority, end_entity

PSK = Psk(b"urn:dev:1", bytes(range(16)))
CCM_8 = suite("TLS_PSK_WITH_AES_128_CCM_8")
ECDSA_CCM_8 = suite("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8")
CBC = suite("TLS_PSK_WITH_AES_128_CBC_SHA256")
GCM = suite("TLS_PSK_WITH_AES_128_GCM_SHA256")


@dataclass(frozen=True)
class Mode:
    """Client and server that fit together."""

    client: Configuration
    server: Configuration

    def both(self, **changes: object) -> Mode:
        """The same with these settings at both ends."""
        return Mode(replace(self.client, **changes), replace(self.server, **changes))  # type: ignore[arg-type]


def psk(*suites: CipherSuite) -> Mode:
    """Pre-shared key, CCM_8 unless suites are named."""
    chosen = suites or (CCM_8,)
    return Mode(
        Configuration(chosen, (PSK,)),
        Configuration(chosen, psk_store=PskStore([PSK]), cookie_secret=b"secret"),
    )


@cache
def raw_public_key(of: CipherSuite = ECDSA_CCM_8, p384: bool = False) -> Mode:
    """Raw public keys at both ends."""
    curve = P384 if p384 else P256
    device, server = (end_entity(name, None, curve=curve).raw for name in ("device", "server"))
    return Mode(
        Configuration((of,), (device,), public_keys=ExpectedPublicKeys.only([server.public])),
        Configuration(
            (of,),
            (server,),
            public_keys=ExpectedPublicKeys.only([device.public]),
            cookie_secret=b"secret",
        ),
    )


@cache
def x509(of: CipherSuite = ECDSA_CCM_8, p384: bool = False) -> Mode:
    """Certificates under one root at both ends."""
    curve = P384 if p384 else P256
    root = authority("root", curve=curve)
    intermediate = authority("intermediate", root, curve=curve)
    device, server = (end_entity(name, intermediate, curve=curve) for name in ("device", "server"))

    def trusting(name: str) -> CertificateTrust:
        return CertificateTrust(CertificateUsage.TRUST_ANCHOR_ASSERTION, root.der, names=(name,))

    return Mode(
        Configuration((of,), (device.credential,), certificates=trusting("server")),
        Configuration((of,), (server.credential,), certificates=trusting("device"), cookie_secret=b"secret"),
    )


def modes() -> list[pytest.param]:  # type: ignore[valid-type]
    """Every suite with every kind of credential that goes with it."""
    found = []
    for each in SUITES.values():
        if not each.key_exchange.certificate:
            found.append(pytest.param(lambda each=each: psk(each), id=each.name))
            continue
        for kind in (raw_public_key, x509):
            for p384 in (False, True):
                name = f"{each.name}-{kind.__name__}-{'P-384' if p384 else 'P-256'}"
                found.append(pytest.param(lambda each=each, kind=kind, p384=p384: kind(each, p384), id=name))
    return found
