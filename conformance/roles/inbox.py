"""Operations that arrive at the tester: each answered rightly or by a script, and kept for the case."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Code
from conformance.waiting import Bell

MAX_BACKLOG = 1_000
"""Operations kept for the case; a SUT that floods must not fill the memory."""

Script = Callable[[Any, Incoming], Awaitable[Response | None]]
"""What a case does instead of the right answer; None as result: the script took care of it."""

Operation = TypeVar("Operation")


class Inbox(Generic[Operation]):
    """Hands each operation to the next script for its kind, or else to `answer`, and keeps it.

    `at` names the LwM2M path that a case means, so that what a SUT asks by itself elsewhere is left alone.
    """

    def __init__(self) -> None:
        self._arrived: deque[tuple[Operation, Incoming]] = deque(maxlen=MAX_BACKLOG)
        self._bell = Bell()
        self._scripts: list[tuple[type[Operation], str | None, Script]] = []

    def operation_of(self, incoming: Incoming) -> Operation:
        """What a request stands for."""
        raise NotImplementedError

    def answer(self, operation: Operation, incoming: Incoming) -> Response:
        """The right answer."""
        raise NotImplementedError

    def script_next(self, operation: type[Operation], script: Script, *, at: str | None = None) -> None:
        """Answer the next operation of this kind, at this path, by the script instead of rightly; once."""
        self._scripts.append((operation, at, script))

    def answer_next(
        self, operation: type[Operation], answer: Code | Response, *, at: str | None = None
    ) -> None:
        """Answer the next operation of this kind, at this path, with this code or response; once."""
        response = answer if isinstance(answer, Response) else Response(answer)

        async def script(_operation: Operation, _incoming: Incoming) -> Response:
            return response

        self.script_next(operation, script, at=at)

    def ignore_next(self, operation: type[Operation]) -> None:
        """Leave the next operation of this kind without any answer; once."""

        async def script(_operation: Operation, _incoming: Incoming) -> None:
            return None

        self.script_next(operation, script)

    def script_for(self, operation: Operation) -> Script | None:
        """The script that answers this operation, which is taken off the list."""
        for entry in self._scripts:
            kind, at, script = entry
            if _is(operation, kind, at):
                self._scripts.remove(entry)
                return script
        return None

    def keep(self, operation: Operation, incoming: Incoming) -> None:
        """Keep an operation until a case takes it."""
        self._arrived.append((operation, incoming))
        self._bell.ring()

    def forget(self) -> None:
        """Drop what has arrived and no one took."""
        self._arrived.clear()

    @property
    def arrived(self) -> list[Operation]:
        """What has arrived and no one took, oldest first."""
        return [operation for operation, _ in self._arrived]

    async def take(
        self, kinds: type[Any] | tuple[type[Any], ...], within: float, at: str | None = None
    ) -> tuple[Operation, Incoming] | None:
        """The next operation of these kinds, at this path, that no one took yet, or None after `within`
        seconds."""
        return await self._bell.first(lambda: self._taken(kinds, at), within)

    def _taken(
        self, kinds: type[Any] | tuple[type[Any], ...], at: str | None
    ) -> tuple[Operation, Incoming] | None:
        for index, (operation, incoming) in enumerate(self._arrived):
            if _is(operation, kinds, at):
                del self._arrived[index]
                return operation, incoming
        return None


def _is(operation: object, kinds: type[Any] | tuple[type[Any], ...], at: str | None) -> bool:
    return isinstance(operation, kinds) and at in (None, str(getattr(operation, "path", None)))
