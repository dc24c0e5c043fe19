"""An independent implementation on the other side: aiocoap as server and as client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiocoap
import aiocoap.resource

from conformance.coap import Code, Message, Type
from conformance.coap.carrier import Address
from conformance.coap.endpoint import Incoming, Response
from tests.coap.conversation import LIMIT, endpoint, run
from tests.free_port import free_port

LARGE = b"0123456789abcdef" * 200


class Store(aiocoap.resource.ObservableResource):  # type: ignore[misc]
    """Keeps what is put; notifies its observers of it."""

    def __init__(self) -> None:
        super().__init__()
        self.content = LARGE

    async def render_get(self, request: Any) -> Any:
        return aiocoap.Message(payload=self.content)

    async def render_put(self, request: Any) -> Any:
        self.content = request.payload
        self.updated_state()
        return aiocoap.Message(code=aiocoap.CHANGED)

    async def render_fetch(self, request: Any) -> Any:
        return aiocoap.Message(code=aiocoap.CONTENT, payload=request.payload[::-1])


class Slow(aiocoap.resource.Resource):  # type: ignore[misc]
    """Answers later than aiocoap waits before it sends an empty ACK."""

    async def render_get(self, request: Any) -> Any:
        await asyncio.sleep(0.15)
        return aiocoap.Message(payload=b"late")


@asynccontextmanager
async def aiocoap_server() -> AsyncIterator[Address]:
    site = aiocoap.resource.Site()
    site.add_resource(["store"], Store())
    site.add_resource(["slow"], Slow())
    address = ("127.0.0.1", free_port())
    context = await aiocoap.Context.create_server_context(
        site, bind=address, transports=["simplesocketserver"]
    )
    try:
        yield address
    finally:
        await context.shutdown()


def test_blocks_both_ways_with_an_aiocoap_server() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, traces), aiocoap_server() as server:
            for szx in (None, 3):
                read = await client.request(server, Code.GET, path=("store",), szx=szx, limit=LIMIT)
                assert (read.outcome, read.body, read.violations) == ("response", LARGE, [])
            body = LARGE[:777]
            for szx in (0, 5):
                written = await client.request(
                    server, Code.PUT, path=("store",), payload=body, szx=szx, limit=LIMIT
                )
                assert written.violations == []
                assert written.response is not None
                assert written.response.message.code == Code.CHANGED
                again = await client.request(server, Code.GET, path=("store",), limit=LIMIT)
                assert again.body == body
            assert [trace.malformed for trace in traces if trace.malformed] == []

    run(scenario)


def test_a_large_fetch_with_an_aiocoap_server() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), aiocoap_server() as server:
            fetched = await client.request(server, Code.FETCH, path=("store",), payload=LARGE, limit=LIMIT)
            assert (fetched.body, fetched.violations) == (LARGE[::-1], [])

    run(scenario)


def test_an_aiocoap_server_is_observed() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), aiocoap_server() as server:
            observation = await client.observe(server, path=("store",), limit=LIMIT)
            assert observation.active
            assert observation.first.body == LARGE
            await client.request(server, Code.PUT, path=("store",), payload=b"short", limit=LIMIT)
            first = await observation.next(LIMIT)
            assert first is not None
            assert first.body == b"short"
            await client.request(server, Code.PUT, path=("store",), payload=LARGE * 2, limit=LIMIT)
            second = await observation.next(LIMIT)
            assert second is not None
            assert second.body == LARGE * 2
            cancelled = await client.cancel(observation, limit=LIMIT)
            assert cancelled.outcome == "response"
            assert not observation.active

    run(scenario)


def test_a_separate_response_of_an_aiocoap_server() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), aiocoap_server() as server:
            exchange = await client.request(server, Code.GET, path=("slow",), limit=LIMIT)
            assert (exchange.body, exchange.separate, exchange.acknowledged) == (b"late", True, True)
            ping = await client.exchange(server, Message(Type.CON, Code.EMPTY, 5), limit=LIMIT)
            assert ping.outcome == "reset"

    run(scenario)


def test_an_aiocoap_client_is_served() -> None:
    async def serve(incoming: Incoming) -> Response:
        if incoming.message.uri_path == ("separate",):
            await incoming.acknowledge()
        if incoming.message.code == Code.GET:
            return Response(Code.CONTENT, payload=LARGE, content_format=42)
        return Response(Code.CHANGED, payload=str(len(incoming.body)).encode())

    async def scenario() -> None:
        async with endpoint(handler=serve) as (server, traces), endpoint(szx=2, handler=serve) as (small, _):
            context = await aiocoap.Context.create_client_context(transports=["simple6"])
            for one in (server, small):
                base = f"coap://127.0.0.1:{one.local[1]}"
                for path in ("direct", "separate"):
                    request = aiocoap.Message(code=aiocoap.GET, uri=f"{base}/{path}")
                    answer = await context.request(request).response
                    assert (str(answer.code), answer.payload) == ("2.05 Content", LARGE)
                    request = aiocoap.Message(code=aiocoap.PUT, uri=f"{base}/{path}", payload=LARGE)
                    answer = await context.request(request).response
                    assert (str(answer.code), answer.payload) == ("2.04 Changed", b"3200")
            await context.shutdown()
            assert [trace.malformed for trace in traces if trace.malformed] == []

    run(scenario)
