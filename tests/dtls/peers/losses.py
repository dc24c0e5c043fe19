"""A meeting again and again, each time without another datagram of its handshake."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.dtls.peers.meeting import Change, Meeting, meet, unchanged
from tests.dtls.peers.peer import Peer, Side
from tests.dtls.peers.scenario import Scenario
from tests.dtls.peers.wire import Direction

AT_ONCE = 16
"""Meetings that go on side by side: most of their time they wait for a timer."""

FEWEST = 5
"""So many datagrams a handshake has at least; what is beyond hangs on timers and on how flights are cut."""


async def with_every_loss(
    peer: Peer, scenario: Scenario, side: Side, folder: Path, change: Change = unchanged
) -> Meeting:
    """One meeting without a loss, which is given back, then one for each datagram that its handshake had."""
    whole = await meet(peer, scenario, side, folder / "whole", change=change)
    room = asyncio.Semaphore(AT_ONCE)

    async def losing(number: int) -> Direction | None:
        async with room:
            meeting = await meet(peer, scenario, side, folder / str(number), lose=number, change=change)
            return meeting.wire.lost

    outcomes = await asyncio.gather(*map(losing, range(whole.wire.carried)), return_exceptions=True)
    failures = [
        f"without datagram {number}: {outcome!r}"
        for number, outcome in enumerate(outcomes)
        if isinstance(outcome, BaseException)
    ]
    assert not failures, "\n\n".join(failures)
    assert None not in outcomes[:FEWEST], f"not every datagram was lost: {outcomes}"
    assert {"in", "out"} <= set(outcomes), f"datagrams of one side alone were lost: {outcomes}"
    return whole
