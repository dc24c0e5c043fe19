"""Block-wise transfer both ways, and peers that number their blocks wrongly."""

from __future__ import annotations

import pytest

from conformance.coap import Block, Code, Message, Option, OptionNumber, Type
from conformance.coap.endpoint import Incoming, Response
from tests.coap.conversation import LIMIT, endpoint, run

BODY = bytes(range(256)) * 3 + b"tail"


async def echo(incoming: Incoming) -> Response:
    return Response(Code.CONTENT, payload=incoming.body, content_format=42)


async def large(incoming: Incoming) -> Response:
    return Response(Code.CONTENT, (Option(OptionNumber.ETAG, b"1"),), BODY, 42)


@pytest.mark.parametrize("szx", [0, 2, 5])
@pytest.mark.parametrize("server_szx", [1, 6])
def test_a_body_goes_out_and_comes_back_in_blocks(szx: int, server_szx: int) -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(szx=server_szx, handler=echo) as (server, _):
            exchange = await client.request(
                server.local, Code.FETCH, payload=BODY, content_format=42, szx=szx, limit=LIMIT
            )
            assert exchange.violations == []
            assert (exchange.outcome, exchange.body) == ("response", BODY)
            assert exchange.response is not None
            assert exchange.response.message.code == Code.CONTENT
            tokens = [block.request.token for block in exchange.blocks]
            assert len(set(tokens)) == len(tokens) >= 2
            whole = await server.next(lambda one: True, limit=LIMIT)
            assert whole is not None
            assert whole.body == BODY

    run(scenario)


def test_a_large_response_is_fetched_and_the_handler_called_once() -> None:
    calls = 0

    async def counting(incoming: Incoming) -> Response:
        nonlocal calls
        calls += 1
        return await large(incoming)

    async def scenario() -> None:
        async with endpoint(szx=2) as (client, traces), endpoint(handler=counting) as (server, _):
            exchange = await client.request(server.local, Code.GET, path=("big",), limit=LIMIT)
            assert exchange.body == BODY
            assert calls == 1
            assert len(exchange.blocks) == -(-len(BODY) // 64)
            first = traces[0].message
            assert first is not None
            assert first.block2 == Block(0, False, 2)

    run(scenario)


def test_one_block_can_be_asked_for_by_hand() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=large) as (server, _):
            option = Option.uint(OptionNumber.BLOCK2, Block(2, False, 4).uint)
            exchange = await client.request(server.local, Code.GET, options=(option,), limit=LIMIT)
            assert exchange.blocks == []
            assert exchange.body == BODY[512:768]
            beyond = Option.uint(OptionNumber.BLOCK2, Block(9, False, 4).uint)
            refused = await client.request(server.local, Code.GET, options=(beyond,), limit=LIMIT)
            assert refused.response is not None
            assert refused.response.message.code == Code.BAD_REQUEST

    run(scenario)


def test_a_block_out_of_order_is_incomplete() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=echo) as (server, _):
            option = Option.uint(OptionNumber.BLOCK1, Block(1, False, 0).uint)
            exchange = await client.request(
                server.local, Code.PUT, options=(option,), payload=b"x" * 16, limit=LIMIT
            )
            assert exchange.response is not None
            assert exchange.response.message.code == Code.REQUEST_ENTITY_INCOMPLETE

    run(scenario)


@pytest.mark.parametrize(
    ("answers", "violation"),
    [
        ([(Block(1, True, 0), 16)], "instead of the block at byte 0"),
        ([(Block(0, True, 0), 15)], "has 15 bytes"),
        ([(Block(0, True, 0), 16), (Block(2, False, 0), 16)], "instead of the block at byte 16"),
        ([(Block(0, True, 0), 16), (None, 16)], "carries no Block2"),
        ([(Block(0, True, 1), 32), (Block(2, True, 0), 17)], "has 17 bytes"),
    ],
)
def test_wrong_block2_numbering_ends_the_transfer(
    answers: list[tuple[Block | None, int]], violation: str
) -> None:
    script = list(answers)

    async def wrong(incoming: Incoming) -> Response:
        block, length = script.pop(0)
        options = () if block is None else (Option.uint(OptionNumber.BLOCK2, block.uint),)
        return Response(Code.CONTENT, options, b"x" * length)

    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=wrong) as (server, _):
            server.serve_blocks = False
            exchange = await client.request(server.local, Code.GET, limit=LIMIT)
            assert violation in exchange.violations[0]
            assert script == []

    run(scenario)


