"""Credentials that are wrong, at either end: who refuses sends the alert that says why."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest

from conformance.dtls.credentials import Psk, PskStore
from conformance.dtls.errors import AlertDescription
from conformance.dtls.events import Failed
from conformance.dtls.suites import suite
from conformance.dtls.trust import CertificateTrust, CertificateUsage, ExpectedPublicKeys
from tests.dtls.authority import EXPIRED, authority, end_entity
from tests.dtls.peers.everyone import SCANDIUM
from tests.dtls.peers.meeting import Change, unchanged
from tests.dtls.peers.openssl import OpenSSL
from tests.dtls.peers.peer import Side
from tests.dtls.peers.program import Program
from tests.dtls.peers.scenario import PSK, Kind, Material, Scenario
from tests.dtls.peers.wire import Wire

CCM_8 = suite("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8")
PSK_CCM_8 = Scenario(suite("TLS_PSK_WITH_AES_128_CCM_8"), Kind.PSK)
X509 = Scenario(CCM_8, Kind.X509)
RPK = Scenario(CCM_8, Kind.RPK)

STRANGER = authority("another root")
ISSUING = X509.material.peer.issuer
EXPIRED_PEER = Material(
    X509.material.root,
    X509.material.tester,
    end_entity("peer", ISSUING, hosts=["localhost"], valid=EXPIRED),
)
EXPIRED_TESTER = Material(
    X509.material.root,
    end_entity("tester", ISSUING, hosts=["localhost"], valid=EXPIRED),
    X509.material.peer,
)
STRANGE_TESTER = Material(
    X509.material.root, end_entity("tester", STRANGER, hosts=["localhost"]), X509.material.peer
)


def trusting(usage: CertificateUsage, expected: bytes, *names: str) -> Change:
    return lambda config: replace(config, certificates=CertificateTrust(usage, expected, names=names))


def knowing(psk: Psk) -> Change:
    return lambda config: replace(config, psk_store=PskStore([psk]), refuse_undecryptable=True)


def speaking(name: str) -> Change:
    return lambda config: replace(config, suites=(suite(name),))


@dataclass(frozen=True)
class Refusal:
    """A meeting that fails: `by` us or the peer, with `alert`."""

    scenario: Scenario
    by: Literal["us", "peer"]
    alert: AlertDescription
    change: Change = unchanged
    sides: tuple[Side, ...] = ("server", "client")
    options: tuple[str, ...] = ()


ROOT = X509.material.root.der
REFUSALS = {
    "we trust another root": Refusal(
        X509,
        "us",
        AlertDescription.UNKNOWN_CA,
        trusting(CertificateUsage.TRUST_ANCHOR_ASSERTION, STRANGER.der),
    ),
    "we expect another name": Refusal(
        X509,
        "us",
        AlertDescription.BAD_CERTIFICATE,
        trusting(CertificateUsage.TRUST_ANCHOR_ASSERTION, ROOT, "other.example"),
    ),
    "we know another certificate": Refusal(
        X509,
        "us",
        AlertDescription.CERTIFICATE_UNKNOWN,
        trusting(CertificateUsage.DOMAIN_ISSUED_CERTIFICATE, X509.material.tester.der),
    ),
    "the peer's certificate has expired": Refusal(
        replace(X509, other=EXPIRED_PEER), "us", AlertDescription.CERTIFICATE_EXPIRED
    ),
    "the peer trusts another root": Refusal(
        replace(X509, other=STRANGE_TESTER), "peer", AlertDescription.UNKNOWN_CA
    ),
    "our certificate has expired": Refusal(
        replace(X509, other=EXPIRED_TESTER), "peer", AlertDescription.CERTIFICATE_EXPIRED
    ),
    "the peer expects another name": Refusal(
        X509,
        "peer",
        AlertDescription.BAD_CERTIFICATE,
        sides=("client",),
        options=("-verify_hostname", "other.example"),
    ),
    "we do not know the identity": Refusal(
        PSK_CCM_8,
        "us",
        AlertDescription.UNKNOWN_PSK_IDENTITY,
        knowing(Psk(b"urn:imei:490154203237519", PSK.key)),
        sides=("client",),
    ),
    "we know another key": Refusal(
        PSK_CCM_8,
        "us",
        AlertDescription.DECRYPT_ERROR,
        knowing(Psk(PSK.identity, PSK.key[::-1])),
        sides=("client",),
    ),
    "the server speaks no suite of ours": Refusal(
        PSK_CCM_8,
        "peer",
        AlertDescription.HANDSHAKE_FAILURE,
        speaking("TLS_PSK_WITH_AES_128_GCM_SHA256"),
        sides=("server",),
    ),
    "we speak no suite of the client": Refusal(
        PSK_CCM_8,
        "us",
        AlertDescription.HANDSHAKE_FAILURE,
        speaking("TLS_PSK_WITH_AES_128_GCM_SHA256"),
        sides=("client",),
    ),
}


@pytest.mark.parametrize(
    ("refusal", "side"),
    [
        pytest.param(refusal, side, id=f"{name}, OpenSSL is the {side}")
        for name, refusal in REFUSALS.items()
        for side in refusal.sides
    ],
)
def test_openssl_and_we_refuse_with_the_same_alerts(
    loop: asyncio.Runner, tmp_path: Path, refusal: Refusal, side: Side
) -> None:
    peer = OpenSSL(refusal.options)
    peer.need()
    loop.run(refuse(peer, refusal, side, tmp_path))


async def refuse(peer: OpenSSL, refusal: Refusal, side: Side, folder: Path) -> None:
    scenario = refusal.scenario
    if side == "server":
        async with (
            peer.server(scenario, folder) as server,
            Wire.client(refusal.change(scenario.client), server.port) as wire,
        ):
            await judge(await wire.next(Failed), refusal, server.program)
    else:
        async with (
            Wire.server(refusal.change(scenario.server)) as wire,
            peer.client(scenario, folder, wire.port) as client,
        ):
            await judge(await wire.next(Failed), refusal, client.program)


async def judge(failed: Failed, refusal: Refusal, program: Program) -> None:
    """Who refused told why, and the other end understood it."""
    assert (failed.by, failed.alert) == (refusal.by, refusal.alert), failed.reason
    if refusal.by == "us":
        await program.said(b"SSL alert number %d\\b" % refusal.alert)


@pytest.mark.xdist_group("scandium")
def test_scandium_is_refused_a_raw_public_key(loop: asyncio.Runner, tmp_path: Path) -> None:
    SCANDIUM.need()
    config = replace(RPK.server, public_keys=ExpectedPublicKeys.only([RPK.material.tester.raw.public]))

    async def meet_a_stranger() -> None:
        async with Wire.server(config) as wire, SCANDIUM.client(RPK, tmp_path, wire.port) as client:
            with pytest.raises(AssertionError, match="CERTIFICATE_UNKNOWN"):
                await client.exchange("line-1")
            failed = await wire.next(Failed)
            assert (failed.by, failed.alert) == ("us", AlertDescription.CERTIFICATE_UNKNOWN)

    loop.run(meet_a_stranger())


@pytest.mark.xdist_group("scandium")
@pytest.mark.parametrize("side", ["server", "client"])
def test_scandium_refuses_our_raw_public_key(loop: asyncio.Runner, tmp_path: Path, side: Side) -> None:
    SCANDIUM.need()
    stranger = end_entity("stranger", None).raw

    async def meet_a_stranger() -> None:
        if side == "server":
            config = replace(RPK.client, credentials=(stranger,))
            async with SCANDIUM.server(RPK, tmp_path) as server, Wire.client(config, server.port) as wire:
                failed = await wire.next(Failed)
        else:
            config = replace(RPK.server, credentials=(stranger,))
            async with Wire.server(config) as wire, SCANDIUM.client(RPK, tmp_path, wire.port) as client:
                with pytest.raises(AssertionError, match="error"):
                    await client.exchange("line-1")
                failed = await wire.next(Failed)
        assert (failed.by, failed.alert) == ("peer", AlertDescription.BAD_CERTIFICATE)

    loop.run(meet_a_stranger())
