"""What the hellos can agree on beside suites, with OpenSSL and GnuTLS at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.dtls.client import Client
from conformance.dtls.configuration import Configuration
from conformance.dtls.events import RenegotiationRefused
from conformance.dtls.negotiation import Negotiated
from conformance.dtls.session import Session, SessionCache
from conformance.dtls.suites import suite
from tests.dtls.peers.gnutls import GnuTLS
from tests.dtls.peers.openssl import OpenSSL, cipher_name
from tests.dtls.peers.peer import Peer
from tests.dtls.peers.program import Program
from tests.dtls.peers.scenario import PSK, Kind, Scenario
from tests.dtls.peers.wire import Wire

CCM_8 = Scenario(suite("TLS_PSK_WITH_AES_128_CCM_8"), Kind.PSK)
CBC = Scenario(suite("TLS_PSK_WITH_AES_128_CBC_SHA256"), Kind.PSK)
CERTIFICATES = Scenario(suite("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"), Kind.X509)
"""Long messages: chains of two certificates."""


def agreed(wire: Wire) -> Negotiated:
    negotiated = wire.association.negotiated
    assert negotiated is not None
    return negotiated


async def as_client(peer: Peer, scenario: Scenario, folder: Path, config: Configuration) -> Negotiated:
    """Our client with the peer's server; a line goes there and back."""
    async with peer.server(scenario, folder) as server, Wire.client(config, server.port) as wire:
        await wire.established()
        wire.send(b"line-1\n")
        assert await wire.data() == b"line-1\n"
        return agreed(wire)


async def as_server(peer: Peer, scenario: Scenario, folder: Path, config: Configuration) -> Negotiated:
    """The peer's client with our server; a line goes there and back."""
    async with Wire.server(config) as wire, peer.client(scenario, folder, wire.port) as client:
        await wire.established()
        assert await client.exchange("line-1") == "line-1"
        return agreed(wire)


Meeting = Callable[[Peer, Scenario, Path, Configuration], Coroutine[Any, Any, Negotiated]]
ROLES = pytest.mark.parametrize("meet", [as_client, as_server], ids=["client", "server"])


def met(peer: Peer, meet: Meeting, scenario: Scenario, folder: Path, **changes: object) -> Negotiated:
    """What was agreed on with a peer when our end has these settings."""
    peer.need()
    config = scenario.client if meet is as_client else scenario.server
    return asyncio.run(meet(peer, scenario, folder, replace(config, **changes)))  # type: ignore[arg-type]


@ROLES
@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("peer", [OpenSSL(), GnuTLS()], ids=lambda peer: peer.name)
def test_encrypt_then_mac(peer: Peer, meet: Meeting, wanted: bool, tmp_path: Path) -> None:
    assert met(peer, meet, CBC, tmp_path, encrypt_then_mac=wanted).encrypt_then_mac is wanted


@ROLES
@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("peer", [OpenSSL(), GnuTLS()], ids=lambda peer: peer.name)
def test_extended_master_secret(peer: Peer, meet: Meeting, wanted: bool, tmp_path: Path) -> None:
    negotiated = met(peer, meet, CCM_8, tmp_path, extended_master_secret=wanted)
    assert negotiated.extended_master_secret is wanted


@pytest.mark.parametrize("ours", ["extension", "scsv", None])
def test_renegotiation_indication(ours: str | None, tmp_path: Path) -> None:
    negotiated = met(OpenSSL(), as_client, CCM_8, tmp_path, renegotiation_info=ours)
    assert negotiated.secure_renegotiation is (ours is not None)


@ROLES
@pytest.mark.parametrize("peer", [OpenSSL(("-mtu", "256")), GnuTLS()], ids=lambda peer: peer.name)
def test_long_messages_in_small_datagrams(peer: Peer, meet: Meeting, tmp_path: Path) -> None:
    assert met(peer, meet, CERTIFICATES, tmp_path, mtu=256)


def test_our_client_asks_for_small_records(tmp_path: Path) -> None:
    negotiated = met(OpenSSL(), as_client, CERTIFICATES, tmp_path, max_fragment_length=512)
    assert negotiated.max_fragment_length == 512


def test_our_server_is_asked_for_small_records(tmp_path: Path) -> None:
    negotiated = met(OpenSSL(("-maxfraglen", "512")), as_server, CERTIFICATES, tmp_path)
    assert negotiated.max_fragment_length == 512


@ROLES
def test_each_end_limits_the_records_that_it_takes(meet: Meeting, tmp_path: Path) -> None:
    """GnuTLS takes no limit below 512 bytes unless its %ALLOW_SMALL_RECORDS is set."""
    negotiated = met(GnuTLS(), meet, CCM_8, tmp_path, record_size_limit=600)
    assert negotiated.own_record_size_limit == 600


def test_our_client_resumes_a_session(tmp_path: Path) -> None:
    OpenSSL().need()

    async def one(port: int, session: Session | None) -> tuple[bool, Session | None]:
        async with Wire.client(replace(CCM_8.client, session=session), port) as wire:
            resumed = (await wire.established()).resumed
            assert isinstance(wire.association, Client)
            return resumed, wire.association.session

    async def scenario() -> None:
        async with OpenSSL().server(CCM_8, tmp_path) as server:
            resumed, session = await one(server.port, None)
            assert not resumed
            assert session is not None
            resumed, _ = await one(server.port, session)
            assert resumed

    asyncio.run(scenario())


def test_our_server_resumes_a_session(tmp_path: Path) -> None:
    OpenSSL().need()
    config = replace(CCM_8.server, sessions=SessionCache())
    file = str(tmp_path / "session")

    async def one(*options: str) -> bool:
        async with Wire.server(config) as wire, OpenSSL(options).client(CCM_8, tmp_path, wire.port) as client:
            resumed = (await wire.established()).resumed
            assert await client.exchange("line-1") == "line-1"
            return resumed

    async def scenario() -> None:
        assert not await one("-sess_out", file)
        assert await one("-sess_in", file)

    asyncio.run(scenario())


def test_renegotiation_is_refused(tmp_path: Path) -> None:
    """OpenSSL gives the association up when it is told no_renegotiation."""
    OpenSSL().need()

    async def scenario() -> None:
        async with Wire.server(CCM_8.server) as wire:
            command = ["openssl", "s_client", "-dtls1_2", "-connect", f"127.0.0.1:{wire.port}"]
            command += ["-cipher", f"{cipher_name(CCM_8.suite)}:@SECLEVEL=0"]
            command += ["-psk_identity", PSK.identity.decode(), "-psk", PSK.key.hex()]
            async with Program(*command) as program:
                await wire.established()
                await program.until(rb"Verify return code")
                program.write(b"R\n")
                await program.until(rb"no renegotiation")
                with pytest.raises(AssertionError, match="fatal alert handshake_failure"):
                    await wire.data()
        assert RenegotiationRefused("ClientHello") in wire.happened

    asyncio.run(scenario())
