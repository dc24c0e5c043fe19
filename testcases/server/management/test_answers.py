"""Answers that come late, in messages of their own, in another order, or not from where they should (RFC 7252
§4.2, §5.2, §5.3.2)."""

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.codes import Code
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Message, Type
from conformance.formats import ContentFormat
from conformance.matching import differs, one_of
from conformance.messages import Read
from conformance.messages.codes import CONTENT
from conformance.roles.device_delivery import Forged, Separate
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

APPLIES = "server & verb_read"
PATH = "/3/0/1"
ACK_RANDOM_FACTOR = 1.5
MAX_TRANSMIT_WAIT = 46.5
"""From the first transmission until the sender gives up, in multiples of ACK_TIMEOUT (RFC 7252 §4.8.2)."""


def transmissions(device: TesterDevice, message: Message) -> int:
    """How often a message of the server came."""
    return sum(
        line["direction"] == "in" and line.get("mid") == message.mid and line["type"] == message.type.name
        for line in device.context.messages
    )


@testcase("SDM-ANS-01", verifies=["HLF-010", "HLF-036"], clause="RFC 7252 §5.2.2", applies=APPLIES)
@vary(type=[Type.CON, Type.NON])
async def test_separate_answer_reaches_the_user(server: Server, type: Type) -> None:
    """An answer in a message of its own after an empty ACK reaches the user, and is acknowledged."""
    device = await server.registered()
    separate = Separate(device, pause=0.2, type=type)
    device.script_next(Read, separate, at=PATH)
    result = await server.read(device, PATH)
    result.expect(outcome="response", code=CONTENT, value="Tester device")
    await separate.expect(["acknowledged" if type is Type.CON else "sent"])


@testcase("SDM-ANS-02", verifies=["HLF-010", "HLF-036"], clause="RFC 7252 §5.2.2", applies=APPLIES)
@vary(acknowledged=["after", "never"])
async def test_answer_may_come_before_the_ack(server: Server, acknowledged: str) -> None:
    """A separate answer counts also where the empty ACK comes behind it or was lost."""
    device = await server.registered()
    separate = Separate(device, acknowledged="after" if acknowledged == "after" else "never")
    device.script_next(Read, separate, at=PATH)
    result = await server.read(device, PATH)
    result.expect(outcome="response", code=CONTENT, value="Tester device")
    await separate.expect(["acknowledged"])


@testcase("SDM-ANS-03", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.5", applies=APPLIES)
async def test_answer_that_comes_twice_is_acknowledged_twice(server: Server) -> None:
    """A separate answer whose ACK was lost comes again, and is acknowledged again."""
    device = await server.registered()
    separate = Separate(device, copies=2)
    device.script_next(Read, separate, at=PATH)
    result = await server.read(device, PATH)
    result.expect(outcome="response", code=CONTENT, value="Tester device")
    await separate.expect(["acknowledged", "acknowledged"], level=Level.SHOULD)


@testcase("SDM-ANS-04", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.2", applies=APPLIES, wait=4.0)
async def test_request_is_not_repeated_after_its_ack(server: Server) -> None:
    """A request that was acknowledged is not sent again, however long its answer takes.

    RFC 7252 says until when a message is sent again, and has no keyword for who goes on: a warning.
    """
    device = await server.registered()
    longest = device.context.ixit.ack_timeout * ACK_RANDOM_FACTOR
    late = Separate(device, pause=longest + device.context.ixit.timing_tolerance)
    device.script_next(Read, late, at=PATH)
    device.forget()
    result = await server.read(device, PATH)
    request = await device.next(Read, at=PATH)
    sent = transmissions(device, request.incoming.message)
    server.context.record.judge("read.transmissions", 1, sent, what="transmissions", level=Level.SHOULD)
    result.expect(outcome="response", code=CONTENT, value="Tester device")


@testcase("SDM-ANS-05", verifies=["HLF-010", "HLF-036"], clause="RFC 7252 §5.3.2", applies=APPLIES)
@vary(wrong=["token", "message-id", "address"])
async def test_answer_that_does_not_belong_is_passed_over(server: Server, wrong: str) -> None:
    """An ACK with another token, another Message ID or from another address is silently ignored.

    One with the right Message ID may still end the transmission of the request, so that nobody waits for the
    right answer in a second ACK any more: after another token that answer is a SHOULD.
    """
    device = await server.registered()
    elsewhere = (await server.device()).endpoint
    forged = Forged(
        device,
        Response(Code.CONTENT, payload=b"forged", content_format=ContentFormat.TEXT),
        change=lambda message: {
            "token": message.with_(token=bytes(octet ^ 0xFF for octet in message.token) or b"\xa5"),
            "message-id": message.with_(mid=message.mid ^ 0x8000),
            "address": message,
        }[wrong],
        sender=elsewhere if wrong == "address" else None,
    )
    device.script_next(Read, forged, at=PATH)
    result = await server.read(device, PATH)
    given = result.given.get("value")
    server.context.record.judge(
        "read-result.forged", differs("forged"), given, what="value for the user", source="live"
    )
    level = Level.SHOULD if wrong == "token" else Level.MUST
    result.expect(outcome="response", code=CONTENT, value="Tester device", level=level)


@testcase("SDM-ANS-06", verifies=["HLF-010", "HLF-036"], clause="RFC 7252 §5.3.2", applies=APPLIES)
async def test_answers_may_come_in_another_order(server: Server) -> None:
    """Of two Reads that the server has under way, each gets the answer with its token, in any order."""
    device = await server.registered()
    for path, pause in ((PATH, 0.5), ("/3/0/2", 0.1)):
        device.script_next(Read, Separate(device, pause=pause), at=path)
    first = server.begin(server.read(device, PATH))
    second = server.begin(server.read(device, "/3/0/2"))
    (await second).expect(name="second-result", outcome="response", code=CONTENT, value="0001")
    (await first).expect(name="first-result", outcome="response", code=CONTENT, value="Tester device")


@testcase("SDM-ANS-07", verifies=["HLF-010", "HLF-036"], clause="RFC 7252 §4.2", applies=APPLIES)
async def test_user_learns_of_a_reset(server: Server) -> None:
    """The user is told of no success where a Read was answered with a Reset, and soon of the failure."""
    device = await server.registered()

    async def reset(_operation: ServerOperation, incoming: Incoming) -> None:
        device.endpoint.send(incoming.remote, Message(Type.RST, Code.EMPTY, incoming.message.mid))

    device.script_next(Read, reset, at=PATH)
    result = await server.read(device, PATH)
    result.expect(success=False)
    result.expect(outcome=differs("unanswered"), level=Level.SHOULD)
    if result.outcome not in ("reset", "unanswered"):
        result.note(f"a Reset is told as {result.outcome}")


@testcase("SDM-ANS-08", verifies=["HLF-036"], clause="RFC 7252 §4.2", applies=APPLIES, wait=95.0)
async def test_user_learns_that_a_device_is_silent(server: Server) -> None:
    """The user is told of no success where a Read was not answered, and of the failure once its
    retransmissions have come to their end."""
    device = await server.registered()
    device.deaf = True
    server.patience = server.ixit.ack_timeout * MAX_TRANSMIT_WAIT + 10.0
    result = await server.read(device, PATH)
    device.deaf = False
    result.expect(success=False)
    result.expect(outcome=one_of("timeout", "unreachable"), level=Level.SHOULD)
