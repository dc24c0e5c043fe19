"""A carrier that protects what goes out and unprotects what comes in."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Literal, Self, TypeVar

from conformance.coap.carrier import Address, Carrier
from conformance.coap.codec import dissect, encode
from conformance.coap.codes import Code
from conformance.coap.exchange import Trace
from conformance.coap.message import Message, Type
from conformance.coap.options import Option, OptionNumber
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
    """A datagram that goes out, and what a response to it is bound to, None for one that is not protected.

    One that is `genuine` is made anew with the Echo option where it is answered by 4.01 with one.
    """

    datagram: bytes
    binding: Binding | None
    genuine: bool = False

    def altered(self, datagram: bytes) -> Self:
        """Another datagram in its place, which is not genuine."""
        return replace(self, datagram=datagram, genuine=False)


class OscoreCarrier:
    """OSCORE with all peers under one context, over a carrier that the layer closes with itself.

    Empty messages pass as they are. A datagram that is sent again, or comes again, is the same on both sides,
    so that retransmission and deduplication above work as without OSCORE. A request that cannot be
    unprotected, or is not protected, is answered here with the error of RFC 8613 §8.2; of the responses
    without protection only such errors pass, their frames are in `outer`. `partial_ivs` has, by frame, those
    of the protected responses, None where a response has none of its own. What was not let through is in
    `incidents`; `on_message` is told of what was received and answered here alone. A request that the peer
    challenges to prove its freshness is made anew with the Echo option, once (RFC 9175 §2.3). `alter` may
    change what goes out for a message.
    """

    def __init__(self, carrier: Carrier, parameters: Parameters) -> None:
        self.receiver: Callable[[bytes, Address, int, float], None] | None = None
        self.on_message: Callable[[Trace], None] | None = None
        self.incidents: list[Incident] = []
        self.outer: set[int] = set()
        self.partial_ivs: dict[int, int | None] = {}
        self.alter: Callable[[Message, Envelope], Envelope] | None = None
        self.context = SecurityContext(parameters)
        self._carrier = carrier
        self._sent: Recent[tuple[Address, bytes], bytes] = Recent()
        self._heard: Recent[tuple[Address, bytes], bytes] = Recent()
        self._asked: Recent[tuple[Address, bytes], Envelope] = Recent()
        self._requests: Recent[tuple[Address, bytes], Message] = Recent()
        self._challenged: Recent[tuple[Address, bytes], int] = Recent()
        self._renumbered: Recent[tuple[Address, int], int] = Recent()
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
        for remembered in (self._sent, self._heard, self._answering):
            remembered.clear()
        for asked in (self._asked, self._requests, self._challenged, self._renumbered):
            asked.clear()

    def send(self, data: bytes, remote: Address) -> int:
        """Send a message, protected where it is none of those that pass; the number of its frame."""
        datagram = self._sent.get((remote, data))
        if datagram is None:
            datagram = self._first(data, remote)
        return self._carrier.send(datagram, remote)

    def seal(self, message: Message, context: SecurityContext | None = None) -> Envelope:
        """A request protected under a context, that of the carrier where none is given."""
        return Envelope(*protect(message, context or self.context), genuine=context is None)

    def put_in(self, envelope: Envelope, message: Message, remote: Address) -> None:
        """Let this envelope go out, as often as it is sent, where the request is sent."""
        self._sent[remote, encode(message)] = envelope.datagram
        self._asked[remote, message.token] = envelope
        self._requests[remote, message.token] = message

    def close(self) -> None:
        """Release the address; nothing is received after this."""
        self._carrier.receiver = None
        self._carrier.close()

    def _first(self, data: bytes, remote: Address) -> bytes:
        """The datagram for a message that is sent for the first time."""
        message, findings = dissect(data)
        if message.is_empty or any(not fault.kind.is_option_level for fault in findings if fault.rejects):
            return data
        envelope = self._envelope(message, data, remote)
        if self.alter is not None:
            envelope = self.alter(message, envelope)
        if message.is_request:
            self.put_in(envelope, message, remote)
        self._sent[remote, data] = envelope.datagram
        return envelope.datagram

    def _envelope(self, message: Message, data: bytes, remote: Address) -> Envelope:
        if message.is_request:
            return self.seal(message)
        binding = self._answering.get((remote, message.token))
        return Envelope(data if binding is None else protect_response(message, binding), None)

    def _receive(self, data: bytes, remote: Address, frame: int, arrived: float) -> None:
        message, findings = dissect(data)
        broken = any(not fault.kind.is_option_level for fault in findings if fault.rejects)
        inner: bytes | None = data
        if not broken and message.is_empty:
            inner = self._under_original(message, data, remote)
        elif not broken and message.is_request:
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
        envelope = self._asked.get((remote, message.token))
        binding = None if envelope is None else envelope.binding
        protected = message.first(OptionNumber.OSCORE) is not None
        if binding is None or (not protected and message.code in OUTER_ERRORS):
            if self._answers_challenge(message, message, data, remote, frame, arrived):
                return None
            self.outer.add(frame)
            return self._under_original(message, data, remote)
        try:
            if not protected:
                raise Refused(message.code, "a response without OSCORE to a request with it")
            inner = unprotect_response(data, binding)
        except Refused as refusal:
            self._note(message, data, remote, frame, arrived, refusal.reason)
            return None
        self.partial_ivs[frame] = partial_iv(message)
        if self._answers_challenge(dissect(inner)[0], message, data, remote, frame, arrived):
            return None
        return self._under_original(message, inner, remote)

    def _answers_challenge(
        self, response: Message, outer: Message, data: bytes, remote: Address, frame: int, arrived: float
    ) -> bool:
        """Make a genuine request anew whose response, as it is within, asks for that (RFC 9175 §2.3)."""
        key, echo = (remote, outer.token), response.first(OptionNumber.ECHO)
        envelope, request = self._asked.get(key), self._requests.get(key)
        if response.code != Code.UNAUTHORIZED or echo is None or key in self._challenged:
            return False
        if envelope is None or request is None or not envelope.genuine:
            return False
        self._trace("in", response, data, remote, frame, arrived)
        if outer.type is Type.CON:
            self._carrier.send(encode(Message(Type.ACK, Code.EMPTY, outer.mid)), remote)
        repeated = request.with_(mid=request.mid ^ 0x8000).with_options(Option(OptionNumber.ECHO, echo.value))
        again = self.seal(repeated if response is not outer else request.with_(mid=repeated.mid))
        if response is outer:
            in_clear = dissect(again.datagram)[0].with_options(Option(OptionNumber.ECHO, echo.value))
            again = replace(again, datagram=encode(in_clear))
        self._challenged[key] = frame
        self._renumbered[remote, repeated.mid] = request.mid
        self._asked[key] = again
        self._sent[remote, encode(request)] = again.datagram
        sent = self._carrier.send(again.datagram, remote)
        self._trace("out", repeated, again.datagram, remote, sent, None)
        return True

    def _under_original(self, outer: Message, inner: bytes, remote: Address) -> bytes:
        """An ACK or Reset of a request that was made anew, under the Message ID that this had first."""
        mid = self._renumbered.get((remote, outer.mid))
        if mid is None or outer.type not in (Type.ACK, Type.RST):
            return inner
        return inner[:2] + mid.to_bytes(2, "big") + inner[4:]

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
