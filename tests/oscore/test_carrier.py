"""An endpoint over the carrier of OSCORE sees inner messages; the wire shows none of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from conformance.coap.carrier import Address
from conformance.coap.codec import dissect, encode
from conformance.coap.codes import Code
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.coap.message import Message, Type, request_options
from conformance.coap.options import OptionNumber
from conformance.oscore.carrier import OscoreCarrier
from conformance.oscore.context import Parameters, SecurityContext
from conformance.transports.udp import UdpTransport

SERVER = Parameters(b"s", b"d", bytes(range(16)), b"salt")


@dataclass
class Wire:
    """A recorder of datagrams."""

    datagrams: list[bytes] = field(default_factory=list)

    def datagram(self, direction: str, data: bytes, *_: object) -> int:
        self.datagrams.append(data)
        return len(self.datagrams)


@dataclass
class Ends:
    client: Endpoint
    server: Endpoint
    asking: OscoreCarrier
    serving: OscoreCarrier
    wire: Wire
    asked: list[Message]

    @property
    def to(self) -> Address:
        return self.server.local

    def request(self, code: Code = Code.PUT, payload: bytes = b"secret value") -> Message:
        return Message(
            Type.CON,
            code,
            self.client.new_mid(),
            self.client.new_token(),
            request_options(path=("3303", "0"), content_format=0),
            payload,
        )


@asynccontextmanager
async def ends() -> AsyncIterator[Ends]:
    wire, asked = Wire(), list[Message]()
    asking = OscoreCarrier(await UdpTransport.open(recorder=wire), SERVER.mirrored)
    serving = OscoreCarrier(await UdpTransport.open(recorder=wire), SERVER)
    client, server = Endpoint(asking), Endpoint(serving)

    async def answer(incoming: Incoming) -> Response:
        asked.append(incoming.message)
        return Response(Code.CONTENT, payload=incoming.body)

    server.handler = answer
    try:
        yield Ends(client, server, asking, serving, wire, asked)
    finally:
        await client.close()
        await server.close()


def test_a_request_and_its_response_are_protected_on_the_wire() -> None:
    async def talk() -> None:
        async with ends() as both:
            exchange = await both.client.request(
                both.to, Code.PUT, path=("3303", "0"), payload=b"secret value", limit=5
            )
            assert exchange.response is not None
            assert exchange.response.message.code == Code.CONTENT
            assert exchange.body == b"secret value"
            assert both.asked[0].uri_path == ("3303", "0")
            assert len(both.wire.datagrams) == 4
            for datagram in both.wire.datagrams:
                assert b"secret value" not in datagram
                assert b"3303" not in datagram
                assert dissect(datagram)[0].first(OptionNumber.OSCORE) is not None
            assert both.asking.incidents == both.serving.incidents == []

    asyncio.run(talk())


def test_a_long_body_goes_in_protected_blocks() -> None:
    async def talk() -> None:
        async with ends() as both:
            body = bytes(range(256)) * 12
            exchange = await both.client.request(both.to, Code.PUT, path=("5",), payload=body, limit=5)
            assert exchange.body == body

    asyncio.run(talk())


def test_a_retransmission_is_the_same_datagram_and_is_served_once() -> None:
    async def talk() -> None:
        async with ends() as both:
            message = both.request()
            first = await both.client.exchange(both.to, encode(message), limit=5)
            again = await both.client.exchange(both.to, encode(message), limit=5)
            assert first.response is not None
            assert again.response is not None
            assert again.response.message == first.response.message
            assert len(both.asked) == 1
            requests = [data for data in both.wire.datagrams if dissect(data)[0].is_request]
            assert len(set(requests)) == 1

    asyncio.run(talk())


def test_a_replay_under_another_message_id_is_refused_outside_oscore() -> None:
    async def talk() -> None:
        async with ends() as both:
            recorded, message = both.request(), both.request()
            envelope = both.asking.seal(recorded)
            both.asking.put_in(envelope, recorded, both.to)
            await both.client.exchange(both.to, encode(recorded), limit=5)
            outer = dissect(envelope.datagram)[0].with_(mid=message.mid, token=message.token)
            both.asking.put_in(replace(envelope, datagram=encode(outer)), message, both.to)
            exchange = await both.client.exchange(both.to, encode(message), limit=5)
            assert exchange.response is not None
            assert exchange.response.message.code == Code.UNAUTHORIZED
            assert exchange.response.frame in both.asking.outer
            assert [incident.reason for incident in both.serving.incidents] == ["Replay detected"]
            assert len(both.asked) == 1

    asyncio.run(talk())


def test_a_request_without_oscore_or_of_a_stranger_is_refused() -> None:
    async def talk() -> None:
        async with ends() as both:
            bare, foreign = both.request(), both.request()
            both.asking.put_in(replace(both.asking.seal(bare), datagram=encode(bare)), bare, both.to)
            exchange = await both.client.exchange(both.to, encode(bare), limit=5)
            assert exchange.response is not None
            assert exchange.response.message.code == Code.UNAUTHORIZED
            stolen = SecurityContext(replace(SERVER.mirrored, master_secret=bytes(16)))
            both.asking.put_in(both.asking.seal(foreign, stolen), foreign, both.to)
            exchange = await both.client.exchange(both.to, encode(foreign), limit=5)
            assert exchange.response is not None
            assert exchange.response.message.code == Code.BAD_REQUEST
            reasons = [incident.reason for incident in both.serving.incidents]
            assert reasons == ["OSCORE is required", "Decryption failed"]
            assert both.asked == []

    asyncio.run(talk())


def test_a_response_in_the_clear_does_not_reach_who_asked_under_oscore() -> None:
    async def talk() -> None:
        async with ends() as both:
            both.serving.close()
            clear = Endpoint(await UdpTransport.open(both.to))
            try:
                asking = asyncio.create_task(
                    both.client.request(both.to, Code.GET, path=("3",), limit=0.5, confirmable=False)
                )
                came = await clear.next(lambda received: received.message.is_request, limit=5)
                assert came is not None
                answer = Message(Type.NON, Code.CONTENT, 1, came.message.token, payload=b"false")
                clear.send(came.remote, answer)
                assert (await asking).outcome == "timeout"
                assert len(both.asking.incidents) == 1
            finally:
                await clear.close()

    asyncio.run(talk())
