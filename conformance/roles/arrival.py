"""A request that the SUT sent of its own accord, as an operation value with its frame."""

from typing import Generic, TypeVar

from conformance.coap.endpoint import Incoming
from conformance.messages import Deregister, Register, Send, Unknown, Update
from conformance.messages.bootstrap import BootstrapRequest
from conformance.roles.expectation import Judged, UnreadableError
from conformance.verdicts import CaseRecord

Operation = TypeVar("Operation", bound=Register | Update | Deregister | Send | BootstrapRequest | Unknown)


class Arrival(Judged, Generic[Operation]):
    """An operation that arrived at the tester: `message` is its value, `received_at` monotonic seconds."""

    def __init__(self, record: CaseRecord, message: Operation, incoming: Incoming) -> None:
        super().__init__(record, message.operation, type(message).__name__)
        self.message = message
        self.incoming = incoming

    @property
    def frame(self) -> int | None:
        return self.incoming.frame

    @property
    def received_at(self) -> float:
        return self.incoming.time

    def field(self, name: str) -> object:
        if name == "confirmable":
            return self.incoming.message.type.name == "CON"
        if (
            name != "links_malformed"
            and getattr(self.message, "links_malformed", None)
            and name
            in (
                "objects",
                "links",
                "root",
                "formats",
                "versions",
            )
        ):
            raise UnreadableError(f"malformed link-format: {self.message.links_malformed}")  # type: ignore[union-attr]
        return getattr(self.message, name)
