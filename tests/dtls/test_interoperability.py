"""Every suite and kind of credential with implementations that are not ours, in both roles.

Each meeting is repeated with the loss of each datagram of its handshake in turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.dtls.events import ApplicationData, Established
from tests.dtls.peers.gnutls import GnuTLS
from tests.dtls.peers.openssl import OpenSSL
from tests.dtls.peers.peer import Peer, Side
from tests.dtls.peers.pyopenssl import PyOpenSSL
from tests.dtls.peers.scandium import Scandium
from tests.dtls.peers.scenario import PSK, Kind, Scenario, scenarios
from tests.dtls.peers.wire import WITHIN, Direction, Wire

AT_ONCE = 16
"""Meetings that go on side by side: most of their time they wait for a timer."""

FEWEST = 5
"""So many datagrams a handshake has at least; what is beyond hangs on timers and on how flights are cut."""

SCANDIUM = Scandium()
PEERS: list[Peer] = [OpenSSL(), GnuTLS(), SCANDIUM, PyOpenSSL()]


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


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner
        runner.run(SCANDIUM.stop())


@pytest.mark.parametrize(("peer", "scenario", "side"), meetings())
def test_a_handshake_outlives_the_loss_of_each_datagram(
    loop: asyncio.Runner, tmp_path: Path, peer: Peer, scenario: Scenario, side: Side
) -> None:
    peer.need()
    loop.run(with_every_loss(peer, scenario, side, tmp_path))


async def with_every_loss(peer: Peer, scenario: Scenario, side: Side, folder: Path) -> None:
    """One meeting without a loss, then one for each datagram that the handshake had."""
    complete = await meet(peer, scenario, side, folder, None)
    room = asyncio.Semaphore(AT_ONCE)

    async def losing(number: int) -> Direction | None:
        async with room:
            return (await meet(peer, scenario, side, folder, number)).lost

    outcomes = await asyncio.gather(*map(losing, range(complete.carried)), return_exceptions=True)
    failures = [
        f"without datagram {number}: {outcome!r}"
        for number, outcome in enumerate(outcomes)
        if isinstance(outcome, BaseException)
    ]
    assert not failures, "\n\n".join(failures)
    assert None not in outcomes[:FEWEST], f"not every datagram was lost: {outcomes}"
    assert {"in", "out"} <= set(outcomes), f"datagrams of one side alone were lost: {outcomes}"


async def meet(peer: Peer, scenario: Scenario, side: Side, folder: Path, lose: int | None) -> Wire:
    """A handshake and a line there and back, in a limited time."""
    async with asyncio.timeout(2 * WITHIN):
        return await _meet(peer, scenario, side, folder, lose)


async def _meet(peer: Peer, scenario: Scenario, side: Side, folder: Path, lose: int | None) -> Wire:
    folder = folder / str(lose)
    folder.mkdir()
    if side == "server":
        async with (
            peer.server(scenario, folder) as server,
            Wire.client(scenario.client, server.port, lose) as wire,
        ):
            established = await wire.established()
            wire.send(b"line-1\n")
            assert await wire.data() == b"line-1\n"
    else:
        async with (
            Wire.server(scenario.server, lose) as wire,
            peer.client(scenario, folder, wire.port) as client,
        ):
            assert await client.exchange("line-1") == "line-1"
            established = await wire.established()
    judge(established, scenario)
    assert sum(isinstance(event, ApplicationData) for event in wire.happened) == 1
    return wire


def judge(established: Established, scenario: Scenario) -> None:
    """The peer proved to be who it is, under the suite that was asked for."""
    assert established.suite is scenario.suite
    assert established.extended_master_secret
    assert not established.resumed
    shown = established.peer
    match scenario.kind:
        case Kind.X509:
            assert shown.certificates == scenario.material.peer.credential.chain
        case Kind.RPK:
            assert shown.public_key == scenario.material.peer.raw.public
        case Kind.PSK:
            assert shown.psk_identity == PSK.identity
