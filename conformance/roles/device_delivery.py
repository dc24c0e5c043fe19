"""Ways in which a device of the tester brings its answers: late, in messages of their own, or behind a forged
one (RFC 7252 §4.2, §5.2, §5.3.2). Each is a script: ``device.script_next(Read, Separate(device))``."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.coap.message import Message, Type
from conformance.roles.tester_device import TesterDevice
from conformance.verdicts import Level


def response_to(incoming: Incoming, response: Response, type: Type, mid: int) -> Message:
    """The message that carries a response under the token of its request."""
    return Message(type, response.code, mid, incoming.message.token, response.all_options, response.payload)


@dataclass
class Separate:
    """The right answer in a message of its own, `pause` seconds after the request.

    `acknowledged` says when the request gets its empty ACK, seen from the answer. `copies` of a confirmable
    answer are sent, each after the one before was acknowledged; `outcomes` tells what became of them:
    ``acknowledged``, ``reset`` or ``timeout``, and ``sent`` for a non-confirmable one.
    """

    device: TesterDevice
    pause: float = 0.0
    type: Type = Type.CON
    acknowledged: Literal["before", "after", "never"] = "before"
    copies: int = 1
    outcomes: list[str] = field(default_factory=list)
    _brought: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, operation: ServerOperation, incoming: Incoming) -> None:
        endpoint = self.device.endpoint
        if self.acknowledged == "before":
            await incoming.acknowledge()
        await asyncio.sleep(self.pause)
        answer = self.device.answer(operation, incoming)
        message = response_to(incoming, answer, self.type, endpoint.new_mid())
        for _ in range(self.copies):
            if self.type is Type.NON:
                endpoint.send(incoming.remote, message)
                self.outcomes.append("sent")
                continue
            limit = self.device.context.ixit.reaction_time
            exchange = await endpoint.exchange(incoming.remote, message, limit=limit)
            self.outcomes.append(exchange.outcome)
        if self.acknowledged == "after":
            await incoming.acknowledge()
        self._brought.set()

    async def expect(self, outcomes: list[str], *, level: Level = Level.MUST) -> None:
        """Expect what becomes of the copies; records the check ``answer.outcomes``.

        Raises:
            CheckFailed: something else became of them.
        """
        limit = self.device.context.ixit.reaction_time * (1 + self.copies)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._brought.wait(), limit)
        self.device.context.record.judge(
            "answer.outcomes",
            outcomes,
            self.outcomes,
            what="the separate answer is",
            level=level,
            limit=limit,
        )


@dataclass
class Forged:
    """`response` in the ACK as `change` alters it, from `sender` if that is another; then the right one."""

    device: TesterDevice
    response: Response
    change: Callable[[Message], Message] = lambda message: message
    sender: Endpoint | None = None

    async def __call__(self, operation: ServerOperation, incoming: Incoming) -> Response:
        forged = response_to(incoming, self.response, Type.ACK, incoming.message.mid)
        (self.sender or self.device.endpoint).send(incoming.remote, self.change(forged))
        return self.device.answer(operation, incoming)
