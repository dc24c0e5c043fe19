"""What a device rejects or ignores: a wrong type, class or length of messages (RFC 7252 §3, §4.2, §4.3)."""

from collections.abc import Callable

from conformance.coap import malformed
from conformance.coap.codec import encode
from conformance.coap.codes import Code
from conformance.coap.message import Message, Type
from conformance.matching import matches, one_of
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.crafted import sent, sent_once, text_write
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

WRITING = "device & format_text & ixit.writable_string"
REJECTED = one_of("timeout", "reset")
"""A Reset, or nothing: both reject a message (RFC 7252 §4.2, §4.3)."""
FORMAT_ERRORS: dict[str, Callable[[Message], bytes]] = {
    "token-length-10": lambda message: malformed.token_length(message, 10),
    "token-length-15": lambda message: malformed.token_length(message, 15),
    "option-number-overflow": malformed.option_number_overflow,
    "class-6": lambda message: malformed.reserved_class(message, 6),
    "class-7": lambda message: malformed.reserved_class(message, 7),
}
IN_NON = ("token-length", "truncated-option", "marker-without-payload", "reserved-delta", "reserved-class")


async def known(device: Device) -> Path:
    """The Resource that the Write would change, with its value before."""
    await device.registered()
    path = device.writable("string")
    (await device.write(path, "before")).require(code=CHANGED)
    (await device.read(path)).require(code=CONTENT, value="before")
    return path


async def expect_unchanged(device: Device, path: Path) -> None:
    """The Write was not processed."""
    after = await device.read(path)
    after.expect(name="after", code=CONTENT, value="before")


@testcase("COAP-MSG-07", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.2, §5.4.1", applies=WRITING)
@vary(fault=list(FORMAT_ERRORS))
async def test_reserved_length_number_or_class_is_rejected(device: Device, fault: str) -> None:
    """A request with a reserved token length or class, or an option number too high, is not processed.

    What has a number above those that there are is critical besides, so that it is rejected or answered 4.02.
    """
    path = await known(device)
    answer = await sent_once(device, FORMAT_ERRORS[fault](text_write(device, path, "after")), "message")
    answer.expect(outcome=REJECTED, tolerated={"outcome": "response"})
    if answer.answered:
        answer.note(f"a message format error is answered {answer.code} instead of being rejected")
        answer.expect(code=matches(r"[45]\.\d\d"))
    await expect_unchanged(device, path)


@testcase("COAP-MSG-08", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.3", applies=WRITING)
@vary(fault=list(IN_NON))
async def test_format_error_in_a_non_is_rejected(device: Device, fault: str) -> None:
    """A non-confirmable request with a message format error is rejected and not processed."""
    path = await known(device)
    message = text_write(device, path, "after", type=Type.NON)
    answer = await sent_once(device, malformed.FAULTS[fault](message), "message")
    answer.expect(outcome=REJECTED, tolerated={"outcome": "response"})
    if answer.answered:
        answer.expect(code=matches(r"[45]\.\d\d"))
    await expect_unchanged(device, path)


@testcase("COAP-MSG-09", verifies=["HLF-012"], clause="RFC 7252 §4.3", applies="device")
async def test_empty_non_confirmable_message_is_rejected(device: Device) -> None:
    """An Empty non-confirmable message is answered with a Reset or not at all."""
    await device.registered()
    await device.control()
    message = Message(Type.NON, Code.EMPTY, device.endpoint.new_mid())
    answer = await sent_once(device, message, "message")
    answer.expect(outcome=REJECTED)


@testcase("COAP-MSG-10", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.2", applies=WRITING)
@vary(type=[Type.ACK, Type.RST])
async def test_request_in_an_acknowledgement_or_reset_is_ignored(device: Device, type: Type) -> None:
    """A Write in a message of type ACK or RST is not processed, and answered with nothing."""
    path = await known(device)
    message = text_write(device, path, "after", type=type)
    answer = await sent_once(device, encode(message), "message")
    answer.expect(outcome="timeout")
    await expect_unchanged(device, path)


@testcase("COAP-MSG-11", verifies=["HLF-012"], clause="RFC 7252 §4.2, §5.3.2", applies="device")
@vary(type=[Type.NON, Type.ACK])
async def test_response_to_nothing_is_not_acknowledged(device: Device, type: Type) -> None:
    """A response that answers nothing is ignored in an ACK; in a NON it may get a Reset."""
    await device.registered()
    await device.control()
    mid, token = device.endpoint.new_mid(), device.endpoint.new_token()
    stray = Message(type, Code.CONTENT, mid, token, payload=b"60")
    answer = await sent_once(device, stray, "message")
    answer.expect(outcome=REJECTED if type is Type.NON else "timeout")


@testcase("COAP-MSG-12", verifies=["HLF-012"], clause="RFC 7252 §3", applies="device")
@vary(data=["", "40", "c0000001", "ffffffffff", "00000000"])
async def test_datagram_that_is_no_coap_is_ignored(device: Device, data: str) -> None:
    """A datagram without octets, with too few of them or of another version is silently ignored."""
    await device.registered()
    await device.control()
    answer = await sent_once(device, bytes.fromhex(data), "datagram")
    answer.expect(outcome="timeout", level=Level.MUST if len(data) >= 8 else Level.SHOULD)


@testcase("COAP-MSG-13", verifies=["HLF-012"], clause="RFC 7252 §4.2, §4.5", applies="device")
async def test_each_ping_is_answered_with_its_message_id(device: Device) -> None:
    """Three pings are each answered with a Reset of their own Message ID; a copy of one should be too."""
    await device.registered()
    await device.control()
    for number in range(3):
        ping = Message(Type.CON, Code.EMPTY, device.endpoint.new_mid())
        for copy in ("first", "again")[: 1 + (number == 1)]:
            answer = await sent(device, ping, f"{copy}-ping-{number}")
            answer.expect(outcome="reset", level=Level.MUST if copy == "first" else Level.SHOULD)
