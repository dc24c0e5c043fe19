"""What hellos agree on with implementations that are not ours: sizes, extensions, groups, secrets."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.dtls.agreement import NamedGroup
from conformance.dtls.credentials import Psk
from conformance.dtls.hello import HelloVerifyRequest
from conformance.dtls.key_exchange import ClientKeyExchange, ServerKeyExchange
from conformance.dtls.records import parse_datagram
from conformance.dtls.suites import suite
from tests.dtls.peers.everyone import SCANDIUM
from tests.dtls.peers.gnutls import GnuTLS
from tests.dtls.peers.meeting import Meeting, meet
from tests.dtls.peers.openssl import OpenSSL
from tests.dtls.peers.peer import Peer, Side
from tests.dtls.peers.scenario import Kind, Scenario

SIDES = pytest.mark.parametrize("side", ["server", "client"])
PSK_CCM_8 = Scenario(suite("TLS_PSK_WITH_AES_128_CCM_8"), Kind.PSK)
PSK_CBC = Scenario(suite("TLS_PSK_WITH_AES_128_CBC_SHA256"), Kind.PSK)
X509 = Scenario(suite("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"), Kind.X509)


@SIDES
@pytest.mark.parametrize("peer", [OpenSSL(), GnuTLS()], ids=lambda peer: peer.name)
def test_cbc_without_encrypt_then_mac(loop: asyncio.Runner, tmp_path: Path, peer: Peer, side: Side) -> None:
    """RFC 7366 is agreed on where both ends know it, and left where one does not."""
    peer.need()
    agreed = loop.run(meet(peer, PSK_CBC, side, tmp_path))
    assert agreed.established.encrypt_then_mac
    refused = loop.run(
        meet(peer, PSK_CBC, side, tmp_path, change=lambda config: replace(config, encrypt_then_mac=False))
    )
    assert not refused.established.encrypt_then_mac


@SIDES
def test_a_peer_without_encrypt_then_mac(loop: asyncio.Runner, tmp_path: Path, side: Side) -> None:
    peer = OpenSSL(("-no_etm",))
    peer.need()
    assert not loop.run(meet(peer, PSK_CBC, side, tmp_path)).established.encrypt_then_mac


@SIDES
@pytest.mark.parametrize("scenario", [PSK_CCM_8, X509], ids=str)
@pytest.mark.parametrize("peer", [OpenSSL(), GnuTLS()], ids=lambda peer: peer.name)
def test_without_extended_master_secret(
    loop: asyncio.Runner, tmp_path: Path, peer: Peer, scenario: Scenario, side: Side
) -> None:
    peer.need()
    meeting = loop.run(
        meet(
            peer,
            scenario,
            side,
            tmp_path,
            change=lambda config: replace(config, extended_master_secret=False),
        )
    )
    assert not meeting.established.extended_master_secret


@SIDES
@pytest.mark.parametrize("group", NamedGroup)
@pytest.mark.parametrize("peer", [OpenSSL(), GnuTLS()], ids=lambda peer: peer.name)
def test_either_group(
    loop: asyncio.Runner, tmp_path: Path, peer: Peer, side: Side, group: NamedGroup
) -> None:
    """The group of the key exchange need not be that of the certificates, which are of P-256."""
    peer.need()
    groups = (group,) if group is NamedGroup.SECP256R1 else (group, NamedGroup.SECP256R1)
    meeting = loop.run(meet(peer, X509, side, tmp_path, change=lambda config: replace(config, groups=groups)))
    assert point_length(meeting) == 1 + 2 * group.coordinate_length


def point_length(meeting: Meeting) -> int:
    """Bytes of the point that the peer sent."""
    for received in meeting.wire.association.received_messages:
        message = received.message
        if isinstance(message, ServerKeyExchange) and message.parameters is not None:
            return len(message.parameters.point)
        if isinstance(message, ClientKeyExchange) and message.point is not None:
            return len(message.point)
    raise AssertionError("the peer sent no point")


@SIDES
@pytest.mark.xdist_group("scandium")
def test_small_datagrams_with_scandium(loop: asyncio.Runner, tmp_path: Path, side: Side) -> None:
    SCANDIUM.need()
    peer = SCANDIUM.with_more(mtu=400)
    meeting = loop.run(meet(peer, X509, side, tmp_path, change=lambda config: replace(config, mtu=256)))
    assert max(map(len, meeting.wire.sent)) <= 256
    assert max(len(each) for each in meeting.wire.received) <= 400


@pytest.mark.parametrize("length", [512, 1024])
def test_a_maximum_fragment_length_binds_the_peer(loop: asyncio.Runner, tmp_path: Path, length: int) -> None:
    """RFC 6066 §4, asked for by either end."""
    server = OpenSSL()
    server.need()
    ours = loop.run(
        meet(
            server,
            X509,
            "server",
            tmp_path,
            change=lambda config: replace(config, max_fragment_length=length),
        )
    )
    assert largest_plaintext(ours.wire.received, ours) <= length
    client = OpenSSL(("-maxfraglen", str(length)))
    theirs = loop.run(meet(client, X509, "client", tmp_path))
    assert largest_plaintext(theirs.wire.sent, theirs) <= length


def largest_plaintext(datagrams: list[bytes], meeting: Meeting) -> int:
    """Bytes of content in the largest record."""
    cipher = meeting.established.suite.cipher
    return max(
        len(record.fragment) - (cipher.overhead(0) if record.epoch else 0)
        for datagram in datagrams
        for record in parse_datagram(datagram, None).records
    )


@SIDES
def test_a_record_size_limit_binds_gnutls(loop: asyncio.Runner, tmp_path: Path, side: Side) -> None:
    """RFC 8449 §4."""
    peer = GnuTLS()
    peer.need()
    meeting = loop.run(
        meet(peer, X509, side, tmp_path, change=lambda config: replace(config, record_size_limit=512))
    )
    assert largest_plaintext(meeting.wire.received, meeting) <= 512


@SIDES
@pytest.mark.xdist_group("scandium")
def test_a_record_size_limit_binds_both_ends(loop: asyncio.Runner, tmp_path: Path, side: Side) -> None:
    SCANDIUM.need()
    peer = SCANDIUM.with_more(record_size_limit=300)
    meeting = loop.run(
        meet(peer, X509, side, tmp_path, change=lambda config: replace(config, record_size_limit=512))
    )
    assert largest_plaintext(meeting.wire.received, meeting) <= 512
    negotiated = meeting.wire.association.negotiated
    assert negotiated is not None
    assert negotiated.peer_record_size_limit == 300


KEYS = [
    Psk(b"i", bytes(range(16))),
    Psk(b"urn:" + b"i" * 124, bytes(range(64))),
    Psk(b"32", bytes(range(32))),
]


@SIDES
@pytest.mark.parametrize("psk", KEYS, ids=lambda psk: f"{len(psk.identity)} and {len(psk.key)} bytes")
@pytest.mark.parametrize(
    "peer",
    [OpenSSL(), GnuTLS(), pytest.param(SCANDIUM, marks=pytest.mark.xdist_group("scandium"))],
    ids=lambda peer: peer.name,
)
def test_identities_to_128_and_keys_to_64_bytes(
    loop: asyncio.Runner, tmp_path: Path, peer: Peer, side: Side, psk: Psk
) -> None:
    """LwM2M Transport 1.2 §5.2.9.1."""
    peer.need()
    loop.run(meet(peer, replace(PSK_CCM_8, psk=psk), side, tmp_path))


@pytest.mark.parametrize(
    "peer",
    [
        pytest.param(OpenSSL(("-listen",)), id="OpenSSL"),
        pytest.param(GnuTLS(), id="GnuTLS"),
        pytest.param(SCANDIUM, id="Scandium", marks=pytest.mark.xdist_group("scandium")),
    ],
)
def test_we_bring_a_cookie_back(loop: asyncio.Runner, tmp_path: Path, peer: Peer) -> None:
    peer.need()
    meeting = loop.run(meet(peer, PSK_CCM_8, "server", tmp_path))
    first = meeting.wire.association.received_messages[0].message
    assert isinstance(first, HelloVerifyRequest)
    assert first.cookie
