"""The tester's device at the Information Reporting interface: observations that a server made, and what the
device tells in them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.carrier import Address
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.coap.exchange import Exchange
from conformance.coap.message import Code, Message, Type
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.matching import differs
from conformance.messages import Observe, ObserveComposite, Path
from conformance.messages.content import Values
from conformance.messages.management import Payload
from conformance.roles.context import CaseContext
from conformance.roles.device_answers import RightAnswers
from conformance.roles.expectation import Judged
from conformance.verdicts import CaseRecord, Inconclusive, Level

UNKNOWN_TOKEN = "RFC 7641 §3.5"
FIRST_NUMBER = 10
"""Observe value of the first answer, so that a case has room below it."""


@dataclass
class Observed:
    """An observation that the server made of the device."""

    path: Path
    token: bytes
    remote: Address
    accept: int | None
    names: Payload | None = None
    """What a composite request named; None for an observation of one path."""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_NUMBER))

    @classmethod
    def asked(cls, operation: Observe | ObserveComposite, incoming: Incoming) -> "Observed":
        """The observation that a request asks for, whatever becomes of it."""
        names = operation.payload if isinstance(operation, ObserveComposite) else None
        return cls(operation.path, incoming.message.token, incoming.remote, operation.accept, names)


class Notified(Judged):
    """A notification that went out, and what the server did with it: the field `outcome` is ``acknowledged``,
    ``reset`` or ``timeout``, for a non-confirmable one ``sent``; `mid` is its Message ID."""

    def __init__(self, record: CaseRecord, path: Path, outcome: str, frame: int | None, mid: int) -> None:
        super().__init__(record, "notified", f"notification of {path}")
        self.outcome = outcome
        self.mid = mid
        self._frame = frame

    @property
    def frame(self) -> int | None:
        return self._frame

    def field(self, name: str) -> object:
        return getattr(self, name)

    def expect_rejected(self, name: str = "notified", level: Level = Level.MUST) -> None:
        """Demand what a confirmable notification with an unknown token gets (RFC 7641 §3.5): no ACK, which
        is the check ``<name>.outcome``, and a Reset, ``<name>-reset.outcome``, which is a SHOULD. `level` is
        that of the first, for a token that the server may still remember.

        Raises:
            CheckFailed: it was acknowledged.
        """
        self.expect(name=name, outcome=differs("acknowledged"), level=level, clause=UNKNOWN_TOKEN)
        self.expect(name=f"{name}-reset", outcome="reset", level=Level.SHOULD, clause=UNKNOWN_TOKEN)


class Reporting:
    """Observations of a device, by their tokens."""

    context: CaseContext
    endpoint: Endpoint
    right: RightAnswers

    def __init__(self) -> None:
        self.observations: dict[tuple[Address, bytes], Observed] = {}

    def observing(self, operation: ServerOperation, incoming: Incoming, response: Response) -> Response:
        """Take up or end what an Observe asks for; the response with its Observe option."""
        if not isinstance(operation, Observe | ObserveComposite):
            return response
        key = incoming.remote, incoming.message.token
        if operation.cancel or not response.code.is_success:
            self.observations.pop(key, None)
            return response
        observed = Observed.asked(operation, incoming)
        self.observations[key] = observed
        return _with_number(response, next(observed.numbers))

    def observed(self, path: "Path | str" = "/") -> Observed:
        """The observation of a path that was made last; ``/`` is a composite one.

        Raises:
            Inconclusive: there is none.
        """
        wanted = Path.of(path)
        found = [each for each in self.observations.values() if each.path == wanted]
        if not found:
            raise Inconclusive(f"preamble: the SUT observes {wanted} no more, or never did")
        return found[-1]

    async def notify(self, path: "Path | str" = "/", value: Values | None = None, **how: Any) -> Notified:
        """Tell the value of an observed path, after it was given a new one; `how` goes to `tell`."""
        seen = self.observed(path)
        if value is not None:
            self.right.objects.set(seen.path, value)
        return await self.tell(seen, **how)

    async def tell(
        self,
        seen: Observed,
        *,
        number: int | None = -1,
        confirmable: bool = True,
        token: bytes | None = None,
        response: Response | None = None,
        mid: int | None = None,
        limit: float | None = None,
    ) -> Notified:
        """Tell the value of what was observed, also after the observation ended.

        `number` is the Observe value, -1 for the next one and None for no Observe option; `token` is another
        than that of the observation; `response` is told in place of the right answer to a Read; `mid` is the
        Message ID of an earlier notification, to repeat it.
        """
        told = response or self._content(seen)
        if number is not None:
            told = _with_number(told, next(seen.numbers) if number == -1 else number)
        kind = Type.CON if confirmable else Type.NON
        mark = seen.token if token is None else token
        mid = self.endpoint.new_mid() if mid is None else mid
        message = Message(kind, told.code, mid, mark, told.all_options, told.payload)
        if not confirmable:
            return self._told(seen.path, "sent", self.endpoint.send(seen.remote, message), mid)
        seconds = limit or self.context.ixit.reaction_time
        exchange: Exchange = await self.endpoint.exchange(seen.remote, message, limit=seconds)
        return self._told(seen.path, exchange.outcome, next(iter(exchange.sent), None), mid)

    async def is_reset(self, told: Notified, within: float | None = None) -> bool:
        """Whether a non-confirmable notification is answered by a Reset within so many seconds (default the
        reaction time)."""
        seconds = within or self.context.ixit.reaction_time
        answer = await self.endpoint.next(
            lambda received: received.message.type is Type.RST and received.message.mid == told.mid,
            limit=seconds,
        )
        return answer is not None

    def _content(self, seen: Observed) -> Response:
        if seen.names is None:
            return self.right.content(seen.path, seen.accept)
        return self.right.composite(seen.names, seen.accept)

    def _told(self, path: Path, outcome: str, frame: int | None, mid: int) -> Notified:
        return Notified(self.context.record, path, outcome, frame, mid)

    def ended(self, path: "Path | str", code: Code = Code.NOT_FOUND) -> Response:
        """What ends an observation (RFC 7641 §4.2): give it to `notify` with ``number=None``."""
        self.observed(path)
        return Response(code)

    def content_as(self, path: "Path | str", content_format: ContentFormat) -> Response:
        """2.05 with what stands at a path, in this format whatever was asked for."""
        return self.right.content(Path.of(path), content_format)


def _with_number(response: Response, number: int) -> Response:
    observe = Option.uint(OptionNumber.OBSERVE, number & 0xFFFFFF)
    return Response(response.code, (*response.options, observe), response.payload, response.content_format)
