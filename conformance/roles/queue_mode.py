"""Queue mode as a server keeps to it: requests wait until the device has shown that it listens."""

import asyncio
import math
from typing import Protocol

from conformance.coap.endpoint import Endpoint, Trace
from conformance.roles.context import CaseContext
from conformance.roles.tester_server import Registration
from conformance.sut.adapter import UnsupportedVerbError, VerbFailedError
from conformance.verdicts import Inconclusive


class Presence:
    """Notes when the device was heard last at one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.heard_at = -math.inf
        self._heard = asyncio.Event()
        self._listener = endpoint.on_message
        endpoint.on_message = self._watch

    def _watch(self, trace: Trace) -> None:
        if self._listener is not None:
            self._listener(trace)
        if trace.direction == "in":
            self.heard_at = asyncio.get_running_loop().time()
            self._heard.set()

    @property
    def silence(self) -> float:
        """Seconds since the last message of the device."""
        return asyncio.get_running_loop().time() - self.heard_at

    async def heard_after(self, moment: float, within: float) -> bool:
        """Whether something came after a moment of the loop's time, or comes within so many seconds."""
        deadline = asyncio.get_running_loop().time() + within
        while self.heard_at <= moment:
            self._heard.clear()
            try:
                await asyncio.wait_for(self._heard.wait(), deadline - asyncio.get_running_loop().time())
            except TimeoutError:
                return False
        return True

    async def quiet_for(self, seconds: float) -> None:
        """Return once the device has sent nothing for so long."""
        while (rest := seconds - self.silence) > 0:
            await self.heard_after(self.heard_at, rest)


class Listener(Protocol):
    """What queue mode needs of an account."""

    context: CaseContext
    presence: Presence

    @property
    def current(self) -> Registration: ...

    def check_alive(self) -> None: ...


class QueueMode:
    """Knows when a device in queue mode listens; of any other device it takes that for granted."""

    async def awake(self: Listener) -> None:
        """Hold until the device listens: not at all, or until it sends something (Transport 1.1.1 §6.5).

        What a case asks of the device goes through here. An adapter with the verb ``update`` shortens the
        wait, which else lasts until the device renews its registration.

        Raises:
            Inconclusive: the device did not wake.
        """
        ixit, registration = self.context.ixit, self.current
        if not registration.queue_mode or self.presence.silence < ixit.awake_time - ixit.timing_tolerance:
            return
        before, limit = self.presence.heard_at, ixit.reaction_time
        try:
            await self.context.adapter.trigger("update")
        except (UnsupportedVerbError, VerbFailedError):
            limit += registration.lifetime or 0
        if not await self.presence.heard_after(before, limit):
            self.check_alive()
            raise Inconclusive(f"preamble: the SUT sleeps and did not wake within {limit:.1f} s")

    async def asleep(self: Listener) -> None:
        """Be quiet until the device, which listens for ``ixit.awake_time`` only, should sleep."""
        time = self.context.ixit.awake_time + self.context.ixit.timing_tolerance
        await self.presence.quiet_for(time)
