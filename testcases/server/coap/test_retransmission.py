"""Requests of a server that are lost on the way (RFC 7252 §4.2)."""

import math
from itertools import pairwise
from typing import Any

from conformance.coap.codes import Code
from conformance.coap.message import Message
from conformance.coap.options import OptionNumber
from conformance.matching import between
from conformance.messages.codes import CONTENT
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.rules.rule import option_values
from conformance.testcase import testcase
from conformance.verdicts import Level

ACK_RANDOM_FACTOR = 1.5
PATH = ("3", "0", "14")
ZONE, VALUE = "/3/0/14", "+01:00"


def transmissions(device: TesterDevice) -> list[dict[str, Any]]:
    """The Read of the Resource that was lost, and what came under its token after it, in their order."""
    here = f":{device.endpoint.local[1]}"
    came = [
        line
        for line in device.context.messages
        if line["direction"] == "in" and line["local"].endswith(here) and is_read(line)
    ]
    return [line for line in came if line["token"] == came[0]["token"]]


def is_read(line: dict[str, Any]) -> bool:
    """Whether a message reads the Resource."""
    return line.get("code") == "0.01" and option_values(line, OptionNumber.URI_PATH) == PATH


def is_our_read(message: Message) -> bool:
    """The same of a message that has not been recorded."""
    return message.code == Code.GET and message.uri_path == PATH


@testcase(
    "SCP-RET-01",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §4.2",
    applies="server & verb_read",
    wait=3.0,
)
async def test_lost_request_is_sent_again(server: Server) -> None:
    """A Read that was lost should come again, and does so as the same message; the user gets the value.

    How often is free (RFC 7252 §4.8.1).
    """
    device = await server.registered()
    device.endpoint.lose(is_our_read)
    result = await server.read(device, ZONE)
    came = transmissions(device)
    same = {(line["type"], line["mid"], line["token"], str(line["options"])) for line in came}
    judge = server.context.record.judge
    judge("read.transmissions", between(2, 5), len(came), what="transmissions", level=Level.SHOULD)
    judge("read.messages", 1, len(same), what="different messages")
    level = Level.MUST if len(came) > 1 else Level.SHOULD
    result.expect(outcome="response", code=CONTENT, value=VALUE, level=level)


@testcase(
    "SCP-RET-02",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §4.2",
    applies="server & verb_read",
    wait=9.0,
)
async def test_pauses_grow(server: Server) -> None:
    """A Read that is lost twice should come again with doubled pauses, and must not before ACK_TIMEOUT.

    How often is free (RFC 7252 §4.8.1), and its pauses may be longer than asked for.
    """
    device = await server.registered()
    for _ in range(2):
        device.endpoint.lose(is_our_read)
    result = await server.read(device, ZONE)
    result.expect(outcome="response", code=CONTENT, value=VALUE, level=Level.SHOULD)
    times = [line["time"] for line in transmissions(device)]
    pauses = [round(later - earlier, 3) for earlier, later in pairwise(times)]
    shortest, tolerance = server.ixit.ack_timeout, server.ixit.timing_tolerance
    judge = server.context.record.judge
    judge("read.transmissions", 3, len(times), what="transmissions", level=Level.SHOULD)
    if len(pauses) < 2:
        return
    least = between(shortest - tolerance, math.inf)
    judge("shortest-pause.seconds", least, min(pauses), what="the shortest pause is")
    first = between(shortest - tolerance, shortest * ACK_RANDOM_FACTOR + tolerance)
    judge("first-pause.seconds", first, pauses[0], what="pause", level=Level.SHOULD)
    # what the first pause deviates counts twice in the second
    slack = 3 * tolerance
    twice = between(2 * pauses[0] - min(slack, pauses[0] / 2), 2 * pauses[0] + slack)
    judge(
        "second-pause.seconds",
        twice,
        pauses[1],
        what="the second pause is twice the first:",
        level=Level.SHOULD,
    )
