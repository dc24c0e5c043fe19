"""What a request of a server or bootstrap server stands for (LwM2M Transport 1.1.1 §6.4)."""

from collections.abc import Sequence

from conformance.bindings.coap_datagrams import LINK_FORMAT, bootstrap_operation_name, operation_name
from conformance.coap.message import Code, Message
from conformance.messages import (
    Create,
    Delete,
    Discover,
    Execute,
    Observe,
    Path,
    Read,
    ReadComposite,
    Unknown,
    Write,
    WriteAttributes,
    WriteComposite,
)
from conformance.messages.bootstrap import (
    BootstrapDelete,
    BootstrapDiscover,
    BootstrapFinish,
    BootstrapOperation,
    BootstrapRead,
    BootstrapWrite,
)
from conformance.messages.management import ManagementOperation, Mode, ObserveComposite, Payload

ServerOperation = ManagementOperation | ObserveComposite | BootstrapOperation | Unknown
"""What a server or bootstrap server asks of a device."""

_TEXT = 0
_AT_LOCATION = {Code.POST: "Update", Code.DELETE: "Deregister"}


def server_operation(message: Message, body: bytes, prefix: Sequence[str] = ()) -> ServerOperation:
    """The operation that a server's request stands for; `body` is its whole payload.

    `prefix` is the alternate path that the device registered: a request beside it is `Unknown`.
    """
    path = _path_below(message.uri_path, prefix)
    unknown = Unknown(str(message.code), message.uri_path)
    if path is None:
        return unknown
    payload = Payload(body, message.content_format)
    match message.code, len(path):
        case Code.GET, depth if depth and message.observe is not None:
            return Observe(path, message.accept, cancel=bool(message.observe))
        case Code.GET, depth if depth:
            return Discover(path) if message.accept == LINK_FORMAT else Read(path, message.accept)
        case Code.PUT, depth if depth and message.uri_query and not body:
            return WriteAttributes(path, _attributes(message.uri_query))
        case Code.PUT, depth if depth > 1:
            return Write(path, payload, Mode.REPLACE)
        case Code.POST, 1:
            return Create(path, payload)
        case Code.POST, 3 if message.content_format in (None, _TEXT):
            return Execute(path, body.decode(errors="replace"))
        case ((Code.POST | Code.IPATCH), depth) if depth > 1:
            return Write(path, payload, Mode.PARTIAL)
        case Code.DELETE, depth if depth:
            return Delete(path)
        case Code.FETCH, 0 if message.observe is not None:
            return ObserveComposite(payload, message.accept, cancel=bool(message.observe))
        case Code.FETCH, 0:
            return ReadComposite(payload, message.accept)
        case Code.IPATCH, 0:
            return WriteComposite(payload)
        case _:
            return unknown


def bootstrap_server_operation(message: Message, body: bytes) -> BootstrapOperation | Unknown:
    """The operation that a bootstrap server's request stands for (LwM2M Transport 1.1.1 §6.4.2)."""
    if message.code == Code.POST and message.uri_path == ("bs",):
        return BootstrapFinish()
    path = _path_below(message.uri_path, ())
    if path is not None:
        match message.code:
            case Code.GET:
                discovers = message.accept == LINK_FORMAT
                return BootstrapDiscover(path) if discovers else BootstrapRead(path, message.accept)
            case Code.PUT if path:
                return BootstrapWrite(path, Payload(body, message.content_format))
            case Code.DELETE:
                return BootstrapDelete(path)
    return Unknown(str(message.code), message.uri_path)


def server_operation_name(message: Message, direction: str) -> str | None:
    """The name of a request's operation for the record, seen from a tester that plays the device.

    A server may give a Location whose segments stand in one option: requests to it are known all the same.
    """
    name = operation_name(message, _opposite(direction))
    if name is None and direction == "out" and "/".join(message.uri_path[:1]).startswith("rd/"):
        return _AT_LOCATION.get(message.code)
    return name


def bootstrap_server_operation_name(message: Message, direction: str) -> str | None:
    """The same, where the SUT is a bootstrap server."""
    return bootstrap_operation_name(message, _opposite(direction))


def _opposite(direction: str) -> str:
    return "out" if direction == "in" else "in"


def _path_below(segments: Sequence[str], prefix: Sequence[str]) -> Path | None:
    """The LwM2M path below the prefix; None where the segments are none."""
    if tuple(segments[: len(prefix)]) != tuple(prefix):
        return None
    try:
        return Path.parse("/" + "/".join(segments[len(prefix) :]))
    except ValueError:
        return None


def _attributes(query: Sequence[str]) -> dict[str, str | int | float | None]:
    pairs = (item.partition("=") for item in query)
    return {name: value if equals else None for name, equals, value in pairs}
