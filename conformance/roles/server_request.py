"""A request of the SUT in a server's role, as an operation value with its frame."""

from functools import cached_property
from typing import Generic, TypeVar

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.endpoint import Incoming
from conformance.formats import (
    ContentFormat,
    Entry,
    Finding,
    MalformedPayload,
    TypeOf,
    Value,
    decode_with_findings,
)
from conformance.messages import Execute, Observe, ObserveComposite, Path, Unknown, Write, WriteAttributes
from conformance.roles.answer import READ_OVER
from conformance.roles.expectation import Judged, UnreadableError
from conformance.verdicts import CaseRecord

Operation = TypeVar("Operation", bound=ServerOperation)


class ServerRequest(Judged, Generic[Operation]):
    """An operation that the SUT sent to a device of the tester.

    The fields that `expect` knows are the public properties: ``expect(path="/3/0/9", accept=112)``.
    """

    def __init__(self, record: CaseRecord, message: Operation, incoming: Incoming, type_of: TypeOf) -> None:
        super().__init__(record, message.operation, type(message).__name__)
        self.message = message
        self.incoming = incoming
        self._type_of = type_of

    @property
    def frame(self) -> int | None:
        return self.incoming.frame

    @property
    def received_at(self) -> float:
        """When it arrived, in monotonic seconds."""
        return self.incoming.time

    def field(self, name: str) -> object:
        return getattr(self, name)

    @property
    def path(self) -> str:
        """The LwM2M path, below the alternate path; of an unknown request the whole Uri-Path."""
        path = self.message.path
        return str(path) if isinstance(path, Path) else "/" + "/".join(path)

    @property
    def uri_path(self) -> str:
        """The Uri-Path as it stands."""
        return "/" + "/".join(self.incoming.message.uri_path)

    @property
    def query(self) -> list[str]:
        """The Uri-Query options, in their order."""
        return list(self.incoming.message.uri_query)

    @property
    def method(self) -> str:
        """The CoAP method code, ``0.01`` for GET."""
        return str(self.incoming.message.code)

    @property
    def confirmable(self) -> bool:
        return self.incoming.message.type.name == "CON"

    @property
    def token(self) -> str:
        """The token in hexadecimal."""
        return self.incoming.message.token.hex()

    @property
    def accept(self) -> int | None:
        """The value of the Accept option."""
        return self.incoming.message.accept

    @property
    def format(self) -> int | None:
        """The Content-Format of the payload."""
        return self.incoming.message.content_format

    @property
    def observe(self) -> int | None:
        """The value of the Observe option."""
        return self.incoming.message.observe

    @property
    def cancel(self) -> bool:
        """Whether an Observe asks for an end."""
        return isinstance(self.message, Observe | ObserveComposite) and self.message.cancel

    @property
    def payload(self) -> bytes:
        """The whole payload, put together from its blocks."""
        return self.incoming.body

    @property
    def mode(self) -> str | None:
        """``replace`` or ``partial`` for a Write."""
        return str(self.message.mode) if isinstance(self.message, Write) else None

    @property
    def arguments(self) -> str | None:
        """The arguments of an Execute."""
        return self.message.arguments if isinstance(self.message, Execute) else None

    @property
    def attributes(self) -> dict[str, str | int | float | None]:
        """The notification attributes of a Write-Attributes, as texts; None unsets one."""
        return dict(self.message.attributes) if isinstance(self.message, WriteAttributes) else {}

    @cached_property
    def _decoded(self) -> tuple[tuple[Entry, ...], tuple[Finding, ...]]:
        base = Path() if isinstance(self.message, Unknown) else self.message.path
        presumed = self.format
        if presumed is None:
            if not self.payload:
                return (), ()
            if len(base) < 3:
                raise UnreadableError(f"{len(self.payload)} B of payload without a Content-Format")
            presumed = ContentFormat.TEXT
        try:
            return decode_with_findings(
                presumed, self.payload, base=base, type_of=self._type_of, tolerate=READ_OVER
            )
        except MalformedPayload as problem:
            raise UnreadableError(f"malformed payload: {problem}") from None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The decoded payload, leaf by leaf.

        Raises:
            UnreadableError: it has no Content-Format that can be presumed, or is not what that demands.
        """
        return self._decoded[0]

    @property
    def irregularities(self) -> list[str]:
        """Deviations of the payload that leave its values readable; raises UnreadableError."""
        return [str(finding) for finding in self._decoded[1]]

    @property
    def values(self) -> dict[str, Value | None]:
        """The decoded values by path."""
        return {str(Path(*entry.path)): entry.value for entry in self.entries}

    @property
    def paths(self) -> list[str]:
        """The paths that the payload names."""
        return list(self.values)

    @property
    def value(self) -> Value | None:
        """The one value of the payload.

        Raises:
            UnreadableError: there is none, or more than one.
        """
        if len(self.entries) != 1:
            raise UnreadableError(f"{len(self.entries)} values instead of one: {', '.join(self.paths)}")
        return self.entries[0].value
