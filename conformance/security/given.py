"""Credentials that a SUT has whatever the suite does, and of which the IXIT tells the tester's part."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dtls.credentials import Certificate, Credential, Psk, RawPublicKey
from conformance.sut.ixit import Ixit
from conformance.sut.profile import Profile


@dataclass(frozen=True)
class Shown:
    """What a peer shows of itself, a public key or a certificate in DER; its private key is its own."""

    public: bytes


@dataclass(frozen=True)
class Given:
    """What the tester proves itself with, and what the SUT shows; in the mode psk both are the one key."""

    tester: Credential
    sut: Credential | Shown


def given(mode: str, profile: Profile) -> Given | None:
    """The credentials of a SUT that the suite does not start; None where the IXIT has none for the mode."""
    if profile.adapter.ours or mode not in profile.held:
        return None
    ixit = profile.ixit
    if mode == "psk":
        psk = psk_of(ixit)
        return None if psk is None else Given(psk, psk)
    if mode == "rpk" and ixit.rpk_key is not None and ixit.rpk_peer_key is not None:
        return Given(RawPublicKey.from_der(ixit.rpk_key.get_secret_value()), Shown(ixit.rpk_peer_key))
    if mode == "x509" and ixit.x509_certificate and ixit.x509_key and ixit.x509_peer_certificate:
        own = Certificate.from_der([ixit.x509_certificate], ixit.x509_key.get_secret_value())
        return Given(own, Shown(ixit.x509_peer_certificate))
    return None


def psk_of(ixit: Ixit) -> Psk | None:
    """The pre-shared key of the IXIT."""
    if ixit.psk_identity is None or ixit.psk_key_hex is None:
        return None
    return Psk(ixit.psk_identity.encode(), bytes.fromhex(ixit.psk_key_hex.get_secret_value()))
