"""A carrier that protects what goes out and unprotects what comes in."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from conformance.coap.carrier import Address, Carrier
from conformance.coap.codec import dissect, encode
from conformance.coap.codes import Code
from conformance.coap.exchange import Trace
from conformance.coap.message import Message, Type
from conformance.coap.options import OptionNumber
from conformance.oscore.context import Parameters, SecurityContext
from conformance.oscore.protection import (
    Binding,
    Refused,
    partial_iv,
    protect,
    protect_response,
    unprotect,
    unprotect_response,
)

OUTER_ERRORS = frozenset({Code.BAD_REQUEST, Code.UNAUTHORIZED, Code.BAD_OPTION})
"""Responses without OSCORE that a protected request may get (RFC 8613 §8.2)."""
REMEMBERED = 1024
Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(OrderedDict[Key, Value], Generic[Key, Value]):
    """A dictionary that forgets its oldest entries."""

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > REMEMBERED:
            self.popitem(last=False)


@dataclass(frozen=True)
class Incident:
    """A message that was not let through; `message` is the outer one."""

    message: Message
    remote: Address
    frame: int
    reason: str


@dataclass(frozen=True)
class Envelope:
    """A protected request and what a response to it is bound to, None for one that is not protected."""

    datagram: bytes
    binding: Binding | None


class OscoreCarrier:
    """OSCORE with all peers under one context, over a carrier that the layer closes with itself.

    Empty messages pass as they are. A datagram that is sent again, or comes again, is the same on both sides,
    so that retransmission and deduplication above work as without OSCORE. A request that cannot be
    unprotected, or is not protected, is answered here with the error of RFC 8613 §8.2; of the responses
    without protection only such errors pass, their frames are in `outer`. `partial_ivs` has, by frame, those
    of the protected responses, None where a response has none of its own. What was not let through is in
    `incidents`; `on_message` is told of what was received and answered here alone.
    """

    def __init__(self, carrier: Carrier, parameters: Parameters) -> None:
        self.receiver: Callable[[bytes, Address, int, float], None] | None = None
        self.on_message: Callable[[Trace], None] | None = None
        self.incidents: list[Incident] = []
        self.outer: set[int] = set()
        self.partial_ivs: dict[int, int | None] = {}
        self.context = SecurityContext(parameters)
        self._carrier = carrier
        self._sent: Recent[tuple[Address, bytes], bytes] = Recent()
        self._heard: Recent[tuple[Address, bytes], bytes] = Recent()
        self._asked: Recent[tuple[Address, bytes], Binding | None] = Recent()
        self._answering: Recent[tuple[Address, bytes], Binding] = Recent()
        carrier.receiver = self._receive

    @property
    def local(self) -> Address:
        return self._carrier.local

    @property
    def unreachable(self) -> Callable[[Address], None] | None:
        """Called where the remote host says that nothing listens there."""
        return self._carrier.unreachable

    @unreachable.setter
    def unreachable(self, listener: Callable[[Address], None] | None) -> None:
        self._carrier.unreachable = listener

    def renew(self, parameters: Parameters) -> None:
        """Go on with a new context, as with a peer that was replaced."""
        self.context = SecurityContext(parameters)
        for remembered in (self._sent, self._heard, self._asked, self._answering):
            remembered.clear()

    def send(self, data: bytes, remote: Address) -> int:
        """Send a message, protected where it is none of those that pass; the number of its frame."""
        datagram = self._sent.get((remote, data))
        if datagram is None:
            datagram = self._sent[remote, data] = self._protected(data, remote)
        return self._carrier.send(datagram, remote)

    def seal(self, message: Message, context: SecurityContext | None = None) -> Envelope:
        """A request protected under a context, that of the carrier where none is given."""
        return Envelope(*protect(message, context or self.context))

    def put_in(self, envelope: Envelope, message: Message, remote: Address) -> None:
        """Let this envelope go out, as often as it is sent, where the request is sent."""
        self._sent[remote, encode(message)] = envelope.datagram
        self._asked[remote, message.token] = envelope.binding

    def close(self) -> None:
        """Release the address; nothing is received after this."""
        self._carrier.receiver = None
        self._carrier.close()

    def _protected(self, data: bytes, remote: Address) -> bytes:
        message, findings = dissect(data)
        if message.is_empty or any(not fault.kind.is_option_level for fault in findings if fault.rejects):
            return data
        if message.is_request:
            datagram, self._asked[remote, message.token] = protect(message, self.context)
            return datagram
        binding = self._answering.get((remote, message.token))
        return data if binding is None else protect_response(message, binding)

    def _receive(self, data: bytes, remote: Address, frame: int, arrived: float) -> None:
        message, findings = dissect(data)
        broken = any(not fault.kind.is_option_level for fault in findings if fault.rejects)
        inner: bytes | None = data
        if not broken and message.is_request:
            inner = self._request(message, data, remote, frame, arrived)
        elif not broken and message.is_response:
            inner = self._response(message, data, remote, frame, arrived)
        if inner is not None and self.receiver is not None:
            self.receiver(inner, remote, frame, arrived)

    def _request(
        self, message: Message, data: bytes, remote: Address, frame: int, arrived: float
    ) -> bytes | None:
        known = self._heard.get((remote, data))
        if known is not None:
            return known
        try:
            if message.first(OptionNumber.OSCORE) is None:
                raise Refused(Code.UNAUTHORIZED, "OSCORE is required")
            inner, binding = unprotect(data, self.context)
        except Refused as refusal:
            self._note(message, data, remote, frame, arrived, refusal.reason)
            self._refuse(message, remote, refusal)
            return None
        self._heard[remote, data] = inner
        self._answering[remote, message.token] = binding
        return inner

    def _response(
        self, message: Message, data: bytes, remote: Address, frame: int, arrived: float
    ) -> bytes | None:
        binding = self._asked.get((remote, message.token))
        protected = message.first(OptionNumber.OSCORE) is not None
        if binding is None or (not protected and message.code in OUTER_ERRORS):
            self.outer.add(frame)
            return data
        try:
            if not protected:
                raise Refused(message.code, "a response without OSCORE to a request with it")
            inner = unprotect_response(data, binding)
        except Refused as refusal:
            self._note(message, data, remote, frame, arrived, refusal.reason)
            return None
        self.partial_ivs[frame] = partial_iv(message)
        return inner

    def _refuse(self, message: Message, remote: Address, refusal: Refused) -> None:
        """Answer a confirmable request with an error outside OSCORE."""
        if message.type is not Type.CON:
            return
        answer = Message(
            Type.ACK, refusal.code, message.mid, message.token, payload=refusal.reason.encode("ascii")
        )
        data = encode(answer)
        frame = self._carrier.send(data, remote)
        self._trace("out", answer, data, remote, frame, None)

    def _note(
        self, message: Message, data: bytes, remote: Address, frame: int, arrived: float, reason: str
    ) -> None:
        self.incidents.append(Incident(message, remote, frame, reason))
        del self.incidents[:-REMEMBERED]
        self._trace("in", message, data, remote, frame, arrived)

    def _trace(
        self,
        direction: Literal["in", "out"],
        message: Message,
        data: bytes,
        remote: Address,
        frame: int,
        when: float | None,
    ) -> None:
        if self.on_message is not None and frame:
            seconds = time.monotonic() if when is None else when
            self.on_message(Trace(direction, message, data, None, self.local, remote, frame, seconds))
