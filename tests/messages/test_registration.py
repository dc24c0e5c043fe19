"""What is read out of a Register, an Update and a De-register, also out of strange ones."""

import pytest

from conformance.bindings.coap_datagrams import device_operation, operation_name, request_of
from conformance.coap.codes import Code
from conformance.coap.message import Message, Type, request_options
from conformance.messages import (
    Create,
    Deregister,
    Discover,
    Execute,
    Path,
    Read,
    Register,
    Send,
    Unknown,
    Update,
    Write,
    WriteAttributes,
)
from conformance.messages.management import Mode, Payload

LINKS = b'</lwm2m>;rt="oma.lwm2m";ct="110 112",</lwm2m/1/0>,</lwm2m/3>;ver="1.2",</lwm2m/3/0>'


def register(query: list[str], payload: bytes = LINKS) -> Register:
    return Register.received(query, payload, 40)


def test_parameters_are_kept_as_they_came() -> None:
    value = register(["ep=a", "ep=b", "lt=60", "Q", "lwm2m=1.1", "b=UQ", "sms=123"])
    assert value.parameter_names == ("ep", "ep", "lt", "Q", "lwm2m", "b", "sms")
    assert (value.endpoint, value.lifetime, value.version) == ("a", 60, "1.1")
    assert (value.binding, value.sms_number, value.queue_mode) == ("UQ", "123", True)
    assert register(["b=U"]).queue_mode is False


@pytest.mark.parametrize("text", ["sixty", "-1", "6e1", "²", "", "9" * 5000])
def test_a_lifetime_that_is_no_number_stays_text(text: str) -> None:
    assert register([f"lt={text}"]).lifetime == text


def test_links_below_an_alternate_path() -> None:
    value = register([])
    assert value.root == "/lwm2m"
    assert value.objects == ("/1/0", "/3", "/3/0")
    assert value.formats == (110, 112)
    assert value.versions == {3: "1.2"}
    assert value.lifetime is None


def test_links_that_cannot_be_read_are_told() -> None:
    value = register(["ep=a"], b"</1/0>,<broken")
    assert value.links == ()
    assert value.links_malformed
    assert value.objects == ()
    assert value.root == "/"


def test_strange_object_ids_raise_nothing() -> None:
    value = register([], "</²>;ver=1.0,</99999999999999999999999>;ver=1.0,</x>".encode())
    assert isinstance(value.versions, dict)
    assert isinstance(value.objects, tuple)


def message(code: Code, path: tuple[str, ...], query: tuple[str, ...] = (), payload: bytes = b"") -> Message:
    return Message(Type.CON, code, 1, b"\1", request_options(path=path, query=query), payload)


@pytest.mark.parametrize(
    ("code", "path", "kind"),
    [
        (Code.POST, ("rd",), Register),
        (Code.POST, ("rd", "x"), Update),
        (Code.PUT, ("rd", "x", "y"), Update),
        (Code.DELETE, ("rd", "x"), Deregister),
        (Code.POST, ("dp",), Send),
        (Code.DELETE, ("rd",), Unknown),
        (Code.PUT, ("rd",), Unknown),
        (Code.GET, ("rd",), Unknown),
        (Code.POST, (), Unknown),
    ],
)
def test_requests_of_a_device(code: Code, path: tuple[str, ...], kind: type) -> None:
    request = message(code, path)
    operation = device_operation(request, b"")
    assert type(operation) is kind
    assert operation_name(request, "in") == (None if kind is Unknown else kind.__name__)
    if isinstance(operation, Update | Deregister):
        assert operation.location == path


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (Read(Path(3, 0)), "Read"),
        (Discover(Path(3)), "Discover"),
        (Write(Path(3, 0, 13), Payload(b"1", 0)), "Write"),
        (Write(Path(3, 0), Payload(b"", 11542), Mode.PARTIAL), "Write"),
        (WriteAttributes(Path(3, 0), {"pmin": 1}), "WriteAttributes"),
        (Execute(Path(3, 0, 4)), "Execute"),
        (Create(Path(3311), Payload(b"", 11542)), "Create"),
    ],
)
def test_requests_of_the_tester_are_named(operation: Read, name: str) -> None:
    made = request_of(operation, ("lwm2m",))
    assert made.path[0] == "lwm2m"
    made = request_of(operation)
    options = request_options(
        path=made.path, query=made.query, accept=made.accept, content_format=made.content_format
    )
    assert operation_name(Message(Type.CON, made.method, 1, b"", options, made.payload), "out") == name


@pytest.mark.parametrize(
    ("code", "observe", "name"),
    [
        (Code.GET, 0, "Observe"),
        (Code.GET, 1, "CancelObservation"),
        (Code.FETCH, 0, "ObserveComposite"),
        (Code.FETCH, 1, "CancelObservationComposite"),
        (Code.FETCH, None, "ReadComposite"),
        (Code.PUT, 0, "Write"),
    ],
)
def test_observations_are_named(code: Code, observe: int | None, name: str) -> None:
    options = request_options(path=("3", "0"), observe=observe)
    assert operation_name(Message(Type.CON, code, 1, b"", options, b""), "out") == name
