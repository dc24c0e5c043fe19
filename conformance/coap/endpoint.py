"""A CoAP endpoint: client and server on one carrier, obedient to RFC 7252, 7641, 7959, all of it traced."""

from __future__ import annotations

import asyncio
import random as randomness
from collections.abc import Callable, Sequence
from dataclasses import replace

from conformance.coap.acceptance import refusal_of, without_bad_elective
from conformance.coap.backlog import Backlog, Predicate
from conformance.coap.carrier import Address, Carrier
from conformance.coap.client import Client
from conformance.coap.codec import HEADER_LENGTH, Finding, Kind, dissect, encode
from conformance.coap.codes import Code
from conformance.coap.deduplication import Deduplication, Reception
from conformance.coap.exchange import Exchange, Received, Trace
from conformance.coap.message import Message, Type, request_options
from conformance.coap.observation import Observation, Reply, acknowledge
from conformance.coap.options import Option, OptionNumber
from conformance.coap.parameters import TransmissionParameters
from conformance.coap.reliability import Reliability
from conformance.coap.server import Handler, Server
from conformance.coap.serving import Incoming, Response
from conformance.coap.transfer import Plan, Transfer
from conformance.coap.wire import Wire

__all__ = ["Endpoint", "Exchange", "Incoming", "Observation", "Received", "Response", "Trace"]

LARGEST_SZX = 6
NOTIFICATION_LIMIT = 30.0
"""Seconds within which the later blocks of a notification have to arrive."""


