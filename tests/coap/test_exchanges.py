"""Single exchanges between two endpoints: reliability, deduplication, separate responses, refusals."""

from __future__ import annotations

import asyncio
import sys

import pytest

from conformance.coap import Code, Message, Option, OptionNumber, Type, encode
from conformance.coap import malformed as broken
from conformance.coap.endpoint import Incoming, Response, Trace
from conformance.coap.observation import Reply
from tests.coap.conversation import LIMIT, endpoint, run, seen
from tests.free_port import free_port


class Counting:
    """A handler that counts its calls and answers 2.05 with the count."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, incoming: Incoming) -> Response:
        self.calls += 1
        return Response(Code.CONTENT, payload=str(self.calls).encode(), content_format=0)


def test_a_request_gets_its_piggybacked_response() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, traces), endpoint(handler=Counting()) as (server, _):
            exchange = await client.request(
                server.local, Code.GET, path=("3", "0"), query=("a=b",), accept=0, limit=LIMIT
            )
            assert exchange.outcome == "response"
            assert exchange.response is not None
            assert exchange.response.message.code == Code.CONTENT
            assert exchange.body == b"1"
            assert (exchange.acknowledged, exchange.separate, exchange.retransmissions) == (True, False, 0)
            assert exchange.request.uri == "/3/0?a=b"
            assert exchange.sent == [traces[0].frame]
            assert exchange.response.frame == traces[1].frame
            assert seen(traces) == ["out CON 0.01", "in ACK 2.05"]
            assert exchange.round_trip is not None
            assert 0 < exchange.round_trip < LIMIT

    run(scenario)


def test_a_non_confirmable_request_gets_a_non_confirmable_response() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, traces), endpoint(handler=Counting()) as (server, _):
            exchange = await client.request(server.local, Code.GET, confirmable=False, limit=LIMIT)
            assert exchange.outcome == "response"
            assert seen(traces) == ["out NON 0.01", "in NON 2.05"]
            assert not exchange.acknowledged

    run(scenario)


def test_a_lost_request_is_retransmitted() -> None:
    async def scenario() -> None:
        handler = Counting()
        async with endpoint(lost={1}) as (client, _), endpoint(handler=handler) as (server, _):
            exchange = await client.request(server.local, Code.GET, limit=LIMIT)
            assert (exchange.outcome, exchange.retransmissions, handler.calls) == ("response", 1, 1)

    run(scenario)


def test_a_lost_acknowledgement_is_repeated_and_the_handler_not_called_again() -> None:
    async def scenario() -> None:
        handler = Counting()
        async with endpoint() as (client, _), endpoint(lost={1}, handler=handler) as (server, traces):
            exchange = await client.request(server.local, Code.POST, limit=LIMIT)
            assert (exchange.retransmissions, handler.calls, exchange.body) == (1, 1, b"1")
            assert [trace.duplicate for trace in traces if trace.direction == "in"] == [False, True]
            answers = [trace.data for trace in traces if trace.direction == "out"]
            assert answers[0] == answers[1]

    run(scenario)


def test_a_silent_peer_ends_in_a_time_out_after_the_retransmissions() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, traces), endpoint() as (mute, _):
            exchange = await client.request(mute.local, Code.GET, limit=LIMIT)
            assert (exchange.outcome, exchange.retransmissions, exchange.response) == ("timeout", 2, None)
            assert len({trace.data for trace in traces}) == 1
            times = [trace.time for trace in traces]
            assert times[1] - times[0] >= 0.045
            assert times[2] - times[1] >= 0.095

    run(scenario)


def test_the_limit_of_the_caller_ends_retransmission() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint() as (mute, traces):
            exchange = await client.request(mute.local, Code.GET, limit=0.02)
            assert (exchange.outcome, exchange.retransmissions) == ("timeout", 0)
            again = await client.request(mute.local, Code.GET, limit=0.12)
            assert (again.outcome, again.retransmissions) == ("timeout", 1)
            assert len(traces) == 3

    run(scenario)


@pytest.mark.parametrize("lost", [(), (1,), (2,)], ids=["nothing lost", "ACK lost", "response lost"])
def test_a_separate_response_arrives(lost: tuple[int, ...]) -> None:
    calls = 0

    async def later(incoming: Incoming) -> Response:
        nonlocal calls
        calls += 1
        await incoming.acknowledge()
        await incoming.acknowledge()
        return Response(Code.CHANGED)

    async def scenario() -> None:
        async with endpoint() as (client, traces), endpoint(lost=lost, handler=later) as (server, _):
            exchange = await client.request(server.local, Code.POST, limit=LIMIT)
            assert exchange.outcome == "response"
            assert exchange.separate
            assert exchange.acknowledged == (1 not in lost)
            assert calls == 1
            assert seen(traces)[-2:] == ["in CON 2.04", "out ACK 0.00"]

    run(scenario)


def test_a_lost_acknowledgement_of_a_separate_response_is_repeated() -> None:
    async def later(incoming: Incoming) -> Response:
        await incoming.acknowledge()
        return Response(Code.CHANGED)

    async def scenario() -> None:
        async with endpoint(lost={2}) as (client, traces), endpoint(handler=later) as (server, _):
            acknowledged = asyncio.get_running_loop().create_future()

            def watch(trace: Trace) -> None:
                if trace.message is not None and trace.message.type is Type.ACK and trace.direction == "in":
                    acknowledged.set_result(None)

            server.on_message = watch
            await client.request(server.local, Code.POST, limit=LIMIT)
            await acknowledged
            assert seen(traces).count("in CON 2.04") == 2
            assert [
                trace.duplicate for trace in traces if trace.message and trace.message.code == Code.CHANGED
            ] == [
                False,
                True,
            ]

    run(scenario)


def test_a_ping_is_reset() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint() as (server, _):
            exchange = await client.exchange(server.local, Message(Type.CON, Code.EMPTY, 77), limit=LIMIT)
            assert (exchange.outcome, exchange.response) == ("reset", None)

    run(scenario)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports the remote of a refusal")
def test_a_closed_port_is_unreachable() -> None:
    async def scenario() -> None:
        nobody = ("127.0.0.1", free_port())
        async with endpoint() as (client, _):
            exchange = await client.request(nobody, Code.GET, limit=LIMIT)
            assert exchange.outcome == "unreachable"
            plain = await client.request(nobody, Code.GET, confirmable=False, limit=LIMIT)
            assert plain.outcome == "unreachable"

    run(scenario)


def test_nstart_keeps_requests_to_one_remote_apart() -> None:
    running = most = 0

    async def slow(incoming: Incoming) -> Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1
        return Response(Code.CONTENT)

    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=slow) as (server, _):
            requests = (client.request(server.local, Code.GET, limit=LIMIT) for _ in range(5))
            outcomes = [exchange.outcome for exchange in await asyncio.gather(*requests)]
            assert outcomes == ["response"] * 5
            assert most == 1

    run(scenario)


def test_messages_wait_for_whoever_comes_for_them() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=Counting()) as (server, _):
            for path in ("a", "b", "c"):
                await client.request(server.local, Code.POST, path=(path,), limit=LIMIT)
            found = await server.next(lambda one: one.message.uri_path == ("b",), limit=LIMIT)
            assert found is not None
            assert found.remote == client.local
            rest = [await server.next(lambda one: True, limit=LIMIT) for _ in range(2)]
            assert [one.message.uri_path for one in rest if one] == [("a",), ("c",)]
            assert await server.next(lambda one: True, limit=0.01) is None
            waiting = asyncio.create_task(server.next(lambda one: True, limit=LIMIT))
            await client.request(server.local, Code.POST, path=("d",), limit=LIMIT)
            late = await waiting
            assert late is not None
            assert late.message.uri_path == ("d",)

    run(scenario)


def test_a_failing_handler_gives_5_00_and_is_kept_for_the_caller() -> None:
    async def failing(incoming: Incoming) -> Response:
        raise LookupError("no such thing")

    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=failing) as (server, _):
            exchange = await client.request(server.local, Code.GET, limit=LIMIT)
            assert exchange.response is not None
            assert exchange.response.message.code == Code.INTERNAL_SERVER_ERROR
            assert [str(failure) for failure in server.failures] == ["no such thing"]

    run(scenario)


REQUEST = Message(Type.CON, Code.GET, 500, b"\x01\x02", (Option.string(OptionNumber.URI_PATH, "x"),))


@pytest.mark.parametrize(
    "fault", [name for name in broken.FAULTS if name not in ("truncated-header", "wrong-version")]
)
def test_a_malformed_confirmable_request_is_reset(fault: str) -> None:
    async def scenario() -> None:
        handler = Counting()
        async with endpoint() as (client, _), endpoint(handler=handler) as (server, traces):
            exchange = await client.exchange(server.local, broken.FAULTS[fault](REQUEST), limit=LIMIT)
            assert exchange.outcome == "reset"
            assert traces[0].malformed is not None
            assert handler.calls == 0

    run(scenario)


@pytest.mark.parametrize("fault", ["truncated-header", "wrong-version"])
def test_what_is_no_coap_is_ignored(fault: str) -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=Counting()) as (server, traces):
            client.send(server.local, broken.FAULTS[fault](REQUEST))
            control = await client.request(server.local, Code.GET, limit=LIMIT)
            assert control.outcome == "response"
            assert [trace.malformed is None for trace in traces] == [False, True, True]

    run(scenario)


@pytest.mark.parametrize(
    ("option", "code"),
    [
        (Option(65001, b"x"), Code.BAD_OPTION),
        (Option(OptionNumber.ACCEPT, b"123"), Code.BAD_OPTION),
        (Option(OptionNumber.BLOCK2, b"\x07"), Code.BAD_REQUEST),
    ],
)
def test_a_critical_option_that_cannot_be_processed_is_refused(option: Option, code: Code) -> None:
    async def scenario() -> None:
        handler = Counting()
        async with endpoint() as (client, _), endpoint(handler=handler) as (server, _):
            exchange = await client.request(server.local, Code.GET, options=(option,), limit=LIMIT)
            assert exchange.response is not None
            assert exchange.response.message.code == code
            assert handler.calls == 0

    run(scenario)


def test_a_bad_elective_option_is_ignored_but_traced() -> None:
    formats: list[int | None] = []

    async def look(incoming: Incoming) -> Response:
        formats.append(incoming.message.content_format)
        return Response(Code.CHANGED)

    async def scenario() -> None:
        option = Option(OptionNumber.CONTENT_FORMAT, b"123")
        async with endpoint() as (client, _), endpoint(handler=look) as (server, traces):
            exchange = await client.request(server.local, Code.PUT, options=(option,), limit=LIMIT)
            assert exchange.outcome == "response"
            assert formats == [None]
            assert "Content-Format has 3 bytes" in str(traces[0].malformed)

    run(scenario)


@pytest.mark.parametrize(
    ("answer", "violation"),
    [
        (Message(Type.ACK, Code.CONTENT, 0, b"wrong"), "ACK with token"),
        (Message(Type.ACK, Code.GET, 0, b"t"), "request code"),
        (Message(Type.ACK, Code.CONTENT, 0, b"t", (Option(65001),)), "critical option 65001"),
    ],
)
def test_an_answer_that_must_be_rejected_is_no_response(answer: Message, violation: str) -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint() as (peer, _):
            asking = asyncio.create_task(client.request(peer.local, Code.GET, token=b"t", limit=LIMIT))
            request = await peer.next(lambda one: True, limit=LIMIT)
            assert request is not None
            peer.send(client.local, answer.with_(mid=request.message.mid))
            exchange = await asking
            assert (exchange.outcome, exchange.response) == ("rejected", None)
            assert violation in exchange.violations[0]

    run(scenario)


def test_a_response_from_another_port_is_reset_and_noted() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint() as (peer, _), endpoint() as (other, _):
            asking = asyncio.create_task(client.request(peer.local, Code.GET, token=b"t", limit=LIMIT))
            assert await peer.next(lambda one: True, limit=LIMIT) is not None
            stray = await other.exchange(client.local, Message(Type.CON, Code.CONTENT, 9, b"t"), limit=LIMIT)
            assert stray.outcome == "reset"
            exchange = await asking
            assert exchange.outcome == "timeout"
            assert "instead of" in exchange.violations[0]

    run(scenario)


def test_an_empty_acknowledgement_and_a_reset_that_answer_nothing_are_not_answered() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=Counting()) as (server, traces):
            client.send(server.local, Message(Type.ACK, Code.EMPTY, 1))
            client.send(server.local, Message(Type.RST, Code.EMPTY, 2))
            client.send(server.local, Message(Type.ACK, Code.CONTENT, 3, b"t"))
            client.send(server.local, broken.reset_with_token(4))
            await client.request(server.local, Code.GET, limit=LIMIT)
            assert seen(traces, "out") == ["out ACK 2.05"]

    run(scenario)


def test_any_bytes_leave_the_endpoint_alive() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint(handler=Counting()) as (server, _):
            whole = encode(REQUEST.with_options(Option(OptionNumber.BLOCK1, b"\x0e")).with_(payload=b"p"))
            for length in range(len(whole)):
                client.send(server.local, whole[:length])
                client.send(server.local, whole[:length] + b"\xff" * 3)
            client.send(server.local, bytes(60_000))
            control = await client.request(server.local, Code.GET, limit=LIMIT)
            assert control.outcome == "response"

    run(scenario)


def test_closing_ends_whoever_waits() -> None:
    async def scenario() -> None:
        async with endpoint() as (mute, _):
            async with endpoint() as (client, _):
                asking = asyncio.create_task(client.request(mute.local, Code.GET, limit=LIMIT))
                waiting = asyncio.create_task(client.next(lambda one: True, limit=LIMIT))
                await asyncio.sleep(0)
            assert (await asking).outcome == "timeout"
            assert await waiting is None

    run(scenario)


def test_a_message_id_used_again_for_another_message_is_no_duplicate() -> None:
    async def scenario() -> None:
        handler = Counting()
        async with endpoint() as (client, _), endpoint(handler=handler) as (server, traces):
            for token in (b"a", b"b"):
                message = REQUEST.with_(token=token)
                assert (await client.exchange(server.local, message, limit=LIMIT)).outcome == "response"
            assert handler.calls == 2
            assert not any(trace.duplicate for trace in traces)

    run(scenario)


def test_after_clear_nothing_is_a_duplicate() -> None:
    async def scenario() -> None:
        handler = Counting()
        async with endpoint() as (client, _), endpoint(handler=handler) as (server, _):
            for expected in (1, 1, 2):
                if expected == 2:
                    server.clear()
                exchange = await client.exchange(server.local, REQUEST, limit=LIMIT)
                assert exchange.body == str(expected).encode()

    run(scenario)


def test_a_flood_is_bounded_and_counted() -> None:
    async def scenario() -> None:
        async with endpoint() as (client, _), endpoint() as (server, traces):
            for number in range(1500):
                client.send(server.local, Message(Type.NON, Code.GET, number))
                if number % 50 == 0:
                    await asyncio.sleep(0)
            await client.exchange(server.local, Message(Type.CON, Code.EMPTY, 1), limit=LIMIT)
            taken = [trace for trace in traces if trace.direction == "in" and not trace.duplicate]
            assert server.dropped == len(taken) - 1024
            assert server.dropped > 0

    run(scenario)


@pytest.mark.parametrize(("reply", "answers"), [("ack", ["out ACK 0.00"]), ("reset", ["out RST 0.00"])])
def test_the_policy_decides_what_a_separate_response_gets(reply: Reply, answers: list[str]) -> None:
    async def later(incoming: Incoming) -> Response:
        await incoming.acknowledge()
        return Response(Code.CHANGED)

    async def scenario() -> None:
        async with endpoint() as (client, traces), endpoint(handler=later) as (server, _):
            client.response_policy = lambda _: reply
            exchange = await client.request(server.local, Code.POST, limit=LIMIT)
            assert exchange.outcome == "response"
            assert seen(traces, "out")[1:] == answers

    run(scenario)


def test_a_separate_response_without_an_ack_comes_again() -> None:
    async def later(incoming: Incoming) -> Response:
        await incoming.acknowledge()
        return Response(Code.CHANGED)

    async def scenario() -> None:
        async with endpoint() as (client, traces), endpoint(handler=later) as (server, _):
            client.response_policy = lambda _: "ignore"
            again = asyncio.Event()

            def watch(trace: Trace) -> None:
                traces.append(trace)
                if trace.duplicate:
                    again.set()

            client.on_message = watch
            await client.request(server.local, Code.POST, limit=LIMIT)
            await asyncio.wait_for(again.wait(), LIMIT)
            assert seen(traces, "out") == ["out CON 0.02"]

    run(scenario)


def test_a_message_that_is_lost_is_traced_and_its_repetition_served() -> None:
    async def scenario() -> None:
        handler = Counting()
        async with endpoint() as (client, _), endpoint(handler=handler) as (server, traces):
            server.lose(lambda message: message.code == Code.GET)
            exchange = await client.request(server.local, Code.GET, limit=LIMIT)
            assert (exchange.outcome, exchange.retransmissions) == ("response", 1)
            assert handler.calls == 1
            assert seen(traces) == ["in CON 0.01", "in CON 0.01", "out ACK 2.05"]

    run(scenario)
