"""Every suite and kind of credential with implementations that are not ours, in both roles.

Each meeting is repeated with the loss of each datagram of its handshake in turn.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.dtls.peers.everyone import PEERS, SCANDIUM
from tests.dtls.peers.meeting import meet
from tests.dtls.peers.peer import Peer, Side
from tests.dtls.peers.scenario import Scenario, scenarios
from tests.dtls.peers.wire import Direction

AT_ONCE = 16
"""Meetings that go on side by side: most of their time they wait for a timer."""

FEWEST = 5
"""So many datagrams a handshake has at least; what is beyond hangs on timers and on how flights are cut."""


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
    loop.run(with_every_loss(peer, scenario, side, tmp_path))


async def with_every_loss(peer: Peer, scenario: Scenario, side: Side, folder: Path) -> None:
    """One meeting without a loss, then one for each datagram that the handshake had."""
    complete = await meet(peer, scenario, side, folder / "whole")
    assert complete.established.extended_master_secret
    assert not complete.established.resumed
    room = asyncio.Semaphore(AT_ONCE)

    async def losing(number: int) -> Direction | None:
        async with room:
            meeting = await meet(peer, scenario, side, folder / str(number), lose=number)
            return meeting.wire.lost

    outcomes = await asyncio.gather(*map(losing, range(complete.wire.carried)), return_exceptions=True)
    failures = [
        f"without datagram {number}: {outcome!r}"
        for number, outcome in enumerate(outcomes)
        if isinstance(outcome, BaseException)
    ]
    assert not failures, "\n\n".join(failures)
    assert None not in outcomes[:FEWEST], f"not every datagram was lost: {outcomes}"
    assert {"in", "out"} <= set(outcomes), f"datagrams of one side alone were lost: {outcomes}"
