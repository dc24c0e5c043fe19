"""Connection IDs (RFC 9146) with Scandium, where the client's address changes in the middle."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.dtls.events import Established
from conformance.dtls.mux import Moved
from conformance.dtls.suites import suite
from tests.dtls.peers.echoing_server import EchoingServer
from tests.dtls.peers.everyone import SCANDIUM
from tests.dtls.peers.nat import Nat
from tests.dtls.peers.scenario import Kind, Scenario
from tests.dtls.peers.wire import WITHIN, Wire

pytestmark = pytest.mark.xdist_group("scandium")

SCENARIOS = pytest.mark.parametrize(
    "scenario",
    [
        Scenario(suite("TLS_PSK_WITH_AES_128_CCM_8"), Kind.PSK),
        Scenario(suite("TLS_PSK_WITH_AES_128_CBC_SHA256"), Kind.PSK),
        Scenario(suite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), Kind.X509),
        Scenario(suite("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"), Kind.RPK),
    ],
    ids=str,
)
PEER = SCANDIUM.with_more(cid_length=6)
OURS = b"\xca\xfe"


@SCENARIOS
@pytest.mark.parametrize("own", [OURS, b""], ids=["both ways", "one way"])
def test_a_server_follows_us(loop: asyncio.Runner, tmp_path: Path, scenario: Scenario, own: bytes) -> None:
    SCANDIUM.need()

    async def follow() -> None:
        config = replace(scenario.client, cid=own)
        async with PEER.server(scenario, tmp_path) as server, Wire.client(config, server.port) as wire:
            established = await wire.established()
            assert established.read_cid == own
            assert len(established.write_cid or b"") == 6
            await say(wire, b"line-1\n")
            before = wire.port
            await wire.move()
            assert wire.port != before
            await say(wire, b"line-2\n")

    loop.run(follow())


async def say(wire: Wire, line: bytes) -> None:
    wire.send(line)
    assert await wire.data(len(line)) == line


@SCENARIOS
@pytest.mark.parametrize("cid_length", [6, 0], ids=["both ways", "one way"])
def test_we_follow_a_client(
    loop: asyncio.Runner, tmp_path: Path, scenario: Scenario, cid_length: int
) -> None:
    SCANDIUM.need()

    async def follow() -> None:
        peer = SCANDIUM.with_more(cid_length=cid_length)
        async with (
            EchoingServer(replace(scenario.server, cid=OURS)) as server,
            Nat(server.address) as nat,
            peer.client(scenario, tmp_path, nat.port) as client,
        ):
            assert await client.exchange("line-1") == "line-1"
            before = nat.outer
            await nat.forget()
            assert await client.exchange("line-2") == "line-2"
            assert server.events(Moved) == [Moved(before, nat.outer)]
            lengths = [len(event.write_cid or b"") for event in server.events(Established)]
            assert lengths == [cid_length]

    loop.run(follow())


def test_without_a_connection_id_a_new_address_has_no_association(
    loop: asyncio.Runner, tmp_path: Path
) -> None:
    """The control: what is followed above is the Connection ID, and nothing else."""
    SCANDIUM.need()

    async def stay_behind() -> None:
        scenario = Scenario(suite("TLS_PSK_WITH_AES_128_CCM_8"), Kind.PSK)
        async with (
            EchoingServer(scenario.server) as server,
            Nat(server.address) as nat,
            SCANDIUM.client(scenario, tmp_path, nat.port) as client,
        ):
            assert await client.exchange("line-1") == "line-1"
            assert not server.stray.done()
            await nat.forget()
            unanswered = asyncio.create_task(client.exchange("line-2"))
            stray = await asyncio.wait_for(server.stray, WITHIN)
            assert stray.address == nat.outer
            assert not unanswered.done()
            unanswered.cancel()

    loop.run(stay_behind())
