"""Sessions with implementations that are not ours: resumed, closed, and not renegotiated."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.dtls.client import Client
from conformance.dtls.configuration import Configuration
from conformance.dtls.events import Closed, Established, RenegotiationRefused
from conformance.dtls.session import SessionCache
from conformance.dtls.suites import suite
from tests.dtls.peers.echoing_server import EchoingServer
from tests.dtls.peers.everyone import SCANDIUM
from tests.dtls.peers.gnutls import GnuTLS
from tests.dtls.peers.openssl import OpenSSL
from tests.dtls.peers.peer import Peer
from tests.dtls.peers.scenario import Kind, Scenario
from tests.dtls.peers.wire import WITHIN, Wire

PSK_CCM_8 = Scenario(suite("TLS_PSK_WITH_AES_128_CCM_8"), Kind.PSK)
X509 = Scenario(suite("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"), Kind.X509)
SCENARIOS = pytest.mark.parametrize("scenario", [PSK_CCM_8, X509], ids=str)


SERVERS = pytest.mark.parametrize(
    "peer",
    [
        pytest.param(OpenSSL(("-no_ticket",)), id="OpenSSL"),
        pytest.param(GnuTLS(("--noticket",)), id="GnuTLS"),
        pytest.param(
            SCANDIUM.with_more(session_ids=True), id="Scandium", marks=pytest.mark.xdist_group("scandium")
        ),
    ],
)


@SCENARIOS
@SERVERS
def test_a_server_lets_us_resume(
    loop: asyncio.Runner, tmp_path: Path, peer: Peer, scenario: Scenario
) -> None:
    peer.need()
    loop.run(resume_with_server(peer, scenario, tmp_path))


async def resume_with_server(peer: Peer, scenario: Scenario, folder: Path) -> None:
    async with peer.server(scenario, folder) as server:
        async with Wire.client(scenario.client, server.port) as first:
            assert not (await first.established()).resumed
            assert isinstance(first.association, Client)
            session = first.association.session
            await say(first, b"line-1\n")
        async with Wire.client(replace(scenario.client, session=session), server.port) as second:
            assert (await second.established()).resumed
            await say(second, b"line-2\n")


@SCENARIOS
@SERVERS
def test_a_resumption_outlives_the_loss_of_each_datagram(
    loop: asyncio.Runner, tmp_path: Path, peer: Peer, scenario: Scenario
) -> None:
    peer.need()
    loop.run(resume_with_losses(peer, scenario, tmp_path))


async def resume_with_losses(peer: Peer, scenario: Scenario, folder: Path) -> None:
    """The last flight is ours: where it is lost the server asks for it, by sending its own again."""
    async with peer.server(scenario, folder) as server:
        async with Wire.client(scenario.client, server.port) as first:
            await first.established()
            assert isinstance(first.association, Client)
            config = replace(scenario.client, session=first.association.session)
        whole = await resume(replace(config, initial_timeout=WITHIN), server.port)
        for number in range(whole.carried):
            last = number == whole.carried - 1
            wire = await resume(config, server.port, number, whole.carried_out + 1 if last else 0)
            assert wire.lost is not None or wire.carried <= number


async def resume(config: Configuration, port: int, lose: int | None = None, out: int = 0) -> Wire:
    """Resume and exchange a line, once we sent `out` datagrams of the handshake."""
    async with Wire.client(config, port, lose) as wire:
        assert (await wire.established()).resumed
        await wire.carrying(out)
        await say(wire, b"line-1\n")
        return wire


async def say(wire: Wire, line: bytes) -> None:
    wire.send(line)
    assert await wire.data(len(line)) == line


@SCENARIOS
def test_openssl_resumes_with_us(loop: asyncio.Runner, tmp_path: Path, scenario: Scenario) -> None:
    OpenSSL().need()
    loop.run(resume_with_openssl(scenario, tmp_path))


async def resume_with_openssl(scenario: Scenario, folder: Path) -> None:
    config = replace(scenario.server, sessions=SessionCache())
    session = str(folder / "session.pem")
    for option, resumed in (("-sess_out", False), ("-sess_in", True)):
        async with Wire.server(config) as wire:
            peer = OpenSSL((option, session))
            async with peer.client(scenario, folder, wire.port) as client:
                assert await client.exchange("line-1") == "line-1"
                assert (await wire.established()).resumed is resumed


@SCENARIOS
def test_gnutls_resumes_with_us(loop: asyncio.Runner, tmp_path: Path, scenario: Scenario) -> None:
    peer = GnuTLS(("--resume",))
    peer.need()

    async def meet() -> None:
        config = replace(scenario.server, sessions=SessionCache())
        async with (
            EchoingServer(config) as server,
            peer.client(scenario, tmp_path, server.address[1]) as client,
        ):
            await client.program.until(b"This is a resumed session")
            assert await client.exchange("line-1") == "line-1"
            assert [event.resumed for event in server.events(Established)] == [False, True]

    loop.run(meet())


@SCENARIOS
@pytest.mark.xdist_group("scandium")
def test_scandium_resumes_with_us(loop: asyncio.Runner, tmp_path: Path, scenario: Scenario) -> None:
    SCANDIUM.need()

    async def meet() -> None:
        config = replace(scenario.server, sessions=SessionCache())
        async with (
            EchoingServer(config) as server,
            SCANDIUM.client(scenario, tmp_path, server.address[1]) as client,
        ):
            assert await client.exchange("line-1") == "line-1"
            await client.resume()
            assert await client.exchange("line-2") == "line-2"
            assert [event.resumed for event in server.events(Established)] == [False, True]

    loop.run(meet())


def test_our_close_notify_ends_openssl(loop: asyncio.Runner, tmp_path: Path) -> None:
    OpenSSL().need()

    async def close() -> None:
        async with (
            Wire.server(PSK_CCM_8.server) as wire,
            OpenSSL().client(PSK_CCM_8, tmp_path, wire.port) as client,
        ):
            assert await client.exchange("line-1") == "line-1"
            wire.close()
            await client.program.ended()

    loop.run(close())


def test_openssl_ends_with_close_notify(loop: asyncio.Runner, tmp_path: Path) -> None:
    OpenSSL().need()

    async def close() -> None:
        async with (
            Wire.server(PSK_CCM_8.server) as wire,
            OpenSSL(quiet=False).client(PSK_CCM_8, tmp_path, wire.port) as client,
        ):
            await wire.established()
            client.program.write(b"Q\n")
            assert (await wire.next(Closed)).by == "peer"

    loop.run(close())


def test_renegotiation_is_refused_to_a_client(loop: asyncio.Runner, tmp_path: Path) -> None:
    """A ClientHello within the association is answered with no_renegotiation (RFC 5246 §7.2.2)."""
    OpenSSL().need()

    async def renegotiate() -> None:
        async with (
            Wire.server(PSK_CCM_8.server) as wire,
            OpenSSL(quiet=False).client(PSK_CCM_8, tmp_path, wire.port) as client,
        ):
            await wire.established()
            client.program.write(b"R\n")
            assert (await wire.next(RenegotiationRefused)).message == "ClientHello"
            await client.program.until(b"no renegotiation")

    loop.run(renegotiate())


def test_renegotiation_is_refused_to_a_server(loop: asyncio.Runner, tmp_path: Path) -> None:
    """A HelloRequest within the association is answered with no_renegotiation."""
    OpenSSL().need()

    async def renegotiate() -> None:
        async with (
            OpenSSL().server(PSK_CCM_8, tmp_path) as server,
            Wire.client(PSK_CCM_8.client, server.port) as wire,
        ):
            await wire.established()
            await say(wire, b"line-1\n")
            server.program.write(b"r\n")
            assert (await wire.next(RenegotiationRefused)).message == "HelloRequest"

    loop.run(renegotiate())
