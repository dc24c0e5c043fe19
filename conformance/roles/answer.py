"""The SUT's answer to a request of the tester."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from conformance.coap.endpoint import Exchange
from conformance.coap.message import Message
from conformance.formats import (
    DataType,
    TypeOf,
)
from conformance.formats import link as link_format
from conformance.formats.errors import MalformedPayload
from conformance.formats.link import Link
from conformance.messages import Path
from conformance.roles.expectation import UnreadableError
from conformance.roles.payload_fields import PayloadFields
from conformance.verdicts import CaseRecord


def untyped(path: tuple[int, ...]) -> DataType | None:
    """No type is known for any path."""
    return None


SPACED = "white space around the separators of link-format: RFC 6690 §2 has none, examples of OMA do"


class Answer(PayloadFields):
    """An exchange that ended: with a response, a Reset, or nothing within the limit.

    The fields that `expect` knows are the public properties: ``expect(code=CONTENT, format=110, value=60)``.
    `limit` is the time in seconds that the SUT had; `elsewhere` says that an answer came from another
    address, where it did; `prefix` is the alternate path that the device registered.
    """

    def __init__(
        self,
        record: CaseRecord,
        operation: str,
        path: Path,
        exchange: Exchange,
        type_of: TypeOf = untyped,
        *,
        limit: float,
        elsewhere: str = "",
        prefix: Sequence[str] = (),
    ) -> None:
        super().__init__(record, operation, f"answer to {operation} {path}")
        self.exchange = exchange
        self.path = path
        self._type_of = type_of
        self._limit = limit
        self.elsewhere = elsewhere
        self._prefix = "".join(f"/{part}" for part in prefix)

    @property
    def frame(self) -> int | None:
        return self.exchange.response.frame if self.exchange.response else None

    @property
    def message(self) -> Message:
        """The CoAP message of the response (of the last block when there are several).

        Raises:
            UnreadableError: none came.
        """
        response = self.exchange.response
        if response is None:
            outcomes = {
                "reset": "a Reset came instead of a response",
                "unreachable": "the port of the SUT is closed",
                "rejected": "what came has to be rejected: "
                + ("; ".join(self.exchange.violations) or "it is no valid answer"),
                "acknowledged": "an empty ACK came, and nothing that could follow it",
            }
            sent = len(self.exchange.sent)
            silence = f"no answer within {self._limit:.1f} s ({sent} transmission{'s' * (sent != 1)})"
            if self.exchange.acknowledged:
                silence = f"no response within {self._limit:.1f} s after the ACK that promised one"
            if self.elsewhere:
                silence += f"; {self.elsewhere}"
            raise UnreadableError(outcomes.get(self.exchange.outcome, silence))
        return response.message

    def field(self, name: str) -> object:
        if name == "outcome":
            return self.exchange.outcome
        self.message  # noqa: B018 - raises when there is no response to look at
        return getattr(self, name)

    @property
    def answered(self) -> bool:
        """Whether a response came at all."""
        return self.exchange.response is not None

    @property
    def outcome(self) -> str:
        """``response``, ``reset``, ``timeout``, ``unreachable``, ``rejected`` or ``acknowledged``."""
        return self.exchange.outcome

    @property
    def code(self) -> str | None:
        """The response code as text, ``2.05``; None when no response came."""
        return str(self.message.code) if self.answered else None

    @property
    def format(self) -> int | None:
        """The Content-Format of the response."""
        return self.message.content_format

    @property
    def payload(self) -> bytes:
        """The whole payload, put together from its blocks."""
        return self.exchange.body

    @property
    def base(self) -> Path:
        return self.path

    @property
    def observe(self) -> int | None:
        """The value of the Observe option."""
        return self.message.observe

    @property
    def token(self) -> str:
        """The token of the response in hexadecimal."""
        return self.message.token.hex()

    @property
    def location(self) -> str | None:
        """The path told with Location-Path, ``/3311/2``."""
        path = self.message.location_path
        return "/" + "/".join(path) if path else None

    @property
    def violations(self) -> list[str]:
        """What the exchange broke of RFC 7252 and RFC 7959, such as a wrong block."""
        return list(self.exchange.violations)

    @property
    def resources(self) -> list[str]:
        """The paths of the Resources that have a value in the payload, each once."""
        valued = (entry.path for entry in self.entries if entry.value is not None)
        return list(dict.fromkeys(str(Path(*path[:3])) for path in valued))

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links of a Discover, without the alternate path before their targets.

        White space around separators is read over and noted.

        Raises:
            UnreadableError: the payload is not link-format (RFC 6690 §2).
        """
        try:
            links = link_format.parse(self.payload)
        except MalformedPayload as problem:
            try:
                links = link_format.parse(self.payload, spaced=True)
            except MalformedPayload:
                raise UnreadableError(f"malformed link-format: {problem}") from None
            self.note(SPACED)
        return tuple(replace(item, target=item.target.removeprefix(self._prefix) or "/") for item in links)

    @property
    def targets(self) -> list[str]:
        """The targets of the links of a Discover."""
        return [item.target for item in self.links]

    def attributes(self, target: str) -> dict[str, str | None]:
        """The attributes of the link with this target; empty when there is no such link."""
        found = next((item for item in self.links if item.target == target), None)
        return {} if found is None else {name: value for name, value, *_ in found.attributes}
