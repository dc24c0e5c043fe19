"""Separate responses: first an empty ACK, then the response in a message of its own (RFC 7252 §5.2.2)."""

import asyncio
import math
from itertools import pairwise
from typing import Any

from conformance.coap.codes import Code
from conformance.coap.message import Message, Type
from conformance.matching import between, one_of
from conformance.messages import Path
from conformance.messages.codes import CHANGED
from conformance.roles import Answer, Device
from conformance.roles.crafted import crafted, sent
from conformance.testcase import testcase
from conformance.verdicts import Level, NotApplicable, Subject

APPLIES = "device & execute & ixit.slow_executable"
ACK_RANDOM_FACTOR = 1.5


def need_separate(answer: Answer) -> None:
    """Only a confirmable response of its own is to be acknowledged."""
    if not answer.exchange.separate:
        raise NotApplicable(f"the SUT answers the Execute of {answer.path} in the ACK")
    if answer.message.type is not Type.CON:
        raise NotApplicable("the SUT gives its separate responses in non-confirmable messages")


def acknowledged(device: Device, request: Message) -> bool:
    """Whether an ACK for the request came at any time: the two may change places on their way."""
    return any(
        line["direction"] == "in" and line.get("mid") == request.mid and line["type"] == "ACK"
        for line in device.context.messages
    )


def copies(device: Device, answer: Answer) -> list[dict[str, Any]]:
    """All transmissions of the response."""
    return [
        line
        for line in device.context.messages
        if line["direction"] == "in" and line.get("mid") == answer.message.mid and line["type"] == "CON"
    ]


@testcase("COAP-SEP-01", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §5.2.2", applies=APPLIES)
async def test_separate_response_follows_an_empty_ack(device: Device) -> None:
    """What takes long is acknowledged at once, and answered later under the token of the request."""
    await device.registered()
    path = Path.of(device.ixit.slow_executable or ())
    message = crafted(device, Code.POST, path, token=device.context.chance.randbytes(8))
    answer = await sent(device, message, "execute", path)
    answer.expect(code=CHANGED, token=message.token.hex())
    if not answer.exchange.separate:
        raise NotApplicable(f"the SUT answers the Execute of {path} in the ACK")
    if not answer.exchange.acknowledged:
        await asyncio.sleep(device.ixit.quiet_time)
    device.context.record.judge(
        "execute.acknowledged",
        True,
        answer.exchange.acknowledged or acknowledged(device, message),
        subject=Subject("execute.acknowledged", answer.frame),
        what="an empty ACK came, be it before the response or behind it:",
        clause="RFC 7252 §4.2",
    )
    device.context.record.judge(
        "execute.type",
        one_of("CON", "NON"),
        answer.message.type.name,
        subject=Subject("execute.type", answer.frame),
        what="the separate response is of type",
    )


@testcase("COAP-SEP-02", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.2", applies=APPLIES, wait=9.0)
async def test_separate_response_is_sent_again_with_growing_pauses(device: Device) -> None:
    """A confirmable response that is lost should come again, and must not before ACK_TIMEOUT has passed.

    How often is free (RFC 7252 §4.8.1), and its pauses may be longer than asked for, but should double.
    """
    await device.registered()
    path = Path.of(device.ixit.slow_executable or ())
    message = crafted(device, Code.POST, path)
    for _ in range(2):
        device.endpoint.lose(lambda one: one.token == message.token and one.type is Type.CON)
    shortest, tolerance = device.ixit.ack_timeout, device.ixit.timing_tolerance
    longest = shortest * ACK_RANDOM_FACTOR
    limit = device.ixit.reaction_time + 3 * longest + 2 * tolerance
    answer = await sent(device, message, "execute", path, limit=limit)
    answer.expect(outcome="response", level=Level.SHOULD)
    if not answer.answered:
        return
    answer.expect(code=CHANGED)
    need_separate(answer)
    times = [line["time"] for line in copies(device, answer)]
    pauses = [round(later - earlier, 3) for earlier, later in pairwise(times)]
    judge = device.context.record.judge
    judge("response.transmissions", 3, len(times), what="transmissions", limit=limit, level=Level.SHOULD)
    if len(pauses) < 2:
        return
    shortest_pause = between(shortest - tolerance, math.inf)
    judge("shortest-pause.seconds", shortest_pause, min(pauses), what="the shortest pause is")
    first = between(shortest - tolerance, longest + tolerance)
    judge("first-pause.seconds", first, pauses[0], what="pause", level=Level.SHOULD)
    twice = between(2 * pauses[0] - tolerance, 2 * pauses[0] + tolerance)
    judge(
        "second-pause.seconds",
        twice,
        pauses[1],
        what="the second pause is twice the first:",
        level=Level.SHOULD,
    )


@testcase("COAP-SEP-03", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.2", applies=APPLIES, wait=4.0)
async def test_rejected_response_is_not_sent_again(device: Device) -> None:
    """A confirmable response that was answered with a Reset does not come again."""
    await device.registered()
    device.endpoint.response_policy = lambda _: "reset"
    path = Path.of(device.ixit.slow_executable or ())
    answer = await sent(device, crafted(device, Code.POST, path), "execute", path)
    answer.require(code=CHANGED)
    need_separate(answer)
    longest = device.ixit.ack_timeout * ACK_RANDOM_FACTOR + device.ixit.timing_tolerance
    await asyncio.sleep(longest)
    device.context.record.judge(
        "response.transmissions", 1, len(copies(device, answer)), what="transmissions", limit=longest
    )


@testcase("COAP-SEP-04", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.5, §5.2.2", applies=APPLIES)
async def test_request_that_comes_again_meanwhile_is_answered_once(device: Device) -> None:
    """A request that is sent again while the device is at work on it should get one response, not two."""
    await device.registered()
    path = Path.of(device.ixit.slow_executable or ())
    message = crafted(device, Code.POST, path)
    device.endpoint.send(device.current.remote, message)
    answer = await sent(device, message, "execute", path)
    answer.require(code=CHANGED)
    await asyncio.sleep(device.ixit.quiet_time)
    responses = {
        line["mid"]
        for line in device.context.messages
        if line["direction"] == "in" and line.get("token") == message.token.hex() and line["type"] != "ACK"
    }
    device.context.record.judge(
        "execute.responses", between(0, 1), len(responses), what="separate responses", level=Level.SHOULD
    )
