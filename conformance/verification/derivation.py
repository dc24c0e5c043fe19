"""The value of a check, made anew from the message that it names, by the code that made it in the run."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from conformance.bindings.coap_datagrams import device_operation
from conformance.bindings.server_requests import bootstrap_server_operation, server_operation
from conformance.coap.exchange import Exchange, Received
from conformance.coap.message import Message
from conformance.coap.serving import Incoming
from conformance.formats import DataType, TypeOf
from conformance.matching import Plain, plain
from conformance.messages import Path
from conformance.roles.answer import Answer
from conformance.roles.arrival import Arrival
from conformance.roles.expectation import Judged, UnreadableError
from conformance.roles.server_request import ServerRequest
from conformance.verdicts import CaseRecord
from conformance.verification.conversation import Conversation

_OF_BOTH = ("code", "format", "payload", "observe", "token", "value", "values", "paths", "confirmable")
OF_ANSWERS = frozenset((*_OF_BOTH, "outcome", "location", "resources", "targets", "irregularities"))
OF_REQUESTS = frozenset(
    (
        *(
            *_OF_BOTH,
            "path",
            "uri_path",
            "query",
            "method",
            "accept",
            "cancel",
            "mode",
            "arguments",
            "location",
        ),
        *("attributes", "endpoint", "version", "lifetime", "binding", "sms_number", "objects", "queue_mode"),
        *("parameters", "parameter_names", "links_malformed", "content_format", "preferred_format"),
    )
)
_NAMED = re.compile(r"[A-Z][A-Za-z]+( or [A-Z][A-Za-z]+| /[0-9/]*)?|(CON|NON) .*")
"""What names an operation, and no more than that."""
_OF_VALUES = frozenset({"value", "values", "paths", "resources", "irregularities"})


class NotDerivedError(Exception):
    """A value that the evidence does not hold; the text says in a few words why."""


@dataclass(frozen=True)
class Deriving:
    """How values come out of the messages of one case; `role` is that of the SUT."""

    conversation: Conversation
    role: str
    type_of: TypeOf

    def values(self, check_id: str, field: str, frame: int, stored: Plain) -> tuple[Plain, ...]:
        """What a field of the message from the SUT in a frame may be taken for: of a block its payload, or
        the whole body. `stored` is what the run took it for.

        Raises:
            NotDerivedError: the evidence does not hold it, or the check is about something computed.
        """
        operation, _, name = field.rpartition(".")
        if name == "operation" and not operation:
            return self._operation(frame, stored)
        if (operation, name, stored) == ("notification", "received", "notification"):
            return ("notification" if self._message(frame).is_response else None,)
        if not operation or check_id.rpartition(".")[2] != name:
            raise NotDerivedError("computed by the case")
        index, message = self._index(frame), self._message(frame)
        if name not in (OF_REQUESTS if message.is_request else OF_ANSWERS):
            raise NotDerivedError(f"{name}: computed by the role")
        bodies = dict.fromkeys((self.conversation.body(index), message.payload))
        return tuple(self._field(message, index, body, name) for body in bodies)

    def _field(self, message: Message, index: int, body: bytes, name: str) -> Plain:
        untyped = set[Path]()
        typed = _noting(self.type_of, untyped)
        received = replace(self.conversation.received(index), body=body)
        judged: Judged
        if message.is_request:
            operation = self._read(message, body)
            incoming = Incoming(received, lambda: None)
            if self.role == "device":
                judged = Arrival(_NOWHERE, operation, incoming)
            else:
                judged = ServerRequest(_NOWHERE, operation, incoming, typed)
        else:
            judged = self._answer(index, received, typed)
        try:
            value = plain(judged.field(name))
        except UnreadableError as problem:
            value = {"unreadable": str(problem)}
        except AttributeError:
            raise NotDerivedError(f"{name}: not a field of this message") from None
        if untyped and name in _OF_VALUES:
            raise NotDerivedError("the type of a Resource is not in the evidence")
        return value

    def _operation(self, frame: int, stored: Plain) -> tuple[Plain, ...]:
        """The operation of a request as a check may name it: alone, with its path, or as its summary."""
        index, message = self._index(frame), self._message(frame)
        if stored is True:
            return (message.is_request,)
        if not message.is_request or not isinstance(stored, str) or not _NAMED.fullmatch(stored):
            raise NotDerivedError("computed by the case")
        operation = self._read(message, self.conversation.body(index))
        name, path = type(operation).__name__, getattr(operation, "path", None)
        named = (name, f"{name} {path}", message.summary())
        return (stored,) if name in stored.split(" or ") else named

    def _index(self, frame: int) -> int:
        index = self.conversation.from_sut(frame)
        if index is None:
            raise NotDerivedError("about no message of the SUT")
        if self.conversation.messages[index].sealed:
            raise NotDerivedError("inside OSCORE")
        return index

    def _message(self, frame: int) -> Message:
        message = self.conversation.messages[self._index(frame)].message
        assert message is not None
        return message

    def _answer(self, index: int, received: Received, type_of: TypeOf) -> Judged:
        request = self.conversation.request_of(index)
        if request is None:
            raise NotDerivedError("in answer to a message that is not in messages.jsonl")
        prefix = self.conversation.prefix if self.role == "device" else ()
        outcome = {"RST": "reset"}.get(received.message.type.name, "response")
        exchange = Exchange(request, ("", 0), [], received, outcome, body=received.body)  # type: ignore[arg-type]
        path = _path(request, prefix) if self.role == "device" else Path()
        return _Answered(_NOWHERE, "", path, exchange, type_of, limit=0.0, prefix=prefix)

    def _read(self, message: Message, body: bytes) -> Any:
        match self.role:
            case "device":
                return device_operation(message, body)
            case "server":
                return server_operation(message, body, self.conversation.prefix)
            case _:
                return bootstrap_server_operation(message, body)


class _Answered(Answer):
    """An answer or a notification."""

    @property
    def confirmable(self) -> bool:
        return self.message.type.name == "CON"


_NOWHERE = CaseRecord((), "")


def _path(request: Message, prefix: tuple[str, ...]) -> Path:
    path = request.uri_path
    below = path[len(prefix) :] if path[: len(prefix)] == prefix else path
    try:
        return Path.parse("/" + "/".join(below))
    except ValueError:
        return Path()


def _noting(type_of: TypeOf, untyped: set[Path]) -> Callable[[tuple[int, ...]], DataType | None]:
    def typed(path: tuple[int, ...]) -> DataType | None:
        known = type_of(path)
        if known is None:
            untyped.add(Path(*path))
        return known

    return typed
