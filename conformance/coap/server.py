"""The server's side of an endpoint: requests go to the handler, its responses out, in blocks if large."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from conformance.coap.backlog import Backlog
from conformance.coap.block import Block
from conformance.coap.blockwise import Reassembly, Representations, block_option
from conformance.coap.codec import encode
from conformance.coap.codes import Code
from conformance.coap.deduplication import Reception
from conformance.coap.exchange import Received
from conformance.coap.message import Message, Type
from conformance.coap.options import OptionNumber
from conformance.coap.reliability import Reliability
from conformance.coap.serving import Incoming, Response
from conformance.coap.wire import Wire

Handler = Callable[[Incoming], Awaitable[Response | None]]

_log = logging.getLogger(__name__)


class Server:
    """Serves requests; `failures` are the exceptions of the handler, each of which was answered with 5.00."""

    def __init__(self, wire: Wire, reliability: Reliability, backlog: Backlog, szx: int) -> None:
        self.handler: Handler | None = None
        self.serve_blocks = True
        self.failures: list[Exception] = []
        self._wire = wire
        self._reliability = reliability
        self._backlog = backlog
        self._reassembly = Reassembly(szx)
        self._representations = Representations(szx)
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, received: Received, reception: Reception) -> None:
        """Serve a request that is no duplicate."""
        if self.handler is None:
            self._backlog.offer(received)
            return
        if self.serve_blocks:
            whole = self._put_together(received, reception)
            if whole is None:
                return
            received = whole
            block2 = received.message.block2
            if block2 is not None and block2.num:
                known = self._representations.recall(received.message, received.remote)
                if known is not None:
                    self._reply(self._cut(known, received), received, reception, separate=False)
                    return
        self._start(self.handler, received, reception)
        self._backlog.offer(received)

    def refuse(self, received: Received, reception: Reception, code: Code, diagnostic: str) -> None:
        """Answer a request that must not reach the handler; a non-confirmable one is silently rejected."""
        if received.message.type is Type.CON:
            response = Response(code, payload=diagnostic.encode())
            self._reply(response, received, reception, separate=False)
        self._backlog.offer(received)

    def limit_blocks(self, szx: int) -> None:
        """The largest block that is asked for and given."""
        self._reassembly.szx = self._representations.szx = szx

    def clear(self) -> None:
        self._reassembly.clear()
        self._representations.clear()

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _put_together(self, received: Received, reception: Reception) -> Received | None:
        message = received.message
        if message.block1 is None:
            return received
        body = self._reassembly.take(message, message.block1, received.remote)
        if isinstance(body, Response):
            self._reply(body, received, reception, separate=False)
            return None
        return Received(message, received.remote, received.local, received.frame, received.time, body)

    def _start(self, handler: Handler, received: Received, reception: Reception) -> None:
        def acknowledge() -> None:
            if received.message.type is Type.CON:
                empty = encode(Message(Type.ACK, Code.EMPTY, received.message.mid))
                reception.answer = empty
                self._wire.send(empty, received.remote)

        incoming = Incoming(received, acknowledge)
        task = asyncio.get_running_loop().create_task(self._handle(handler, incoming, received, reception))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(
        self, handler: Handler, incoming: Incoming, received: Received, reception: Reception
    ) -> None:
        try:
            response = await handler(incoming)
        except Exception as error:
            self.failures.append(error)
            _log.exception("the handler failed on %s", incoming.message.summary())
            response = Response(Code.INTERNAL_SERVER_ERROR)
        if response is None:
            return
        block1 = received.message.block1
        if self.serve_blocks and block1 is not None:
            told = block_option(OptionNumber.BLOCK1, Block(block1.num, False, block1.szx))
            response = Response(response.code, (*response.all_options, told), response.payload)
        self._reply(self._cut(response, received), received, reception, separate=incoming.acknowledged)

    def _cut(self, response: Response, received: Received) -> Response:
        if not self.serve_blocks:
            return response
        return self._representations.cut(response, received.message, received.remote)

    def _reply(self, response: Response, received: Received, reception: Reception, *, separate: bool) -> None:
        request, remote = received.message, received.remote
        answer = Message(Type.NON, response.code, 0, request.token, response.all_options, response.payload)
        if request.type is Type.NON:
            self._wire.send(answer.with_(mid=self._wire.new_mid()), remote)
        elif separate:
            mid = self._wire.new_mid()
            self._reliability.start(encode(answer.with_(type=Type.CON, mid=mid)), remote, mid)
        else:
            data = encode(answer.with_(type=Type.ACK, mid=request.mid))
            reception.answer = data
            self._wire.send(data, remote)