@pytest.mark.parametrize(
    ("code", "told", "violation"),
    [
        (Code.CONTINUE, None, "carries no Block1"),
        (Code.CONTINUE, Block(1, True, 0), "answers block 0/1/16"),
        (Code.CONTINUE, Block(0, True, 2), "asks for larger blocks"),
        (Code.CHANGED, Block(0, True, 0), "instead of 2.31"),
    ],
)
def test_wrong_block1_acknowledgement_ends_the_transfer(
    code: Code, told: Block | None, violation: str
) -> None:
    async def wrong(incoming: Incoming) -> Response:
        return Response(code, () if told is None else (Option.uint(OptionNumber.BLOCK1, told.uint),))

    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=wrong) as (server, traces):
            server.serve_blocks = False
            exchange = await client.request(server.local, Code.PUT, payload=BODY, szx=0, limit=LIMIT)
            assert violation in exchange.violations[0]
            assert len(traces) == 2

    run(scenario)


def test_a_changed_etag_ends_the_transfer() -> None:
    etag = iter((b"1", b"2"))

    async def changing(incoming: Incoming) -> Response:
        asked = incoming.message.block2 or Block(0, True, 0)
        block = Option.uint(OptionNumber.BLOCK2, Block(asked.num, True, 0).uint)
        return Response(Code.CONTENT, (block, Option(OptionNumber.ETAG, next(etag))), b"x" * 16)

    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=changing) as (server, _):
            server.serve_blocks = False
            exchange = await client.request(server.local, Code.GET, limit=LIMIT)
            assert "ETag changed" in exchange.violations[0]

    run(scenario)


def test_an_endless_body_is_given_up() -> None:
    async def endless(incoming: Incoming) -> Response:
        asked = incoming.message.block2 or Block(0, True, 6)
        block = Option.uint(OptionNumber.BLOCK2, Block(asked.num, True, 6).uint)
        return Response(Code.CONTENT, (block,), b"x" * 1024)

    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=endless) as (server, _):
            server.serve_blocks = False
            exchange = await client.request(server.local, Code.GET, limit=15)
            assert "still goes on" in exchange.violations[0]

    run(scenario)


def test_a_smaller_size_in_4_13_is_taken_up() -> None:
    async def small_only(incoming: Incoming) -> Response:
        block = incoming.message.block1
        if block is None or block.szx > 0:
            hint = Option.uint(OptionNumber.BLOCK1, Block(0, False, 0).uint)
            return Response(Code.REQUEST_ENTITY_TOO_LARGE, (hint,))
        code = Code.CONTINUE if block.more else Code.CHANGED
        return Response(code, (Option.uint(OptionNumber.BLOCK1, block.uint),))

    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=small_only) as (server, _):
            server.serve_blocks = False
            exchange = await client.request(server.local, Code.PUT, payload=b"y" * 40, szx=1, limit=LIMIT)
            assert exchange.violations == []
            assert exchange.response is not None
            assert exchange.response.message.code == Code.CHANGED
            sizes = [len(block.request.payload) for block in exchange.blocks]
            assert sizes == [32, 16, 16, 8]

    run(scenario)


def test_reserved_szx_by_hand_is_refused() -> None:
    async def scenario() -> None:
        option = Option.uint(OptionNumber.BLOCK1, Block(0, False, 7).uint)
        async with endpoint() as (client, _), endpoint(handler=echo) as (server, _):
            message = Message(Type.CON, Code.PUT, 1, b"t", (option,), b"x")
            exchange = await client.exchange(server.local, message, limit=LIMIT)
            assert exchange.response is not None
            assert exchange.response.message.code == Code.BAD_REQUEST

    run(scenario)
