"""Bodies in blocks, on the client's side: an exchange with its own token for each block (RFC 7959 §3.4)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import chain

from conformance.coap.block import Block
from conformance.coap.blockwise import MAXIMUM_BODY, block_option
from conformance.coap.carrier import Address
from conformance.coap.client import Client
from conformance.coap.codes import Code
from conformance.coap.exchange import Exchange, Outcome, Received
from conformance.coap.message import Message, Type
from conformance.coap.options import Option, OptionNumber
from conformance.coap.wire import Wire


@dataclass(frozen=True)
class Plan:
    """A request before it is cut into blocks; `token` and `mid` of its first message, None for new ones."""

    remote: Address
    code: Code
    options: tuple[Option, ...]
    payload: bytes
    type: Type
    token: bytes | None
    mid: int | None
    blockwise: bool
    szx: int
    ask_size: bool


class Transfer:
    """Carries out one plan within a deadline (in the time of the event loop)."""

    def __init__(self, client: Client, wire: Wire, plan: Plan, deadline: float) -> None:
        self._client = client
        self._wire = wire
        self._plan = plan
        self._deadline = deadline
        self._parts: list[Exchange] = []
        self._violations: list[str] = []

    async def run(self) -> Exchange:
        """The exchange, whatever the peer did."""
        plan = self._plan
        if plan.blockwise and len(plan.payload) > 1 << (plan.szx + 4):
            last = await self._upload()
        else:
            hint: tuple[Option, ...] = ()
            if plan.ask_size and not any(option.number == OptionNumber.BLOCK2 for option in plan.options):
                hint = (block_option(OptionNumber.BLOCK2, Block(0, False, plan.szx)),)
            last = await self._part((*plan.options, *hint), plan.payload)
        asked = last.request.block2
        if last.response is None or not plan.blockwise or (asked is not None and asked.num):
            return self._joined(last.response, last.outcome, last.body)
        return await self._download(last.response)

    async def fetch_rest(self, first: Received) -> Exchange:
        """The body whose first block, such as a notification, has arrived already."""
        return await self._download(first)

    async def _part(self, options: tuple[Option, ...], payload: bytes) -> Exchange:
        plan, first = self._plan, not self._parts
        token = plan.token if first and plan.token is not None else self._wire.new_token()
        mid = plan.mid if first and plan.mid is not None else self._wire.new_mid()
        message = Message(plan.type, plan.code, mid, token, options, payload)
        limit = max(0.0, self._deadline - asyncio.get_running_loop().time())
        part = await self._client.single(message, plan.remote, limit)
        self._parts.append(part)
        return part

    async def _upload(self) -> Exchange:
        payload, offset, szx = self._plan.payload, 0, self._plan.szx
        while True:
            size = 1 << (szx + 4)
            block = Block(offset // size, offset + size < len(payload), szx)
            option = block_option(OptionNumber.BLOCK1, block)
            part = await self._part((*self._plan.options, option), payload[offset : offset + size])
            if part.response is None:
                return part
            answer = part.response.message
            told = answer.block1
            if answer.code == Code.REQUEST_ENTITY_TOO_LARGE and not offset and told and told.szx < szx:
                szx = told.szx
                continue
            if not answer.code.is_success:
                return part
            fault = _fault_of_acknowledgement(answer, block)
            if fault is not None:
                self._violations.append(f"{fault} (frame {part.response.frame})")
                return part
            if not block.more:
                return part
            offset += size
            szx = told.szx if told is not None else szx

    async def _download(self, first: Received) -> Exchange:
        head, current = first.message, first
        body = bytearray()
        asked_szx = head.block2.szx if head.block2 is not None else 0
        while True:
            block = current.message.block2
            fault = _fault_of_block(current.message, head, len(body), asked_szx)
            if fault is None and len(body) + len(current.message.payload) > MAXIMUM_BODY:
                fault = f"the body is larger than {MAXIMUM_BODY} bytes and still goes on"
            if fault is not None:
                self._violations.append(f"{fault} (frame {current.frame})")
                break
            body += current.message.payload
            if block is None or not block.more:
                break
            asked_szx = block.szx
            following = Block(len(body) // block.size, False, block.szx)
            part = await self._part(self._follow_up_options(following), b"")
            if part.response is None:
                return self._joined(None, part.outcome, bytes(body))
            current = part.response
            if not current.message.code.is_success:
                self._violations.append(
                    f"block {following} was answered {current.message.code} (frame {current.frame})"
                )
                return self._joined(current, "response", bytes(body))
        return self._joined(first, "response", bytes(body))

    def _follow_up_options(self, block: Block) -> tuple[Option, ...]:
        dropped = (OptionNumber.BLOCK1, OptionNumber.BLOCK2, OptionNumber.OBSERVE, OptionNumber.SIZE1)
        kept = tuple(option for option in self._plan.options if option.number not in dropped)
        return (*kept, block_option(OptionNumber.BLOCK2, block))

    def _joined(self, response: Received | None, outcome: Outcome, body: bytes) -> Exchange:
        parts = self._parts
        if len(parts) == 1:
            parts[0].violations += self._violations
            return parts[0]
        if not parts:
            options = self._plan.options
            request = Message(self._plan.type, self._plan.code, 0, self._plan.token or b"", options)
            return Exchange(
                request,
                self._plan.remote,
                response=response,
                outcome=outcome,
                body=body,
                violations=self._violations,
            )
        whole = Exchange(
            request=parts[0].request,
            remote=self._plan.remote,
            sent=list(chain.from_iterable(part.sent for part in parts)),
            response=response,
            outcome=outcome,
            acknowledged=all(part.acknowledged for part in parts),
            separate=any(part.separate for part in parts),
            retransmissions=sum(part.retransmissions for part in parts),
            round_trip=sum(part.round_trip or 0.0 for part in parts),
            blocks=parts,
            body=body,
            violations=[*chain.from_iterable(part.violations for part in parts), *self._violations],
            observation=next((part.observation for part in reversed(parts) if part.observation), None),
        )
        if whole.observation is not None:
            whole.observation.first = whole
        return whole


def _fault_of_acknowledgement(answer: Message, block: Block) -> str | None:
    """What is wrong with a success that answers `block` of a request (RFC 7959 §2.3, §2.9.1)."""
    told = answer.block1
    if told is None:
        return f"{answer.code} for block {block} carries no Block1" if block.more else None
    if told.num != block.num:
        return f"Block1 {told} answers block {block}"
    if told.szx > block.szx:
        return f"Block1 {told} asks for larger blocks than {block}"
    if told.more and answer.code != Code.CONTINUE:
        return f"{answer.code} with Block1 {told} instead of 2.31"
    if answer.code == Code.CONTINUE and not block.more:
        return f"2.31 for the last block {block}"
    return None


def _fault_of_block(message: Message, head: Message, offset: int, asked_szx: int) -> str | None:
    """What is wrong with the block of a response that has to start at `offset` (RFC 7959 §2.3, §2.4)."""
    block = message.block2
    if block is None:
        return f"the response to the block at byte {offset} carries no Block2" if offset else None
    if block.offset != offset:
        return f"Block2 {block} instead of the block at byte {offset}"
    if block.szx > asked_szx:
        return f"Block2 {block} is larger than the {1 << (asked_szx + 4)} bytes asked for"
    if block.more and len(message.payload) != block.size:
        return f"Block2 {block} has {len(message.payload)} bytes"
    if len(message.payload) > block.size:
        return f"Block2 {block} has {len(message.payload)} bytes"
    if message.etag != head.etag:
        return f"the ETag changed at Block2 {block}"
    if message.content_format != head.content_format:
        return f"the Content-Format changed at Block2 {block}"
    return None