class Endpoint:
    """Client and server on one carrier, which the endpoint closes with itself.

    `random` draws Message IDs, tokens and time-outs; `szx` is the largest block size exponent (0..6) that it
    uses and asks for. Nothing that a peer sends raises here. `response_policy` decides what a separate
    response gets (RFC 7252 §5.2.2): an ACK, a Reset, or nothing, as if the ACK were lost. While `deaf` is
    true everything that arrives is traced and otherwise lost.
    """

    def __init__(
        self,
        transport: Carrier,
        *,
        parameters: TransmissionParameters | None = None,
        random: randomness.Random | None = None,
        szx: int = LARGEST_SZX,
    ) -> None:
        if not 0 <= szx <= LARGEST_SZX:
            raise ValueError(f"szx is 0..{LARGEST_SZX}, not {szx}")
        self.parameters = parameters or TransmissionParameters()
        self.szx = szx
        chance = random or randomness.Random()
        self._carrier = transport
        self._wire = Wire(transport, chance)
        timing = randomness.Random(chance.getrandbits(64))
        self._reliability = Reliability(self._wire.send, self.parameters, timing)
        self._backlog = Backlog()
        self._client = Client(self._wire, self._reliability, self.parameters.nstart)
        self._server = Server(self._wire, self._reliability, self._backlog, szx)
        self._deduplication = Deduplication(self.parameters.exchange_lifetime)
        self.shown = transport.local
        """Where peers find the endpoint: its address, unless something stands before it."""
        self.response_policy: Callable[[Received], Reply] = acknowledge
        self._losses: list[Callable[[Message], bool]] = []
        self.deaf = False
        self._tasks: set[asyncio.Task[None]] = set()
        transport.receiver = self._receive
        transport.unreachable = self._client.unreachable

    @property
    def local(self) -> Address:
        """The address of the carrier."""
        return self._carrier.local

    @property
    def on_message(self) -> Callable[[Trace], None] | None:
        """Called for every datagram sent or received, decoded or malformed."""
        return self._wire.on_message

    @on_message.setter
    def on_message(self, listener: Callable[[Trace], None] | None) -> None:
        self._wire.on_message = listener

    @property
    def handler(self) -> Handler | None:
        """Answers requests; None leaves them to `next` and `send`, so that nobody answers by itself."""
        return self._server.handler

    @handler.setter
    def handler(self, handler: Handler | None) -> None:
        self._server.handler = handler

    @property
    def serve_blocks(self) -> bool:
        """Whether Block1 is put together and Block2 cut for the handler; false hands every block to it."""
        return self._server.serve_blocks

    @serve_blocks.setter
    def serve_blocks(self, serve: bool) -> None:
        self._server.serve_blocks = serve

    def serve_in_blocks_of(self, szx: int) -> None:
        """Ask for, and give, blocks of this size exponent (0..6) at most where the endpoint is the server."""
        self._server.limit_blocks(szx)

    @property
    def failures(self) -> list[Exception]:
        """Exceptions of the handler; each was logged and answered with 5.00."""
        return self._server.failures

    @property
    def dropped(self) -> int:
        """Messages that left the backlog unconsumed, for newer ones."""
        return self._backlog.dropped

    async def request(
        self,
        remote: Address,
        method: Code,
        *,
        path: Sequence[str] = (),
        query: Sequence[str] = (),
        options: tuple[Option, ...] = (),
        payload: bytes = b"",
        content_format: int | None = None,
        accept: int | None = None,
        observe: int | None = None,
        confirmable: bool = True,
        token: bytes | None = None,
        mid: int | None = None,
        limit: float,
        blockwise: bool = True,
        szx: int | None = None,
    ) -> Exchange:
        """Send a request and wait at most `limit` seconds for the response, all its blocks included.

        `options` come on top of those made of the other arguments. A payload above the block size goes out
        in blocks, each with a token of its own; `szx` asks for other blocks than the endpoint's, both ways.
        Observe 0 starts an observation, found in the exchange. At most NSTART requests to one remote are
        under way, later ones wait. The peer's faults end in `Exchange.outcome` and `Exchange.violations`,
        never in an exception; ValueError is for arguments that CoAP cannot express.
        """
        made = request_options(
            path=path, query=query, content_format=content_format, accept=accept, observe=observe
        )
        if szx is not None and not 0 <= szx <= LARGEST_SZX:
            raise ValueError(f"szx is 0..{LARGEST_SZX}, not {szx}")
        plan = Plan(
            remote=remote,
            code=method,
            options=(*made, *options),
            payload=payload,
            type=Type.CON if confirmable else Type.NON,
            token=token,
            mid=mid,
            blockwise=blockwise,
            szx=self.szx if szx is None else szx,
            ask_size=blockwise and (szx is not None or self.szx < LARGEST_SZX),
        )
        deadline = asyncio.get_running_loop().time() + limit
        return await Transfer(self._client, self._wire, plan, deadline).run()

    async def observe(
        self,
        remote: Address,
        *,
        method: Code = Code.GET,
        path: Sequence[str] = (),
        query: Sequence[str] = (),
        options: tuple[Option, ...] = (),
        payload: bytes = b"",
        content_format: int | None = None,
        accept: int | None = None,
        token: bytes | None = None,
        limit: float,
    ) -> Observation:
        """Ask for notifications; `Observation.first` is the exchange, `active` whether the peer agreed."""
        exchange = await self.request(
            remote,
            method,
            path=path,
            query=query,
            options=options,
            payload=payload,
            content_format=content_format,
            accept=accept,
            observe=0,
            token=token,
            limit=limit,
        )
        if exchange.observation is None:
            observation = Observation(exchange.request, remote, self._client.forget)
            observation.first = exchange
            return observation
        return exchange.observation

    async def cancel(self, observation: Observation, *, limit: float) -> Exchange:
        """Cancel an observation by the request that made it, with Observe 1 and its token (RFC 7641 §3.6)."""
        request = observation.request
        message = request.with_(type=Type.CON, mid=self._wire.new_mid()).with_options(
            Option.uint(OptionNumber.OBSERVE, 1)
        )
        return await self._client.single(message, observation.remote, limit)

    async def exchange(self, remote: Address, message: Message | bytes, *, limit: float) -> Exchange:
        """One exchange of which the caller gives every header field.

        A Message that is confirmable is retransmitted, bytes are sent once. Whatever refers to the message
        ends the exchange: a response, a Reset, and for what is no request an ACK; the empty ACK of a request
        is noted and the wait goes on. NSTART does not hold here.
        """
        raw = message if isinstance(message, bytes) else None
        decoded = dissect(message)[0] if isinstance(message, bytes) else message
        return await self._client.single(decoded, remote, limit, raw=raw, admitted=False)

    def send(self, remote: Address, message: Message | bytes) -> int:
        """Send a message or any bytes, once, and return the frame number."""
        return self._wire.send(message, remote)

    async def next(self, predicate: Predicate, *, limit: float) -> Received | None:
        """The oldest message not consumed yet for which `predicate` holds; None after `limit` seconds.

        Requests appear here as well as at the handler, put together from their blocks; responses and
        notifications that somebody waits for do not.
        """
        return await self._backlog.next(predicate, limit)

    def lose(self, predicate: Callable[[Message], bool]) -> None:
        """Treat the next message that arrives and for which `predicate` holds as lost on the way; once.

        It is traced like any other, but the endpoint does nothing with it and does not remember it.
        """
        self._losses.append(predicate)

    def new_token(self) -> bytes:
        """A token that no request of this endpoint has, for messages made by hand."""
        return self._wire.new_token()

    def new_mid(self) -> int:
        """The next Message ID, for messages made by hand."""
        return self._wire.new_mid()

    def count_from(self, mid: int) -> None:
        """Let the Message IDs go on after this one."""
        self._wire.count_from(mid)

    def clear(self) -> None:
        """Forget all peers: duplicates, backlog, transfers, observations; for a SUT that was replaced."""
        self._deduplication.clear()
        self._backlog.clear()
        self._server.clear()
        self._client.clear_observations()

    async def close(self) -> None:
        """End everything and close the carrier; who waits gets "timeout" or None, and no task is left."""
        self._carrier.receiver = None
        self._carrier.unreachable = None
        self._client.close()
        self._backlog.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.close()
        self._reliability.close()
        self._carrier.close()

    def _receive(self, data: bytes, remote: Address, frame: int, time: float) -> None:
        message, findings = dissect(data)
        faults = [finding for finding in findings if finding.rejects]
        format_fault = next((fault for fault in faults if not fault.kind.is_option_level), None)
        reception, duplicate = Reception(b"", 0), False
        lost = format_fault is None and (self.deaf or self._is_lost(message))
        if format_fault is None and not lost and message.type in (Type.CON, Type.NON):
            now = asyncio.get_running_loop().time()
            reception, duplicate = self._deduplication.register(remote, message.mid, data, now)
        if self.on_message is not None:
            shown = message if len(data) >= HEADER_LENGTH else None
            text = str(faults[0]) if faults else None
            self.on_message(Trace("in", shown, data, text, self.local, remote, frame, time, duplicate))
        received = Received(message, remote, self.local, frame, time, message.payload)
        if lost:
            return
        if format_fault is not None:
            self._reject_format(received, format_fault)
        elif duplicate:
            if reception.answer is not None and message.type is Type.CON:
                self._wire.send(reception.answer, remote)
        else:
            self._dispatch(received, faults, reception)

    def _is_lost(self, message: Message) -> bool:
        loss = next((predicate for predicate in self._losses if predicate(message)), None)
        if loss is not None:
            self._losses.remove(loss)
        return loss is not None

    def _reject_format(self, received: Received, fault: Finding) -> None:
        message = received.message
        if fault.kind in (Kind.HEADER, Kind.VERSION):
            return
        self._client.rejected(message, received.remote, str(fault), received.frame)
        if message.type is Type.CON:
            self._wire.send(Message(Type.RST, Code.EMPTY, message.mid), received.remote)

    def _dispatch(self, received: Received, faults: list[Finding], reception: Reception) -> None:
        message = received.message
        refusal = refusal_of(message, faults)
        received = replace(received, message=without_bad_elective(message, faults))
        if message.is_empty:
            self._take_empty(received, reception)
        elif message.is_request:
            if refusal is not None:
                self._server.refuse(received, reception, *refusal)
            else:
                self._server.take(received, reception)
        elif refusal is not None:
            self._client.rejected(message, received.remote, refusal[1], received.frame)
            self._reset(received, reception)
        else:
            self._take_response(received, reception)

    def _take_empty(self, received: Received, reception: Reception) -> None:
        known = False
        if received.message.type is Type.CON:
            self._reset(received, reception)
        elif received.message.type is Type.ACK:
            known = self._client.acknowledged(received)
        else:
            known = self._client.reset(received)
        if not known:
            self._backlog.offer(received)

    def _take_response(self, received: Received, reception: Reception) -> None:
        message = received.message
        if message.type is Type.ACK:
            if not self._client.piggybacked(received):
                self._backlog.offer(received)
            return
        if self._client.separate(received):
            reply = self.response_policy(received)
            if reply == "ack":
                self._acknowledge(received, reception)
            elif reply == "reset":
                self._reset(received, reception)
            return
        observation = self._client.observation(received.remote, message.token)
        if observation is not None:
            self._take_notification(observation, received, reception)
            return
        self._reset(received, reception)
        self._backlog.offer(received)

    def _take_notification(self, observation: Observation, received: Received, reception: Reception) -> None:
        message = received.message
        reply = observation.policy(received)
        if reply == "ack":
            self._acknowledge(received, reception)
        elif reply == "reset":
            self._wire.send(Message(Type.RST, Code.EMPTY, message.mid), received.remote)
        if reply == "reset" or not message.code.is_success or message.observe is None:
            observation.forget()
        block = message.block2
        if reply == "ack" and block is not None and block.more:
            task = asyncio.get_running_loop().create_task(self._fetch_rest(observation, received))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            observation.deliver(received)

    async def _fetch_rest(self, observation: Observation, received: Received) -> None:
        request = observation.request
        plan = Plan(
            remote=observation.remote,
            code=request.code,
            options=request.options,
            payload=b"",
            type=Type.CON,
            token=None,
            mid=None,
            blockwise=True,
            szx=self.szx,
            ask_size=False,
        )
        deadline = asyncio.get_running_loop().time() + NOTIFICATION_LIMIT
        rest = await Transfer(self._client, self._wire, plan, deadline).fetch_rest(received)
        observation.deliver(replace(received, body=rest.body))

    def _acknowledge(self, received: Received, reception: Reception) -> None:
        if received.message.type is Type.CON:
            reception.answer = encode(Message(Type.ACK, Code.EMPTY, received.message.mid))
            self._wire.send(reception.answer, received.remote)

    def _reset(self, received: Received, reception: Reception) -> None:
        if received.message.type is Type.CON:
            reception.answer = encode(Message(Type.RST, Code.EMPTY, received.message.mid))
            self._wire.send(reception.answer, received.remote)
