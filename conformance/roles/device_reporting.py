"""The tester's device at the Information Reporting interface: observations that a server made, and what the
device tells in them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.carrier import Address
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.coap.exchange import Exchange
from conformance.coap.message import Code, Message, Type
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.messages import Observe, ObserveComposite, Path
from conformance.messages.content import Values
from conformance.messages.management import Payload
from conformance.roles.context import CaseContext
from conformance.roles.device_answers import RightAnswers
from conformance.roles.expectation import Judged
from conformance.verdicts import CaseRecord, Inconclusive

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


class Notified(Judged):
    """A notification that went out, and what the server did with it: the field `outcome` is ``acknowledged``,
    ``reset`` or ``timeout``, for a non-confirmable one ``sent``."""

    def __init__(self, record: CaseRecord, path: Path, outcome: str, frame: int | None) -> None:
        super().__init__(record, "notified", f"notification of {path}")
        self.outcome = outcome
        self._frame = frame

    @property
    def frame(self) -> int | None:
        return self._frame

    def field(self, name: str) -> object:
        return getattr(self, name)


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
        observed = Observed(
            operation.path,
            incoming.message.token,
            incoming.remote,
            operation.accept,
            operation.payload if isinstance(operation, ObserveComposite) else None,
        )
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

    async def notify(
        self,
        path: "Path | str" = "/",
        value: Values | None = None,
        *,
        number: int | None = -1,
        confirmable: bool = True,
        token: bytes | None = None,
        response: Response | None = None,
        limit: float | None = None,
    ) -> Notified:
        """Tell the value of an observed path, after it was given a new one.

        `number` is the Observe value, -1 for the next one and None for no Observe option; `token` is another
        than that of the observation; `response` is told in place of the right answer to a Read.
        """
        seen = self.observed(path)
        if value is not None:
            self.right.objects.set(seen.path, value)
        told = response or self._content(seen)
        if number is not None:
            told = _with_number(told, next(seen.numbers) if number == -1 else number)
        kind = Type.CON if confirmable else Type.NON
        mid, mark = self.endpoint.new_mid(), seen.token if token is None else token
        message = Message(kind, told.code, mid, mark, told.all_options, told.payload)
        if not confirmable:
            return self._told(seen.path, "sent", self.endpoint.send(seen.remote, message))
        seconds = limit or self.context.ixit.reaction_time
        exchange: Exchange = await self.endpoint.exchange(seen.remote, message, limit=seconds)
        return self._told(seen.path, exchange.outcome, next(iter(exchange.sent), None))

    def _content(self, seen: Observed) -> Response:
        if seen.names is None:
            return self.right.content(seen.path, seen.accept)
        return self.right.composite(seen.names, seen.accept)

    def _told(self, path: Path, outcome: str, frame: int | None) -> Notified:
        return Notified(self.context.record, path, outcome, frame)

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
