"""Confirmable messages: retransmission with exponential back-off (RFC 7252 §4.2), and NSTART (§4.7)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Literal

from conformance.coap.carrier import Address
from conformance.coap.parameters import TransmissionParameters

Ending = Literal["acknowledged", "reset", "timeout", "unreachable", "cancelled"]


class Transmission:
    """One confirmable message on its way; `frames` are its transmissions, `ended` is called once."""

    def __init__(
        self, data: bytes, remote: Address, mid: int, timeout: float, ended: Callable[[Ending], None] | None
    ) -> None:
        self.data = data
        self.remote = remote
        self.mid = mid
        self.frames: list[int] = []
        self.ending: Ending | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.timeout = timeout
        self.ended = ended


class Reliability:
    """The confirmable messages of one endpoint that are not acknowledged yet."""

    def __init__(
        self, send: Callable[[bytes, Address], int], parameters: TransmissionParameters, random: Random
    ) -> None:
        self._send = send
        self._parameters = parameters
        self._random = random
        self._outstanding: dict[tuple[Address, int], Transmission] = {}

    def start(
        self,
        data: bytes,
        remote: Address,
        mid: int,
        frames: list[int] | None = None,
        ended: Callable[[Ending], None] | None = None,
    ) -> Transmission:
        """Send a confirmable message now and again until it ends; `frames` collects the frame numbers."""
        spread = self._parameters.ack_random_factor - 1
        timeout = self._parameters.ack_timeout * (1 + self._random.random() * spread)
        transmission = Transmission(data, remote, mid, timeout, ended)
        if frames is not None:
            transmission.frames = frames
        self._outstanding[remote, mid] = transmission
        self._transmit(transmission)
        return transmission

    def match(self, remote: Address, mid: int) -> Transmission | None:
        """The outstanding message with this Message ID, or None."""
        return self._outstanding.get((remote, mid))

    def uses(self, remote: Address, mid: int) -> bool:
        return (remote, mid) in self._outstanding

    def end(self, transmission: Transmission, ending: Ending) -> None:
        """Stop retransmitting; without effect on one that has ended."""
        if transmission.ending is not None:
            return
        transmission.ending = ending
        if transmission.timer is not None:
            transmission.timer.cancel()
        key = (transmission.remote, transmission.mid)
        if self._outstanding.get(key) is transmission:
            del self._outstanding[key]
        if transmission.ended is not None:
            transmission.ended(ending)

    def unreachable(self, remote: Address) -> None:
        """The port of the remote is closed: every message to it ends."""
        for transmission in [one for one in self._outstanding.values() if one.remote == remote]:
            self.end(transmission, "unreachable")

    def close(self) -> None:
        for transmission in list(self._outstanding.values()):
            self.end(transmission, "cancelled")

    def _transmit(self, transmission: Transmission) -> None:
        transmission.frames.append(self._send(transmission.data, transmission.remote))
        if transmission.ending is None:
            loop = asyncio.get_running_loop()
            transmission.timer = loop.call_later(transmission.timeout, self._expired, transmission)

    def _expired(self, transmission: Transmission) -> None:
        if len(transmission.frames) > self._parameters.max_retransmit:
            self.end(transmission, "timeout")
            return
        transmission.timeout *= 2
        self._transmit(transmission)


class Admission:
    """At most NSTART outstanding interactions with one remote; the others wait in turn (RFC 7252 §4.7)."""

    def __init__(self, nstart: int) -> None:
        self._nstart = nstart
        self._running: dict[Address, int] = {}
        self._waiting: dict[Address, deque[asyncio.Future[None]]] = {}

    async def enter(self, remote: Address) -> None:
        """Wait for one's turn; every `enter` that returned needs one `leave`."""
        if self._running.get(remote, 0) < self._nstart:
            self._running[remote] = self._running.get(remote, 0) + 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(remote, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(remote)
            raise

    def leave(self, remote: Address) -> None:
        queue = self._waiting.get(remote)
        while queue:
            turn = queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._waiting.pop(remote, None)
        self._running[remote] -= 1
        if not self._running[remote]:
            del self._running[remote]
