"""A request whose freshness the peer wants proved is made anew with the Echo option (RFC 9175 §2.3)."""

from __future__ import annotations

import asyncio

import pytest

from conformance.coap.codec import dissect, encode
from conformance.coap.codes import Code
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.coap.message import Message, Type, request_options
from conformance.coap.options import Option, OptionNumber
from conformance.oscore.carrier import OscoreCarrier
from conformance.oscore.context import Parameters
from conformance.transports.udp import UdpTransport

CLIENT = Parameters(b"d", b"s", bytes(range(16)), b"salt")
ECHO = Option(OptionNumber.ECHO, b"fresh")


class Challenger:
    """Serves a request that carries its Echo option, and asks others for it; `outside` OSCORE, or within."""

    def __init__(self, outside: bool) -> None:
        self.outside = outside
        self.served: list[Message] = []
        self.challenges = 0

    async def open(self) -> Endpoint:
        plain = await UdpTransport.open()
        self.carrier = OscoreCarrier(plain, CLIENT.mirrored)
        endpoint = Endpoint(self.carrier)
        endpoint.handler = self.answer
        inner, self.plain = plain.receiver, plain
        assert inner is not None
        self.inner = inner
        if self.outside:
            plain.receiver = self.receive
        return endpoint

    def receive(self, data: bytes, remote: tuple[str, int], frame: int, arrived: float) -> None:
        outer = dissect(data)[0]
        if not outer.is_request or outer.first(OptionNumber.ECHO) is not None:
            self.inner(data, remote, frame, arrived)
            return
        self.challenges += 1
        answer = Message(Type.ACK, Code.UNAUTHORIZED, outer.mid, outer.token, (ECHO,))
        self.plain.send(encode(answer), remote)

    async def answer(self, incoming: Incoming) -> Response:
        if not self.outside and incoming.message.first(OptionNumber.ECHO) is None:
            self.challenges += 1
            return Response(Code.UNAUTHORIZED, options=(ECHO,))
        self.served.append(incoming.message)
        return Response(Code.CHANGED)


@pytest.mark.parametrize("outside", [False, True])
def test_a_challenged_request_is_served_and_the_response_is_that_of_the_first(outside: bool) -> None:
    async def talk() -> None:
        challenger = Challenger(outside)
        server = await challenger.open()
        carrier = OscoreCarrier(await UdpTransport.open(), CLIENT)
        client = Endpoint(carrier)
        try:
            exchange = await client.request(server.local, Code.PUT, path=("1", "2"), payload=b"x", limit=5)
            assert exchange.response is not None
            assert exchange.response.message.code == Code.CHANGED
            assert [each.uri_path for each in challenger.served] == [("1", "2")]
            assert challenger.challenges == 1
            assert carrier.incidents == []
        finally:
            await client.close()
            await server.close()

    asyncio.run(talk())


def test_what_a_case_forged_is_not_made_anew() -> None:
    async def talk() -> None:
        challenger = Challenger(outside=True)
        server = await challenger.open()
        carrier = OscoreCarrier(await UdpTransport.open(), CLIENT)
        client = Endpoint(carrier)
        options = request_options(path=("1",))
        message = Message(Type.CON, Code.PUT, client.new_mid(), client.new_token(), options, b"x")
        forged = carrier.seal(message).altered(carrier.seal(message).datagram)
        try:
            carrier.put_in(forged, message, server.local)
            exchange = await client.exchange(server.local, encode(message), limit=5)
            assert exchange.response is not None
            assert exchange.response.message.code == Code.UNAUTHORIZED
            assert challenger.served == []
        finally:
            await client.close()
            await server.close()

    asyncio.run(talk())
