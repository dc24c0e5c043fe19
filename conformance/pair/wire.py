"""What passes between the device and the server, as messages that a case can wait for."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from itertools import product

from conformance.bindings.coap_datagrams import DeviceOperation, device_operation
from conformance.bindings.server_requests import ServerOperation, server_operation
from conformance.clock import now
from conformance.coap.codec import HEADER_LENGTH, dissect
from conformance.coap.exchange import Exchange, Received, Trace
from conformance.coap.message import Code, Message
from conformance.coap.serving import Incoming
from conformance.evidence.recorder import ConversationRecorder
from conformance.messages import Deregister, Update
from conformance.pair.listener import Listener
from conformance.transports import Passage
from conformance.transports.recorder import Address, Direction
from conformance.transports.udp_proxy import Sender
from conformance.verdicts import Inconclusive, NotApplicable
from conformance.waiting import Bell

CONTINUE = "2.31"
MAX_SEEN = 20_000
"""Messages kept for a case; two peers that flood each other must not fill the memory."""


@dataclass(frozen=True)
class Seen:
    """A readable message that one of the two sent, the first time that it came by."""

    message: Message
    passage: Passage
    frame: int

    @property
    def received(self) -> Received:
        """The message as its receiver got it."""
        here, there = self.passage.device, self.passage.server
        remote, local = (here, there) if self.passage.sender == "device" else (there, here)
        message = self.message
        return Received(message, remote, local, self.frame, self.passage.time, message.payload)

    @property
    def incoming(self) -> Incoming:
        """The message as a request; who it was for has acknowledged it, or will."""
        return Incoming(self.received, lambda: None)


class Wire:
    """Takes down every datagram in the evidence of both, and keeps what can be read for the case.

    The evidence of the device has the tester in the server's place, that of the server in the device's place:
    ``in`` is what the SUT sent. A datagram has the same frame number in both, and is marked ``lost`` in both
    where the proxy let it go no further.

    With a `listener` the datagrams are those of DTLS and the messages what is inside; the secrets come into
    the captures.
    """

    def __init__(
        self,
        device: ConversationRecorder,
        server: ConversationRecorder,
        listener: Listener | None = None,
    ) -> None:
        self.listener = listener
        self._recorders = {"device": device, "server": server}
        self._bell = Bell()
        self._known: set[tuple[str, object, bytes]] = set()
        self.seen: list[Seen] = []
        self.last = 0
        """The number of the newest frame."""

    def passing(self, passage: Passage) -> None:
        """Take down a datagram."""
        inside: tuple[bytes, ...] = (passage.data,)
        if self.listener is not None:
            heard = self.listener.hear(passage, self.last + 1)
            inside = heard.data
            for recorder, line in product(self._recorders.values(), heard.key_log):
                recorder.key_log(line)
        for role, recorder in self._recorders.items():
            self.last = recorder.datagram(*_seen_by(role, passage), passage.time)
        for data in inside:
            self._carried(data, passage)
        self._bell.ring()

    def _carried(self, data: bytes, passage: Passage) -> None:
        """Take down a message that a datagram carried."""
        message, findings = dissect(data)
        fault = next((finding for finding in findings if finding.rejects), None)
        shown = message if len(data) >= HEADER_LENGTH else None
        for role, recorder in self._recorders.items():
            direction, _, local, remote = _seen_by(role, passage)
            text = str(fault) if fault else None
            trace = Trace(direction, shown, data, text, local, remote, self.last, passage.time)
            recorder.message(trace, lost=passage.lost)
        key = (passage.sender, passage.device, data)
        if fault is None and key not in self._known and len(self.seen) < MAX_SEEN:
            if not passage.lost:
                self._known.add(key)
            self.seen.append(Seen(message, passage, self.last))

    @property
    def unread(self) -> str:
        """What to say of datagrams that could not be read; empty when there were none."""
        unread = self.listener.unread if self.listener is not None else []
        if not unread:
            return ""
        frame, reason = unread[0]
        return f"{len(unread)} datagrams could not be read along, the first is frame {frame}: {reason}"

    async def readable(self, within: float) -> None:
        """Wait until the first protected message was read, for `within` seconds at most.

        Raises:
            NotApplicable: the two agreed on something that cannot be read along.
            Inconclusive: they agreed on nothing, so that neither can be blamed for what it did not say.
        """
        listener = self.listener
        if listener is None:
            return
        reason = await self._bell.first(lambda: "" if self.seen else listener.reason or None, within)
        if reason is None:
            raise Inconclusive(f"preamble: no message came through DTLS within {within:.1f} s")
        if reason:
            raise NotApplicable(f"nobody between the two can read along: {reason}")

    async def first(self, wanted: Callable[[Seen], bool], within: float, after: int = 0) -> Seen | None:
        """The first message behind the frame `after` that is wanted, or None after `within` seconds."""
        looked_at = 0

        def look() -> Seen | None:
            nonlocal looked_at
            behind, looked_at = self.seen[looked_at:], len(self.seen)
            return next((seen for seen in behind if seen.frame > after and wanted(seen)), None)

        return await self._bell.first(look, within)

    async def quiet(self, sender: Sender, seconds: float) -> None:
        """Return once this side has sent nothing for so long."""
        while True:
            sent = (seen for seen in reversed(self.seen) if seen.passage.sender == sender)
            last = next(sent, None)
            rest = seconds - (now() - last.passage.time) if last is not None else seconds
            if rest <= 0 or not await self._sends(sender, rest):
                return

    async def _sends(self, sender: Sender, within: float) -> bool:
        found = await self.first(lambda seen: seen.passage.sender == sender, within, self.last)
        return found is not None

    async def answered(self, request: Seen, within: float) -> Exchange:
        """What became of a request: its response, with the payload of all blocks, or how else it ended."""
        exchange = Exchange(request.message, request.received.remote, [request.frame])
        deadline = asyncio.get_running_loop().time() + within
        asked, bodies = request, list[bytes]()
        while True:
            rest = deadline - asyncio.get_running_loop().time()
            found = await self.first(partial(_answers, asked), rest, asked.frame)
            if found is None:
                return exchange
            if str(found.message.code) == "0.00":
                exchange.outcome = "reset"
                return exchange
            block = found.message.block2
            if block is not None and block.num == len(bodies):
                bodies.append(found.message.payload)
            if str(found.message.code) != CONTINUE and not (block is not None and block.more):
                exchange.response, exchange.outcome = found.received, "response"
                exchange.body = b"".join(bodies) if len(bodies) > 1 else found.message.payload
                return exchange
            rest = deadline - asyncio.get_running_loop().time()
            further = await self.first(partial(_goes_on, asked), rest, found.frame)
            if further is None:
                return exchange
            asked = further


def _seen_by(role: str, passage: Passage) -> tuple[Direction, bytes, Address, Address]:
    """A datagram in the evidence of one role: its direction, its bytes, the tester's end and the SUT's."""
    direction: Direction = "in" if role == passage.sender else "out"
    if role == "device":
        return direction, passage.data, passage.front, passage.device
    return direction, passage.data, passage.upstream, passage.server


def _answers(request: Seen, seen: Seen) -> bool:
    """Whether a message ends the exchange of a request: a response with its token, or a Reset."""
    if seen.passage.sender == request.passage.sender or seen.passage.device != request.passage.device:
        return False
    if seen.message.is_response:
        return seen.message.token == request.message.token
    return seen.message.type.name == "RST" and seen.message.mid == request.message.mid


def _goes_on(request: Seen, seen: Seen) -> bool:
    """Whether a request asks for, or brings, the next block of a transfer."""
    this, before = seen.message, request.message
    return (
        seen.passage.sender == request.passage.sender
        and this.code == before.code
        and this.uri_path == before.uri_path
        and any(block is not None and block.num > 0 for block in (this.block1, this.block2))
    )


def device_request(seen: Seen, location: tuple[str, ...] = ()) -> DeviceOperation | None:
    """What the device asks of the server by a message; `location` is where its registration is, however the
    server spells it."""
    message = seen.message
    if seen.passage.sender != "device" or not message.is_request:
        return None
    if location and message.uri_path == location:
        if message.code == Code.DELETE:
            return Deregister(location)
        if message.code == Code.POST:
            return Update.received(location, message.uri_query, message.payload, message.content_format)
    return device_operation(message, message.payload)


def server_request(seen: Seen, prefix: Collection[str] = ()) -> ServerOperation | None:
    """What the server asks of the device by a message; `prefix` is the alternate path of the device."""
    if seen.passage.sender != "server" or not seen.message.is_request:
        return None
    return server_operation(seen.message, seen.message.payload, tuple(prefix))
