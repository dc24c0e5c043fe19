"""A decoded conversation as the roles see one: which request a response belongs to, and whole bodies."""

from collections.abc import Callable, Sequence
from functools import cached_property

from conformance.bindings.coap_datagrams import device_operation
from conformance.coap.block import Block
from conformance.coap.exchange import Received
from conformance.coap.message import Message
from conformance.messages import Register
from conformance.messages.registration import segments
from conformance.verification.transcript import Decoded

Blocks = Callable[[Message], Block | None]


class Conversation:
    """The readable messages of one case, in order."""

    def __init__(self, messages: Sequence[Decoded]) -> None:
        self.messages = messages
        self._requests: dict[int, int] = {}
        asked: dict[tuple[str, str, str], int] = {}
        for index, each in enumerate(messages):
            line, message = each.line, each.message
            if message is None:
                continue
            key = (line["local"], line["direction"], message.token.hex())
            if message.is_request:
                asked[key] = index
            else:
                opposite = "out" if line["direction"] == "in" else "in"
                request = asked.get((line["local"], opposite, message.token.hex()))
                if request is not None:
                    self._requests[index] = request

    @cached_property
    def registers(self) -> list[Register]:
        """Every Register, whoever sent it."""
        found = []
        for index, each in enumerate(self.messages):
            if (
                each.message is None
                or each.line.get("operation") != "Register"
                or not each.message.is_request
            ):
                continue
            operation = device_operation(each.message, self.body(index))
            found += [operation] if isinstance(operation, Register) else []
        return found

    @property
    def prefix(self) -> tuple[str, ...]:
        """The alternate path that the first device registered."""
        return segments(self.registers[0].root) if self.registers else ()

    def from_sut(self, frame: int) -> int | None:
        """The message that the SUT sent in a frame; None for none, or for one that cannot be read."""
        return next(
            (
                index
                for index, each in enumerate(self.messages)
                if each.line["frame"] == frame and each.line["direction"] == "in" and each.message is not None
            ),
            None,
        )

    def request_of(self, index: int) -> Message | None:
        """The request that a response has the token of."""
        request = self._requests.get(index)
        return None if request is None else self.messages[request].message

    def received(self, index: int) -> Received:
        """The message as its receiver got it, with its whole body; addresses and time are not told."""
        message = self.messages[index].message
        assert message is not None
        return Received(message, ("", 0), ("", 0), self.messages[index].line["frame"], 0.0, self.body(index))

    def body(self, index: int) -> bytes:
        """The payload of a message, put together from its blocks before, or for a first block behind."""
        message = self.messages[index].message
        assert message is not None
        blocks: Blocks = _block1 if message.is_request else _block2
        block = blocks(message)
        if block is None:
            return message.payload
        body, offset = message.payload, block.offset
        if offset:
            for before in range(index - 1, -1, -1):
                other = self._same_transfer(index, before, blocks)
                if other is not None and other[0].more and other[0].offset + len(other[1]) == offset:
                    body, offset = other[1] + body, other[0].offset
                    if not offset:
                        break
        elif block.more and message.is_response:
            for behind in range(index + 1, len(self.messages)):
                other = self._same_transfer(index, behind, blocks)
                if other is not None and other[0].offset == len(body):
                    body += other[1]
                    if not other[0].more:
                        break
        return body

    def _same_transfer(self, index: int, other: int, blocks: Blocks) -> tuple[Block, bytes] | None:
        """Block and payload of another message about the same thing between the same two."""
        here, there = self.messages[index], self.messages[other]
        same = all(here.line[key] == there.line[key] for key in ("direction", "local", "remote"))
        if not same or here.message is None or there.message is None:
            return None
        block = blocks(there.message)
        if block is None or _about(self, index) != _about(self, other):
            return None
        return block, there.message.payload


def _about(conversation: Conversation, index: int) -> object:
    message = conversation.messages[index].message
    request = message if message is not None and message.is_request else conversation.request_of(index)
    return None if request is None else (request.code, request.uri_path, message is request)


def _block1(message: Message) -> Block | None:
    return message.block1


def _block2(message: Message) -> Block | None:
    return message.block2
