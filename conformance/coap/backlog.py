"""Messages that nobody has consumed yet, so that no race loses one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from conformance.coap.exchange import Received

MAXIMUM_BACKLOG = 1024

Predicate = Callable[[Received], bool]


class Backlog:
    """The newest 1024 messages that were not consumed; `dropped` counts those that had to go."""

    def __init__(self) -> None:
        self.dropped = 0
        self._messages: deque[Received] = deque(maxlen=MAXIMUM_BACKLOG)
        self._waiters: list[tuple[Predicate, asyncio.Future[Received | None]]] = []

    def offer(self, received: Received) -> None:
        """Hand the message to the first waiter whose predicate holds, else keep it."""
        for waiter in self._waiters:
            predicate, future = waiter
            if future.done():
                continue
            try:
                wanted = predicate(received)
            except Exception as error:
                future.set_exception(error)
                continue
            if wanted:
                future.set_result(received)
                return
        self.dropped += len(self._messages) == MAXIMUM_BACKLOG
        self._messages.append(received)

    async def next(self, predicate: Predicate, limit: float) -> Received | None:
        """Consume the oldest message for which `predicate` holds, waiting at most `limit` seconds for it."""
        for received in self._messages:
            if predicate(received):
                self._messages.remove(received)
                return received
        arrival: asyncio.Future[Received | None] = asyncio.get_running_loop().create_future()
        waiter = (predicate, arrival)
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(limit):
                return await arrival
        except TimeoutError:
            # Both in one turn of the loop: what came is not lost with the wait for it.
            return arrival.result() if arrival.done() and not arrival.cancelled() else None
        finally:
            self._waiters.remove(waiter)

    def clear(self) -> None:
        self._messages.clear()

    def close(self) -> None:
        for _, future in self._waiters:
            if not future.done():
                future.set_result(None)
