"""Requests that arrive at a device of the tester: answered rightly or by a script, and kept for the case."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Code

MAX_BACKLOG = 1_000
"""Operations kept for the case; a SUT that floods must not fill the memory."""

Script = Callable[[Any, Incoming], Awaitable[Response | None]]
"""What a case does instead of the right answer; None as result: the script took care of it."""


class ServerInbox:
    """Hands each operation to the next script for its kind, or else to `answer`, and keeps it."""

    def __init__(self) -> None:
        self._arrived: deque[tuple[ServerOperation, Incoming]] = deque(maxlen=MAX_BACKLOG)
        self._changed = asyncio.Event()
        self._scripts: list[tuple[type[ServerOperation], Script]] = []

    def operation_of(self, incoming: Incoming) -> ServerOperation:
        """What a request stands for."""
        raise NotImplementedError

    def answer(self, operation: ServerOperation, incoming: Incoming) -> Response:
        """The right answer."""
        raise NotImplementedError

    def script_next(self, operation: type[ServerOperation], script: Script) -> None:
        """Answer the next operation of this kind by the script instead of rightly; once."""
        self._scripts.append((operation, script))

    def answer_next(self, operation: type[ServerOperation], answer: Code | Response) -> None:
        """Answer the next operation of this kind with this code or response; once."""
        response = answer if isinstance(answer, Response) else Response(answer)

        async def script(_operation: ServerOperation, _incoming: Incoming) -> Response:
            return response

        self.script_next(operation, script)

    def ignore_next(self, operation: type[ServerOperation]) -> None:
        """Leave the next operation of this kind without any answer; once."""

        async def script(_operation: ServerOperation, _incoming: Incoming) -> None:
            return None

        self.script_next(operation, script)

    def forget(self) -> None:
        """Drop what has arrived and no one took."""
        self._arrived.clear()

    @property
    def arrived(self) -> list[ServerOperation]:
        """What has arrived and no one took, oldest first."""
        return [operation for operation, _ in self._arrived]

    async def handle(self, incoming: Incoming) -> Response | None:
        """Answer what the SUT asks, and keep it for the case."""
        operation = self.operation_of(incoming)
        scripted = next((entry for entry in self._scripts if isinstance(operation, entry[0])), None)
        if scripted:
            self._scripts.remove(scripted)
        self._arrived.append((operation, incoming))
        self._changed.set()
        return await scripted[1](operation, incoming) if scripted else self.answer(operation, incoming)

    async def take(self, kind: type[Any], within: float) -> tuple[ServerOperation, Incoming] | None:
        """The next operation of a kind that no one took yet, or None after `within` seconds."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            for index, (operation, incoming) in enumerate(self._arrived):
                if isinstance(operation, kind):
                    del self._arrived[index]
                    return operation, incoming
            self._changed.clear()
            rest = deadline - asyncio.get_running_loop().time()
            if rest <= 0:
                return None
            try:
                await asyncio.wait_for(self._changed.wait(), rest)
            except TimeoutError:
                return None
