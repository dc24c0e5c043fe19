"""A handshake of the tester with a peer, and a line there and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conformance.dtls.configuration import Configuration
from conformance.dtls.events import ApplicationData, Established
from tests.dtls.peers.peer import Peer, Side
from tests.dtls.peers.scenario import Kind, Scenario
from tests.dtls.peers.wire import WITHIN, Wire

Change = Callable[[Configuration], Configuration]


def _make(folder: Path) -> None:
    folder.mkdir(exist_ok=True)


def unchanged(config: Configuration) -> Configuration:
    return config


@dataclass(frozen=True)
class Meeting:
    """What became of it, at our end."""

    wire: Wire
    established: Established


async def meet(
    peer: Peer,
    scenario: Scenario,
    side: Side,
    folder: Path,
    *,
    lose: int | None = None,
    change: Change = unchanged,
    line: str = "line-1",
) -> Meeting:
    """Meet `peer`, which is `side`, without datagram `lose` and with our configuration changed."""
    _make(folder)
    async with asyncio.timeout(2 * WITHIN):
        if side == "server":
            meeting = await _as_client(peer, scenario, folder, lose, change, line)
        else:
            meeting = await _as_server(peer, scenario, folder, lose, change, line)
    judge(meeting.established, scenario)
    data = [event.data for event in meeting.wire.happened if isinstance(event, ApplicationData)]
    assert b"".join(data) == f"{line}\n".encode()
    return meeting


async def _as_client(
    peer: Peer, scenario: Scenario, folder: Path, lose: int | None, change: Change, line: str
) -> Meeting:
    async with (
        peer.server(scenario, folder) as server,
        Wire.client(change(scenario.client), server.port, lose) as wire,
    ):
        established = await wire.established()
        wire.send(f"{line}\n".encode())
        await wire.data(len(line) + 1)
        return Meeting(wire, established)


async def _as_server(
    peer: Peer, scenario: Scenario, folder: Path, lose: int | None, change: Change, line: str
) -> Meeting:
    async with (
        Wire.server(change(scenario.server), lose) as wire,
        peer.client(scenario, folder, wire.port) as client,
    ):
        assert await client.exchange(line) == line
        return Meeting(wire, await wire.established())


def judge(established: Established, scenario: Scenario) -> None:
    """The peer proved to be who it is, under the suite that was asked for."""
    assert established.suite is scenario.suite
    shown = established.peer
    match scenario.kind:
        case Kind.X509:
            assert shown.certificates == scenario.material.peer.credential.chain
        case Kind.RPK:
            assert shown.public_key == scenario.material.peer.raw.public
        case Kind.PSK:
            assert shown.psk_identity == scenario.psk.identity
