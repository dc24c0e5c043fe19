"""What a server rejects, ignores or resets (RFC 7252 §3, §4.2, §4.3)."""

from typing import Any

from conformance.coap import malformed
from conformance.coap.codes import Code
from conformance.coap.message import Message, Type
from conformance.matching import code_class, matches, one_of
from conformance.messages.codes import CHANGED, NOT_FOUND
from conformance.roles.device_crafted import location_message, register_message, sent, sent_once
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

REJECTED = one_of("timeout", "reset")
"""A Reset, or nothing: both reject a message (RFC 7252 §4.2, §4.3)."""
FAULTS = [name for name in malformed.FAULTS if name not in ("truncated-header", "wrong-version")]


@testcase("SCP-MSG-01", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.2, §4.3", applies="server")
async def test_ping_is_answered_with_a_reset(server: Server) -> None:
    """An Empty confirmable message, a ping, provokes a Reset."""
    device = await server.registered()
    ping = Message(Type.CON, Code.EMPTY, device.endpoint.new_mid())
    (await sent(device, ping, "ping")).expect(outcome="reset")


def refers_to(line: dict[str, Any], stray: Message) -> bool:
    """Whether a message of the server has the Message ID or the token of the stray response."""
    same = line.get("mid") == stray.mid or line.get("token") == stray.token.hex()
    return same and line["direction"] == "in"


@testcase("SCP-MSG-02", verifies=["HLF-012"], clause="RFC 7252 §4.2", applies="server")
async def test_response_to_nothing_is_reset(server: Server) -> None:
    """A confirmable response with an unknown token provokes a Reset of four octets, and nothing else.

    What the server asks of the device by itself meanwhile does not count.
    """
    device = await server.registered()
    await server.control()
    before = len(server.context.messages)
    stray = Message(Type.CON, Code.CONTENT, device.endpoint.new_mid(), b"\xc0\xff\xee", payload=b"60")
    (await sent(device, stray, "response")).expect(outcome="reset")
    await device.endpoint.next(lambda _: False, limit=device.context.ixit.quiet_time)
    came = [line for line in server.context.messages[before:] if refers_to(line, stray)]
    told = {(line.get("type"), line.get("token"), len(line["payload"])) for line in came}
    server.context.record.judge("reset.messages", [["RST", "", 0]], told, what="type, token and payload")


@testcase("SCP-MSG-03", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §3, §4.2", applies="server")
@vary(fault=FAULTS)
async def test_message_format_error_is_not_processed(server: Server, fault: str) -> None:
    """A De-register with a message format error is rejected, and the registration stays.

    An error response is tolerated.
    """
    device = await server.registered()
    message = location_message(device, Code.DELETE)
    answer = await sent_once(device, malformed.FAULTS[fault](message), "deregister")
    answer.expect(outcome=REJECTED, tolerated={"outcome": "response"})
    if answer.answered:
        answer.expect(code=matches(r"[45]\.\d\d"))
    (await device.update()).expect(code=CHANGED)


@testcase("SCP-MSG-04", verifies=["HLF-012"], clause="RFC 7252 §3", applies="server")
@vary(version=[0, 2, 3])
async def test_other_version_is_ignored(server: Server, version: int) -> None:
    """A De-register of another CoAP version is silently ignored, and the registration stays."""
    device = await server.registered()
    data = malformed.wrong_version(location_message(device, Code.DELETE), version)
    (await sent_once(device, data, "deregister")).expect(outcome="timeout")
    (await device.update()).expect(code=CHANGED)


@testcase("SCP-MSG-05", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.2", applies="server")
@vary(type=[Type.ACK, Type.RST])
async def test_request_in_an_acknowledgement_is_ignored(server: Server, type: Type) -> None:
    """A De-register in a message of type ACK or RST is not processed, and answered with nothing."""
    device = await server.registered()
    message = location_message(device, Code.DELETE).with_(type=type)
    (await sent_once(device, message, "deregister")).expect(outcome="timeout")
    (await device.update()).expect(code=CHANGED)


@testcase("SCP-DUP-01", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.5", applies="server")
async def test_register_that_comes_twice_is_answered_alike(server: Server) -> None:
    """A Register that comes twice in one message should get the same answer twice, and the location holds."""
    device = await server.device()
    message = register_message(device)
    first = await sent(device, message, "register")
    first.require(code="2.01")
    again = await sent(device, message, "repeated")
    again.expect(code="2.01", location=first.location, level=Level.SHOULD)
    device.location = (again if again.code == "2.01" else first).message.location_path
    (await device.update()).expect(code=CHANGED)


@testcase("SCP-DUP-02", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.5", applies="server")
async def test_deregister_that_comes_twice_is_answered_alike(server: Server) -> None:
    """A De-register that comes twice in one message should be answered 2.02 twice."""
    device = await server.registered()
    message = location_message(device, Code.DELETE)
    (await sent(device, message, "deregister")).require(code="2.02")
    (await sent(device, message, "repeated")).expect(code="2.02", level=Level.SHOULD)
    (await device.update()).expect(code=NOT_FOUND, tolerated={"code": code_class(4)})


@testcase("SCP-MID-01", verifies=["HLF-001", "HLF-012"], clause="RFC 7252 §4.4, §4.5", applies="server")
async def test_message_ids_belong_to_their_endpoint(server: Server) -> None:
    """Two devices that use the same Message ID and token are served as two."""
    first, second = await server.device(), await server.device()
    message = register_message(first)
    other = register_message(second, token=message.token).with_(mid=message.mid)
    one, two = await sent(first, message, "register"), await sent(second, other, "second-register")
    one.expect(code="2.01")
    two.expect(code="2.01")
    first.location, second.location = one.message.location_path, two.message.location_path
    (await first.deregister()).expect(code="2.02")
    (await second.update()).expect(code=CHANGED)
