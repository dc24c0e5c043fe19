"""Every suite and kind of credential with implementations that are not ours, in both roles.

Each meeting is repeated with the loss of each datagram of its handshake in turn.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.dtls.suites import suite
from tests.dtls.peers.everyone import PEERS, SCANDIUM
from tests.dtls.peers.gnutls import GnuTLS
from tests.dtls.peers.losses import with_every_loss
from tests.dtls.peers.openssl import OpenSSL
from tests.dtls.peers.peer import Peer, Side
from tests.dtls.peers.scenario import Kind, Scenario, scenarios

FRAGMENTED = Scenario(suite("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"), Kind.X509)
CONNECTION_IDS = [
    Scenario(suite("TLS_PSK_WITH_AES_128_CCM_8"), Kind.PSK),
    Scenario(suite("TLS_PSK_WITH_AES_128_CBC_SHA256"), Kind.PSK),
    Scenario(suite("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"), Kind.RPK),
]


def meetings() -> list[object]:
    """Every peer as client and as server in every scenario that it can take part in."""
    sides: tuple[Side, ...] = ("server", "client")
    found: list[object] = []
    for peer in PEERS:
        for scenario in scenarios():
            for side in sides:
                if peer.lacks(scenario, side) is None:
                    marks = [pytest.mark.xdist_group("scandium")] if peer is SCANDIUM else []
                    name = f"{peer.name}-{side}-{scenario}"
                    found.append(pytest.param(peer, scenario, side, id=name, marks=marks))
    return found


@pytest.mark.parametrize(("peer", "scenario", "side"), meetings())
def test_a_handshake_outlives_the_loss_of_each_datagram(
    loop: asyncio.Runner, tmp_path: Path, peer: Peer, scenario: Scenario, side: Side
) -> None:
    peer.need()
    whole = loop.run(with_every_loss(peer, scenario, side, tmp_path))
    assert whole.established.extended_master_secret
    assert not whole.established.resumed


@pytest.mark.xdist_group("scandium")
@pytest.mark.parametrize("side", ["server", "client"])
@pytest.mark.parametrize("scenario", CONNECTION_IDS, ids=str)
def test_so_does_one_with_connection_ids(
    loop: asyncio.Runner, tmp_path: Path, scenario: Scenario, side: Side
) -> None:
    SCANDIUM.need()
    peer = SCANDIUM.with_more(cid_length=6)
    whole = loop.run(
        with_every_loss(peer, scenario, side, tmp_path, lambda config: replace(config, cid=b"\xca\xfe"))
    )
    assert len(whole.established.write_cid or b"") == 6


@pytest.mark.parametrize("side", ["server", "client"])
@pytest.mark.parametrize(
    "peer", [OpenSSL(("-mtu", "300")), GnuTLS(("--mtu", "300"))], ids=lambda peer: peer.name
)
def test_so_does_one_of_many_fragments(loop: asyncio.Runner, tmp_path: Path, peer: Peer, side: Side) -> None:
    """Both ends cut their certificates; a fragment that is lost comes again."""
    peer.need()
    whole = loop.run(
        with_every_loss(peer, FRAGMENTED, side, tmp_path, lambda config: replace(config, mtu=256))
    )
    assert max(map(len, whole.wire.sent)) <= 256
    assert max(map(len, whole.wire.received)) <= 300
    assert whole.wire.carried > 12
