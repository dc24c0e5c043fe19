"""One way of meeting: a suite, a kind of credential, and the keys of the tester and of the peer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec

from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Psk, PskStore
from conformance.dtls.suites import SUITES, CipherSuite
from conformance.dtls.trust import CertificateTrust, CertificateUsage, ExpectedPublicKeys
from tests.dtls.authority import P256, P384, Party, authority, end_entity

PSK = Psk(b"urn:imei:490154203237518", bytes.fromhex("00112233445566778899aabbccddeeff"))
COOKIE_SECRET = b"a secret for cookies"
TIMEOUT = 0.15
"""Seconds after which the tester repeats a flight: less than peers take, so that losses cost little."""


class Kind(Enum):
    """What the ends show each other."""

    PSK = "psk"
    X509 = "x509"
    RPK = "rpk"


@dataclass(frozen=True)
class Material:
    """A root, and what both ends show: certificates below an intermediate, or the bare keys of these."""

    root: Party
    tester: Party
    peer: Party

    @classmethod
    @cache
    def of(cls, curve_name: str) -> Material:
        """The material of a curve, made once."""
        curve: ec.EllipticCurve = P384 if curve_name == P384.name else P256
        root = authority("root", curve=curve)
        issuing = authority("issuing", root, curve=curve)
        tester, peer = (
            end_entity(name, issuing, hosts=["localhost"], addresses=["127.0.0.1"], curve=curve)
            for name in ("tester", "peer")
        )
        return cls(root, tester, peer)


@dataclass(frozen=True)
class Scenario:
    """A suite and a kind of credential that fit together; `curve` is that of the certificates or raw keys."""

    suite: CipherSuite
    kind: Kind
    curve: str = P256.name
    other: Material | None = None
    """Other credentials than those of the curve, for meetings that are to fail."""

    psk: Psk = PSK

    def __str__(self) -> str:
        return f"{self.suite}-{self.kind.value}" + ("" if self.curve == P256.name else f"-{self.curve}")

    @property
    def material(self) -> Material:
        return self.other or Material.of(self.curve)

    @property
    def client(self) -> Configuration:
        """The tester as the client."""
        if self.kind is Kind.PSK:
            return Configuration((self.suite,), (self.psk,), initial_timeout=TIMEOUT)
        return self._by_signature(cookie_secret=None)

    @property
    def server(self) -> Configuration:
        """The tester as the server, which asks for a cookie and for the client's credential."""
        if self.kind is Kind.PSK:
            return Configuration(
                (self.suite,),
                psk_store=PskStore([self.psk]),
                cookie_secret=COOKIE_SECRET,
                initial_timeout=TIMEOUT,
            )
        return self._by_signature(COOKIE_SECRET)

    def _by_signature(self, cookie_secret: bytes | None) -> Configuration:
        material = self.material
        if self.kind is Kind.RPK:
            return Configuration(
                (self.suite,),
                (material.tester.raw,),
                public_keys=ExpectedPublicKeys.only([material.peer.raw.public]),
                cookie_secret=cookie_secret,
                initial_timeout=TIMEOUT,
            )
        trust = CertificateTrust(
            CertificateUsage.TRUST_ANCHOR_ASSERTION, material.root.der, names=("localhost",)
        )
        return Configuration(
            (self.suite,),
            (material.tester.credential,),
            certificates=trust,
            cookie_secret=cookie_secret,
            initial_timeout=TIMEOUT,
        )


def scenarios() -> list[Scenario]:
    """Every suite with every kind of credential that goes with it, and P-384 once for each kind."""
    found: list[Scenario] = []
    for each in SUITES.values():
        kinds = (Kind.X509, Kind.RPK) if each.key_exchange.certificate else (Kind.PSK,)
        found += [Scenario(each, kind) for kind in kinds]
    last = [each for each in SUITES.values() if each.key_exchange.certificate][-1]
    return [*found, *(Scenario(last, kind, P384.name) for kind in (Kind.X509, Kind.RPK))]
