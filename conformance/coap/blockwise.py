"""Bodies in blocks, on the server's side: putting Block1 together, handing out Block2 (RFC 7959)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from conformance.coap.block import RESERVED_SZX, Block
from conformance.coap.carrier import Address
from conformance.coap.codes import Code
from conformance.coap.message import Message
from conformance.coap.options import Option, OptionNumber, is_no_cache_key
from conformance.coap.serving import Response

MAXIMUM_BODY = 1 << 20
MAXIMUM_TRANSFERS = 256

TransferKey = tuple[Address, int, tuple[Option, ...]]

_PER_BLOCK = (OptionNumber.BLOCK1, OptionNumber.BLOCK2, OptionNumber.OBSERVE)


def transfer_key(message: Message, remote: Address) -> TransferKey:
    """What all blocks of a transfer share: endpoint, method and cache key (RFC 7959 §2.4, §2.5)."""
    options = tuple(
        option
        for option in message.options
        if option.number not in _PER_BLOCK and not is_no_cache_key(option.number)
    )
    return remote, int(message.code), options


def block_option(number: OptionNumber, block: Block) -> Option:
    return Option.uint(number, block.uint)


@dataclass
class _Body:
    data: bytearray = field(default_factory=bytearray)


class Reassembly:
    """Request bodies that arrive in blocks; `szx` is the largest block the endpoint asks for."""

    def __init__(self, szx: int) -> None:
        self.szx = szx
        self._bodies: OrderedDict[TransferKey, _Body] = OrderedDict()

    def take(self, message: Message, block: Block, remote: Address) -> bytes | Response:
        """The whole body when `message` was its last block, else the response to this block.

        A block out of order gives 4.08, a block of the wrong size 4.00, a body above 1 MiB 4.13.
        """
        key = transfer_key(message, remote)
        if block.szx == RESERVED_SZX:
            return Response(Code.BAD_REQUEST)
        if block.num == 0:
            self._bodies.pop(key, None)
            self._bodies[key] = _Body()
            if len(self._bodies) > MAXIMUM_TRANSFERS:
                self._bodies.popitem(last=False)
        body = self._bodies.get(key)
        if body is None or block.offset != len(body.data):
            return Response(Code.REQUEST_ENTITY_INCOMPLETE)
        if block.more and len(message.payload) != block.size:
            return Response(Code.BAD_REQUEST)
        if len(body.data) + len(message.payload) > MAXIMUM_BODY:
            del self._bodies[key]
            return Response(Code.REQUEST_ENTITY_TOO_LARGE)
        body.data += message.payload
        if block.more:
            answer = Block(block.num, True, min(block.szx, self.szx))
            return Response(Code.CONTINUE, (block_option(OptionNumber.BLOCK1, answer),))
        del self._bodies[key]
        return bytes(body.data)

    def clear(self) -> None:
        self._bodies.clear()


class Representations:
    """Response bodies that are larger than a block and are fetched piece by piece."""

    def __init__(self, szx: int) -> None:
        self.szx = szx
        self._responses: OrderedDict[TransferKey, Response] = OrderedDict()

    def recall(self, message: Message, remote: Address) -> Response | None:
        """The response whose later block `message` asks for, or None: then the handler makes it anew."""
        return self._responses.get(transfer_key(message, remote))

    def cut(self, response: Response, message: Message, remote: Address) -> Response:
        """The block of `response` that `message` asks for; the response itself where it fits one block, or
        where it has a Block2 option of its own."""
        own = any(option.number == OptionNumber.BLOCK2 for option in response.options)
        if own or response.code == Code.VALID:
            return response
        asked = message.block2 or Block(0, False, self.szx)
        block = self._smaller(asked)
        if len(response.payload) <= block.size and message.block2 is None:
            return response
        if not response.code.is_success:
            return response
        if block.offset >= max(len(response.payload), 1):
            return Response(Code.BAD_REQUEST)
        more = block.offset + block.size < len(response.payload)
        key = transfer_key(message, remote)
        if more:
            self._responses[key] = response
            self._responses.move_to_end(key)
            if len(self._responses) > MAXIMUM_TRANSFERS:
                self._responses.popitem(last=False)
        payload = response.payload[block.offset : block.offset + block.size]
        part = block_option(OptionNumber.BLOCK2, Block(block.num, more, block.szx))
        return Response(response.code, (*response.all_options, part), payload)

    def clear(self) -> None:
        self._responses.clear()

    def _smaller(self, asked: Block) -> Block:
        if asked.szx <= self.szx:
            return asked
        return Block(asked.offset // (1 << (self.szx + 4)), asked.more, self.szx)
