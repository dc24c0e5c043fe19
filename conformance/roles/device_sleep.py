"""The tester's device in queue mode: it registers so, and falls silent (LwM2M Transport 1.1.1 §6.5)."""

import asyncio
from typing import Any, Protocol

from conformance.roles.context import CaseContext


class Registrant(Protocol):
    """What queue mode needs of a device."""

    context: CaseContext
    lwm2m: str

    async def registered(self, **how: Any) -> None: ...

    async def stay_silent(self, share: float) -> None: ...


class Sleeping:
    """Queue mode as a device keeps it; its socket stays open, so that what is sent too early is seen."""

    async def registered_in_queue_mode(self: Registrant) -> None:
        """Register with the binding UQ of 1.0, or with the Q of later versions; the preamble of queue mode.

        Raises:
            Inconclusive: the server did not accept it.
        """
        if self.lwm2m == "1.0":
            await self.registered(binding="UQ")
        else:
            await self.registered(more=("Q",))

    async def fall_asleep(self: Registrant) -> None:
        """Send nothing until the server takes the device for asleep, ``ixit.awake_time`` long."""
        await self.stay_silent(1.0)

    async def stay_silent(self: Registrant, share: float) -> None:
        """Send nothing for a share of ``ixit.awake_time``; beyond all of it the tolerance comes on top."""
        ixit = self.context.ixit
        seconds = share * ixit.awake_time + (ixit.timing_tolerance if share >= 1 else 0)
        self.context.more_time(seconds)
        await asyncio.sleep(seconds)
