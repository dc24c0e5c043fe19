"""Endpoints that talk to each other on loopback, and a carrier that loses datagrams by schedule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from conformance.coap import TransmissionParameters
from conformance.coap.carrier import Address
from conformance.coap.endpoint import Endpoint, Incoming, Response, Trace
from conformance.transports import UdpTransport

QUICK = TransmissionParameters(ack_timeout=0.05, ack_random_factor=1.0, max_retransmit=2)
LIMIT = 5.0


class LossyCarrier:
    """A UDP transport that does not send the datagrams with these numbers, counted from 1."""

    def __init__(self, transport: UdpTransport, lost: Collection[int]) -> None:
        self._transport = transport
        self._lost = lost
        self.offered = 0

    @property
    def receiver(self) -> Callable[[bytes, Address, int, float], None] | None:
        return self._transport.receiver

    @receiver.setter
    def receiver(self, receiver: Callable[[bytes, Address, int, float], None] | None) -> None:
        self._transport.receiver = receiver

    @property
    def unreachable(self) -> Callable[[Address], None] | None:
        return self._transport.unreachable

    @unreachable.setter
    def unreachable(self, listener: Callable[[Address], None] | None) -> None:
        self._transport.unreachable = listener

    @property
    def local(self) -> Address:
        return self._transport.local

    def send(self, data: bytes, remote: Address) -> int:
        self.offered += 1
        return self.offered if self.offered in self._lost else self._transport.send(data, remote)

    def close(self) -> None:
        self._transport.close()


@asynccontextmanager
async def endpoint(
    *,
    lost: Collection[int] = (),
    parameters: TransmissionParameters = QUICK,
    szx: int = 6,
    handler: Callable[[Incoming], Awaitable[Response | None]] | None = None,
) -> AsyncIterator[tuple[Endpoint, list[Trace]]]:
    """An endpoint on a free port and the trace of its messages; closed at the end."""
    carrier = LossyCarrier(await UdpTransport.open(), lost)
    made = Endpoint(carrier, parameters=parameters, random=Random(7), szx=szx)
    traces: list[Trace] = []
    made.on_message = traces.append
    made.handler = handler
    try:
        yield made, traces
    finally:
        await made.close()


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario and see that it leaves no task behind and breaks nothing in the event loop."""

    async def guarded() -> None:
        problems: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        async with asyncio.timeout(20):
            await scenario()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert not problems

    asyncio.run(guarded())


def seen(traces: list[Trace], direction: str = "") -> list[str]:
    """Type and code of every traced message, as in "out CON 0.01"."""
    return [
        f"{trace.direction} {trace.message.type.name} {trace.message.code}"
        for trace in traces
        if trace.message is not None and trace.direction.startswith(direction)
    ]
