"""The tester in each of its parts under datagrams that nearly make sense: it never breaks and answers on."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.bindings.server_requests import server_operation
from conformance.coap.carrier import Address
from conformance.coap.codec import dissect, encode
from conformance.coap.codes import Code
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.coap.message import Message, Option, OptionNumber, Type, request_options
from conformance.model import core_model
from conformance.oscore.carrier import OscoreCarrier
from conformance.oscore.context import Parameters, SecurityContext
from conformance.oscore.protection import protect, protect_response, unprotect
from conformance.roles.arrival import Arrival
from conformance.roles.device_answers import RightAnswers
from conformance.roles.device_objects import DeviceObjects, usual_contents
from conformance.roles.expectation import UnreadableError
from conformance.roles.inbox import Inbox
from conformance.roles.server_request import ServerRequest
from conformance.roles.tester_bootstrap_server import TesterBootstrapServer
from conformance.roles.tester_server import TesterServer
from conformance.verdicts import CaseRecord
from tests.fuzz.strategies import REQUESTS, RESPONSES, bent, messages

PEER: Address = ("127.0.0.1", 40000)
FEW = settings(max_examples=60, deadline=None)


class Pipe:
    """A carrier without a socket."""

    def __init__(self) -> None:
        self.receiver: Callable[[bytes, Address, int, float], None] | None = None
        self.unreachable: Callable[[Address], None] | None = None
        self.sent: list[bytes] = []
        self._frames = 0

    @property
    def local(self) -> Address:
        return ("127.0.0.1", 5683)

    def send(self, data: bytes, remote: Address) -> int:
        self.sent.append(data)
        return len(self.sent)

    def close(self) -> None:
        """Nothing is open."""

    def comes(self, data: bytes) -> None:
        assert self.receiver is not None
        self._frames += 1
        self.receiver(data, PEER, self._frames, 0.0)


def live(scene: Callable[[Pipe], Awaitable[None]]) -> None:
    """Run a scene; what breaks in a callback of the loop breaks the test."""
    broken: list[dict[str, Any]] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: broken.append(context))
        await scene(Pipe())

    asyncio.run(run())
    assert broken == []


async def settle() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


async def asked(pipe: Pipe, endpoint: Endpoint, datagrams: list[bytes]) -> None:
    for data in datagrams:
        pipe.comes(data)
        await settle()
    assert endpoint.failures == []
    pipe.sent.clear()
    pipe.comes(encode(Message(Type.CON, Code.GET, 9, b"last", request_options(path=("no", "such")))))
    await settle()
    assert any(dissect(data)[0].token == b"last" for data in pipe.sent), "the endpoint answers no more"
    await endpoint.close()


def read_all(arrival: Arrival[Any] | ServerRequest[Any], *names: str) -> None:
    for name in names:
        if isinstance(arrival, ServerRequest) or hasattr(type(arrival.message), name):
            with suppress(UnreadableError):
                arrival.field(name)


@pytest.mark.parametrize("role", [TesterServer, TesterBootstrapServer])
@FEW
@given(datagrams=st.lists(messages(REQUESTS), max_size=3))
def test_a_tester_that_is_a_server(role: Callable[..., TesterServer], datagrams: list[bytes]) -> None:
    async def scene(pipe: Pipe) -> None:
        endpoint = Endpoint(pipe)
        server = role(endpoint, {}) if role is TesterServer else role(endpoint)
        await asked(pipe, endpoint, datagrams)
        while found := server._taken(object, None):
            read_all(
                Arrival(CaseRecord((), ""), *found),
                *("lifetime", "endpoint", "objects", "root", "formats", "versions", "spaced", "binding"),
            )

    live(scene)


FIELDS = ("path", "uri_path", "accept", "format", "observe", "cancel", "attributes", "values", "value")


class Device(Inbox[Any]):
    """What a tester's device answers."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self.right = RightAnswers(DeviceObjects(core_model("1.1"), usual_contents(60)), "1.1")
        self.requests: list[ServerRequest[Any]] = []
        endpoint.handler = self.handle

    async def handle(self, incoming: Incoming) -> Response | None:
        operation = server_operation(incoming.message, incoming.body, ())
        types = self.right.objects.type_of
        self.requests.append(ServerRequest(CaseRecord((), ""), operation, incoming, types))
        return self.right.to(operation)


@FEW
@given(datagrams=st.lists(messages(REQUESTS), max_size=3))
def test_a_tester_that_is_a_device(datagrams: list[bytes]) -> None:
    async def scene(pipe: Pipe) -> None:
        endpoint = Endpoint(pipe)
        device = Device(endpoint)
        await asked(pipe, endpoint, datagrams)
        for request in device.requests:
            read_all(
                request, "path", "uri_path", "accept", "format", "observe", "cancel", "attributes", "values"
            )

    live(scene)


@FEW
@given(datagrams=st.lists(messages(RESPONSES), min_size=1, max_size=3), observe=st.booleans())
def test_a_tester_that_asks(datagrams: list[bytes], observe: bool) -> None:
    """Answers that fit the request in Message ID and token, and in nothing else perhaps."""

    async def scene(pipe: Pipe) -> None:
        endpoint = Endpoint(pipe)
        asking = asyncio.create_task(
            endpoint.request(
                PEER,
                Code.GET,
                path=("3", "0"),
                token=b"tk",
                mid=7,
                observe=0 if observe else None,
                limit=0.05,
            )
        )
        await settle()
        for data in datagrams:
            head = bytes([0x62, *data[1:2], 0, 7]) + b"tk"
            pipe.comes(head + data[4 + min(data[0] & 15 if data else 0, 8) :])
            await settle()
        exchange = await asking
        assert exchange.outcome in ("response", "rejected", "timeout", "reset", "acknowledged", "unreachable")
        await endpoint.close()

    live(scene)


OSCORE = Parameters(b"s", b"d", bytes(range(16)), b"salt")


@FEW
@given(st.data())
def test_a_tester_under_oscore(data: st.DataObject) -> None:
    """Requests and responses with a bent COSE object, or any value of the option."""

    async def scene(pipe: Pipe) -> None:
        carrier = OscoreCarrier(pipe, OSCORE)
        endpoint = Endpoint(carrier)
        TesterServer(endpoint, {})
        theirs = SecurityContext(OSCORE.mirrored)
        request = Message(Type.CON, Code.POST, 5, b"tk", request_options(path=("rd",), query=("ep=d",)))
        pipe.comes(data.draw(bent(protect(request, theirs)[0])))
        await settle()
        asking = asyncio.create_task(
            endpoint.request(PEER, Code.GET, path=("3", "0"), token=b"tk", mid=7, limit=0.02)
        )
        await settle()
        sent = next(each for each in reversed(pipe.sent) if dissect(each)[0].is_request)
        binding = unprotect(sent, theirs)[1]
        answer = Message(Type.ACK, Code.CONTENT, 7, b"tk", payload=b"21")
        pipe.comes(data.draw(bent(protect_response(answer, binding))))
        wild = Option(OptionNumber.OSCORE, data.draw(st.binary(max_size=12)))
        pipe.comes(encode(answer.with_options(wild).with_(payload=data.draw(st.binary(max_size=24)))))
        pipe.comes(encode(request.with_options(wild).with_(mid=8, payload=data.draw(st.binary(max_size=24)))))
        await settle()
        await asking
        assert endpoint.failures == []
        await endpoint.close()

    live(scene)
