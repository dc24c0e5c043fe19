"""A request of the SUT in a server's role, as an operation value with its frame."""

from typing import Generic, TypeVar

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.endpoint import Incoming
from conformance.formats import (
    TypeOf,
)
from conformance.messages import Execute, Observe, ObserveComposite, Path, Unknown, Write, WriteAttributes
from conformance.roles.payload_fields import PayloadFields
from conformance.verdicts import CaseRecord

Operation = TypeVar("Operation", bound=ServerOperation)


class ServerRequest(PayloadFields, Generic[Operation]):
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
    def base(self) -> Path:
        return Path() if isinstance(self.message, Unknown) else self.message.path

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
