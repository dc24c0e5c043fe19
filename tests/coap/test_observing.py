"""Observation from the observer's side, against a peer whose every message is written by hand."""

from __future__ import annotations

from conformance.coap import Block, Code, Message, Option, OptionNumber, Type
from conformance.coap.carrier import Address
from conformance.coap.endpoint import Endpoint, Incoming, Response
from tests.coap.conversation import LIMIT, endpoint, run, seen


def observe(value: int) -> Option:
    return Option.uint(OptionNumber.OBSERVE, value)


async def observed(incoming: Incoming) -> Response:
    if incoming.message.observe == 0:
        return Response(Code.CONTENT, (observe(1),), b"0")
    return Response(Code.CONTENT, (), b"0")


def notification(token: bytes, mid: int, type_: Type = Type.CON, payload: bytes = b"n") -> Message:
    return Message(type_, Code.CONTENT, mid, token, (observe(mid),), payload)


async def alive(one: Endpoint, remote: Address) -> None:
    assert (await one.exchange(remote, Message(Type.CON, Code.EMPTY, 60_000), limit=LIMIT)).outcome == "reset"


def test_notifications_are_acknowledged_and_kept_in_order() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=observed) as (peer, _):
            observation = await client.observe(peer.local, path=("3303", "0", "5700"), limit=LIMIT)
            assert observation.active
            assert observation.first.body == b"0"
            for mid, type_ in ((1, Type.CON), (2, Type.NON), (3, Type.CON)):
                message = notification(observation.token, mid, type_, str(mid).encode())
                if type_ is Type.CON:
                    exchange = await peer.exchange(client.local, message, limit=LIMIT)
                    assert exchange.acknowledged
                else:
                    peer.send(client.local, message)
            arrived = [await observation.next(LIMIT) for _ in range(3)]
            assert [one.body for one in arrived if one] == [b"1", b"2", b"3"]
            assert await observation.next(0.01) is None
            assert len(observation.notifications) == 3

    run(scenario)


def test_a_retransmitted_notification_is_delivered_once() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, traces), endpoint(handler=observed) as (peer, _):
            observation = await client.observe(peer.local, limit=LIMIT)
            for _ in range(3):
                peer.send(client.local, notification(observation.token, 1))
            await alive(peer, client.local)
            assert len(observation.notifications) == 1
            assert seen(traces).count("out ACK 0.00") == 3

    run(scenario)


def test_forgetting_resets_the_next_notification() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=observed) as (peer, _):
            observation = await client.observe(peer.local, limit=LIMIT)
            observation.forget()
            exchange = await peer.exchange(client.local, notification(observation.token, 1), limit=LIMIT)
            assert exchange.outcome == "reset"
            assert not observation.active
            assert observation.notifications == []

    run(scenario)


def test_the_policy_decides() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, traces), endpoint(handler=observed) as (peer, _):
            observation = await client.observe(peer.local, limit=LIMIT)
            observation.policy = lambda one: "ignore"
            peer.send(client.local, notification(observation.token, 1))
            await alive(peer, client.local)
            assert seen(traces, "out") == ["out CON 0.01", "out RST 0.00"]
            observation.policy = lambda one: "reset"
            message = notification(observation.token, 2, Type.NON)
            exchange = await peer.exchange(client.local, message, limit=LIMIT)
            assert exchange.outcome == "reset"
            assert not observation.active
            assert len(observation.notifications) == 2

    run(scenario)


def test_cancelling_repeats_the_request_with_observe_1_and_the_token() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=observed) as (peer, _):
            observation = await client.observe(peer.local, path=("a",), limit=LIMIT)
            exchange = await client.cancel(observation, limit=LIMIT)
            assert exchange.request.observe == 1
            assert exchange.request.token == observation.token
            assert exchange.request.uri_path == ("a",)
            assert not observation.active
            late = await peer.exchange(client.local, notification(observation.token, 1), limit=LIMIT)
            assert late.outcome == "reset"

    run(scenario)


def test_an_error_notification_ends_the_observation() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=observed) as (peer, _):
            observation = await client.observe(peer.local, limit=LIMIT)
            gone = Message(Type.CON, Code.NOT_FOUND, 1, observation.token)
            assert (await peer.exchange(client.local, gone, limit=LIMIT)).acknowledged
            last = await observation.next(LIMIT)
            assert last is not None
            assert last.message.code == Code.NOT_FOUND
            assert not observation.active

    run(scenario)


def test_a_refused_observation_is_not_active() -> None:
    async def refuse(incoming: Incoming) -> Response:
        return Response(Code.METHOD_NOT_ALLOWED)

    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=refuse) as (peer, _):
            observation = await client.observe(peer.local, limit=LIMIT)
            assert not observation.active
            assert observation.first.response is not None
            stray = await peer.exchange(client.local, notification(observation.token, 1), limit=LIMIT)
            assert stray.outcome == "reset"

    run(scenario)


def test_the_later_blocks_of_a_notification_are_fetched() -> None:
    body = b"x" * 40

    async def serve(incoming: Incoming) -> Response:
        if incoming.message.observe == 0:
            return Response(Code.CONTENT, (observe(1),), b"0")
        return Response(Code.CONTENT, (), body)

    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=serve) as (peer, _):
            observation = await client.observe(peer.local, path=("big",), limit=LIMIT)
            block = Option.uint(OptionNumber.BLOCK2, Block(0, True, 0).uint)
            message = notification(observation.token, 9, Type.CON, body[:16])
            assert (await peer.exchange(client.local, message.with_options(block), limit=LIMIT)).acknowledged
            arrived = await observation.next(LIMIT)
            assert arrived is not None
            assert arrived.body == body

    run(scenario)
