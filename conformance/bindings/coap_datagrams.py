"""LwM2M operations on CoAP over datagrams (LwM2M Transport 1.1.1 §6.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.coap.endpoint import Endpoint, Exchange
from conformance.coap.message import Code, Message
from conformance.coap.options import Option
from conformance.messages import (
    Create,
    Delete,
    Deregister,
    Discover,
    Execute,
    Observe,
    Read,
    ReadComposite,
    Register,
    Send,
    Unknown,
    Update,
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
    BootstrapRequest,
    BootstrapWrite,
)
from conformance.messages.management import ManagementOperation, Mode

Address = tuple[str, int]
LINK_FORMAT = 40

DeviceOperation = Register | Update | Deregister | Send | BootstrapRequest | Unknown
"""What a device asks of a server."""


@dataclass(frozen=True)
class CoapRequest:
    """The CoAP request that stands for an operation."""

    method: Code
    path: tuple[str, ...]
    query: tuple[str, ...] = ()
    content_format: int | None = None
    accept: int | None = None
    observe: int | None = None
    payload: bytes = b""


def request_of(operation: ManagementOperation, prefix: Sequence[str] = ()) -> CoapRequest:
    """The request for an operation; `prefix` is the alternate path that the device registered."""
    path = (*prefix, *operation.path.segments)
    match operation:
        case Read(accept=accept):
            return CoapRequest(Code.GET, path, accept=accept)
        case Discover():
            return CoapRequest(Code.GET, path, accept=LINK_FORMAT)
        case Observe(accept=accept, cancel=cancel):
            return CoapRequest(Code.GET, path, accept=accept, observe=int(cancel))
        case Write(payload=payload, mode=mode):
            method = Code.PUT if mode is Mode.REPLACE else Code.POST
            return CoapRequest(method, path, (), payload.content_format, payload=payload.data)
        case WriteAttributes(attributes=attributes):
            query = tuple(name if value is None else f"{name}={value}" for name, value in attributes.items())
            return CoapRequest(Code.PUT, path, query)
        case Execute(arguments=arguments):
            content_format = 0 if arguments else None
            return CoapRequest(Code.POST, path, (), content_format, payload=arguments.encode())
        case Create(payload=payload):
            return CoapRequest(Code.POST, path, (), payload.content_format, payload=payload.data)
        case Delete():
            return CoapRequest(Code.DELETE, path)
        case ReadComposite(payload=payload, accept=accept):
            return CoapRequest(Code.FETCH, path, (), payload.content_format, accept, payload=payload.data)
        case WriteComposite(payload=payload):
            return CoapRequest(Code.IPATCH, path, (), payload.content_format, payload=payload.data)


def bootstrap_request_of(operation: BootstrapOperation) -> CoapRequest:
    """The request for an operation of a bootstrap server (LwM2M Transport 1.1.1 §6.4.2)."""
    path = operation.path.segments
    match operation:
        case BootstrapDiscover():
            return CoapRequest(Code.GET, path, accept=LINK_FORMAT)
        case BootstrapRead(accept=accept):
            return CoapRequest(Code.GET, path, accept=accept)
        case BootstrapWrite(payload=payload):
            return CoapRequest(Code.PUT, path, (), payload.content_format, payload=payload.data)
        case BootstrapDelete():
            return CoapRequest(Code.DELETE, path)
        case BootstrapFinish():
            return CoapRequest(Code.POST, ("bs",))


def device_operation(message: Message, body: bytes) -> DeviceOperation:
    """The operation that a request from a device stands for; `body` is its whole payload."""
    path, query = message.uri_path, message.uri_query
    match message.code, path:
        case Code.POST, ("rd",):
            return Register.received(query, body, message.content_format)
        case ((Code.POST | Code.PUT), ("rd", *rest)) if rest:
            return Update.received(path, query, body, message.content_format)
        case Code.DELETE, ("rd", *rest) if rest:
            return Deregister(path)
        case Code.POST, ("dp",):
            return Send(body, message.content_format)
        case Code.POST, ("bs",):
            return BootstrapRequest.received(query, body)
        case _:
            return Unknown(str(message.code), path)


_SERVER_OPERATIONS = {
    Code.PUT: "Write",
    Code.DELETE: "Delete",
    Code.FETCH: "ReadComposite",
    Code.IPATCH: "WriteComposite",
}


_OBSERVATIONS = {
    Code.GET: ("Observe", "CancelObservation"),
    Code.FETCH: ("ObserveComposite", "CancelObservationComposite"),
}


def operation_name(message: Message, direction: str) -> str | None:
    """The name of a request's operation for the record, seen from a tester that plays the server."""
    if direction == "in":
        operation = device_operation(message, message.payload)
        return None if isinstance(operation, Unknown) else type(operation).__name__
    depth = len(message.uri_path)
    if message.observe is not None and message.code in _OBSERVATIONS:
        return _OBSERVATIONS[message.code][min(message.observe, 1)]
    if message.code == Code.GET:
        return "Discover" if message.accept == LINK_FORMAT else "Read"
    if message.code == Code.POST:
        return {1: "Create", 2: "Write"}.get(depth, "Execute")
    if message.code == Code.PUT and message.uri_query and not message.payload:
        return "WriteAttributes"
    return _SERVER_OPERATIONS.get(message.code)


def bootstrap_operation_name(message: Message, direction: str) -> str | None:
    """The name of a request's operation for the record, seen from a tester as bootstrap server."""
    if direction == "in":
        return operation_name(message, direction)
    if message.code == Code.GET:
        return "BootstrapDiscover" if message.accept == LINK_FORMAT else "BootstrapRead"
    names = {Code.PUT: "BootstrapWrite", Code.DELETE: "BootstrapDelete", Code.POST: "BootstrapFinish"}
    return names.get(message.code)


async def perform(
    endpoint: Endpoint,
    remote: Address,
    request: CoapRequest,
    *,
    limit: float,
    options: tuple[Option, ...] = (),
    szx: int | None = None,
) -> Exchange:
    """Carry out a request and wait at most `limit` seconds for its end."""
    return await endpoint.request(
        remote,
        request.method,
        path=request.path,
        query=request.query,
        options=options,
        payload=request.payload,
        content_format=request.content_format,
        accept=request.accept,
        observe=request.observe,
        limit=limit,
        szx=szx,
    )
