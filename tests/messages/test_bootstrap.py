"""The Bootstrap interface: what a request is taken for, and what requests are made of operations."""

import pytest

from conformance.bindings.coap_datagrams import (
    bootstrap_operation_name,
    bootstrap_request_of,
    device_operation,
    operation_name,
)
from conformance.coap.message import Code, Message, Type, request_options
from conformance.messages import Path
from conformance.messages.bootstrap import (
    BootstrapDelete,
    BootstrapDiscover,
    BootstrapFinish,
    BootstrapOperation,
    BootstrapRead,
    BootstrapRequest,
    BootstrapWrite,
)
from conformance.messages.management import Payload


def test_a_bootstrap_request_is_kept_as_it_came() -> None:
    options = request_options(path=("bs",), query=("ep=dev", "pct=112", "x"))
    message = Message(Type.CON, Code.POST, 1, b"", options)
    operation = device_operation(message, b"")
    assert isinstance(operation, BootstrapRequest)
    assert operation.endpoint == "dev"
    assert operation.preferred_format == "112"
    assert operation.parameter_names == ("ep", "pct", "x")
    assert operation_name(message, "in") == bootstrap_operation_name(message, "in") == "BootstrapRequest"


def test_what_a_bootstrap_request_leaves_out_is_none() -> None:
    operation = BootstrapRequest.received((), b"")
    assert operation.endpoint is None
    assert operation.preferred_format is None


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        (BootstrapDiscover(), Code.GET, ()),
        (BootstrapRead(Path(1, 0), 112), Code.GET, ("1", "0")),
        (BootstrapWrite(Path(0), Payload(b"x", 11542)), Code.PUT, ("0",)),
        (BootstrapDelete(), Code.DELETE, ()),
        (BootstrapDelete(Path(0, 1)), Code.DELETE, ("0", "1")),
        (BootstrapFinish(), Code.POST, ("bs",)),
    ],
)
def test_operations_become_requests_and_are_named_by_them(
    operation: BootstrapOperation, method: Code, path: tuple[str, ...]
) -> None:
    made = bootstrap_request_of(operation)
    assert (made.method, made.path) == (method, path)
    options = request_options(path=made.path, accept=made.accept, content_format=made.content_format)
    request = Message(Type.CON, made.method, 1, b"", options, made.payload)
    assert bootstrap_operation_name(request, "out") == type(operation).__name__
