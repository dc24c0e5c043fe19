"""Waiting for what somebody else brings, with a limit."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Bell:
    """Rings when something is new, so that whoever looks for something looks again."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Let everybody who waits look again."""
        self._rung.set()

    async def first(self, look: Callable[[], Found | None], within: float) -> Found | None:
        """What `look` finds first: now, or after a ring; None after `within` seconds."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            self._rung.clear()
            if (found := look()) is not None:
                return found
            rest = deadline - asyncio.get_running_loop().time()
            if rest <= 0:
                return None
            try:
                await asyncio.wait_for(self._rung.wait(), rest)
            except TimeoutError:
                return look()
