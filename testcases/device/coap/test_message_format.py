"""Messages that are none: a device rejects or ignores them and works on (RFC 7252 §3, §4)."""

from conformance.coap import malformed
from conformance.coap.codec import encode
from conformance.coap.codes import Code
from conformance.coap.message import Message, Type, request_options
from conformance.formats import ContentFormat
from conformance.matching import matches, one_of
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Answer, Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

NOTHING = ("timeout", "reset")
"""A message format error in a CON is rejected: with a Reset, or by saying nothing (RFC 7252 §4.2)."""
FORMAT_ERRORS = [
    "token-length",
    "truncated-token",
    "truncated-option",
    "truncated-option-header",
    "marker-without-payload",
    "reserved-delta",
    "reserved-length",
    "reserved-class",
]


def overwrite(device: Device) -> Message:
    """A Write that would be seen if it were processed."""
    path = Path.of(device.ixit.writable_string or ())
    options = request_options(
        path=(*device.current.prefix, *path.segments), content_format=ContentFormat.TEXT
    )
    return Message(
        Type.CON, Code.PUT, device.endpoint.new_mid(), device.endpoint.new_token(), options, b"after"
    )


async def known(device: Device) -> Path:
    """The Resource that the Write would change; it was read with its value before."""
    await device.registered()
    path = Path.of(device.ixit.writable_string or ())
    (await device.write(path, "before")).require(code=CHANGED)
    (await device.read(path)).require(code=CONTENT, value="before")
    return path


async def sent(device: Device, message: Message | bytes, name: str = "message") -> Answer:
    """Send it once and wait the quiet time for anything that refers to it."""
    limit = device.ixit.quiet_time
    data = message if isinstance(message, bytes) else encode(message)
    exchange = await device.endpoint.exchange(device.current.remote, data, limit=limit)
    return Answer(device.context.record, name, Path(), exchange, limit=limit)


@testcase(
    "COAP-MSG-01",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §4.2",
    applies="device",
)
async def test_ping_is_answered_with_a_reset(device: Device) -> None:
    """An Empty confirmable message, a ping, provokes a Reset."""
    await device.registered()
    await device.control()
    limit = device.ixit.reaction_time
    ping = Message(Type.CON, Code.EMPTY, device.endpoint.new_mid())
    exchange = await device.endpoint.exchange(device.current.remote, ping, limit=limit)
    answer = Answer(device.context.record, "ping", Path(), exchange, limit=limit)
    answer.expect(outcome="reset")


@testcase(
    "COAP-MSG-02",
    verifies=["HLF-012"],
    clause="RFC 7252 §4.1",
    applies="device",
)
@vary(extra=["token", "option", "payload"])
async def test_empty_message_with_more_bytes_is_rejected(device: Device, extra: str) -> None:
    """An Empty message with bytes after its Message ID is answered with a Reset or not at all."""
    await device.registered()
    await device.control()
    mid = device.endpoint.new_mid()
    data = {
        "token": malformed.empty_with_token(mid),
        "option": malformed.empty_with_bytes(mid),
        "payload": malformed.empty_with_bytes(mid, extra=b"\xffx"),
    }[extra]
    answer = await sent(device, data)
    answer.expect(outcome=one_of(*NOTHING))


@testcase(
    "COAP-MSG-03",
    verifies=["HLF-012"],
    clause="RFC 7252 §4.2",
    applies="device",
)
@vary(type=[Type.ACK, Type.RST])
async def test_stray_acknowledgement_or_reset_is_ignored(device: Device, type: Type) -> None:
    """An ACK or a Reset that belongs to no message of the device is answered with nothing."""
    await device.registered()
    await device.control()
    answer = await sent(device, Message(type, Code.EMPTY, device.endpoint.new_mid()))
    answer.expect(outcome="timeout")


@testcase(
    "COAP-MSG-04",
    verifies=["HLF-012"],
    clause="RFC 7252 §3",
    applies="device & ixit.writable_string",
)
@vary(fault=["version-0", "version-2", "header-of-3-bytes"])
async def test_other_version_is_ignored(device: Device, fault: str) -> None:
    """A datagram of another CoAP version, or one too short for a header, is silently ignored."""
    path = await known(device)
    message = overwrite(device)
    data = {
        "version-0": malformed.wrong_version(message, 0),
        "version-2": malformed.wrong_version(message, 2),
        "header-of-3-bytes": malformed.truncated_header(message, 3),
    }[fault]
    answer = await sent(device, data)
    answer.expect(outcome="timeout", level=Level.SHOULD if fault.startswith("header") else Level.MUST)
    after = await device.read(path)
    after.expect(code=CONTENT, value="before")


@testcase(
    "COAP-MSG-05",
    verifies=["HLF-012"],
    clause="RFC 7252 §4.2",
    applies="device & ixit.writable_string",
)
@vary(fault=FORMAT_ERRORS)
async def test_message_format_error_is_rejected(device: Device, fault: str) -> None:
    """A request with a message format error is rejected and not processed; an error response is tolerated."""
    path = await known(device)
    answer = await sent(device, malformed.FAULTS[fault](overwrite(device)))
    answer.expect(outcome=one_of(*NOTHING), tolerated={"outcome": "response"})
    if answer.answered:
        answer.note(f"a message format error is answered {answer.code} instead of being rejected")
        answer.expect(code=matches(r"[45]\.\d\d"))
    after = await device.read(path)
    after.expect(code=CONTENT, value="before")


@testcase(
    "COAP-MSG-06",
    verifies=["HLF-012"],
    clause="RFC 7252 §5.3.2",
    applies="device",
)
async def test_response_without_a_request_is_rejected(device: Device) -> None:
    """A confirmable response that answers nothing is rejected: with a Reset, or by saying nothing."""
    await device.registered()
    await device.control()
    stray = Message(Type.CON, Code.CONTENT, device.endpoint.new_mid(), device.endpoint.new_token())
    answer = await sent(device, stray.with_(payload=b"60"))
    answer.expect(outcome=one_of(*NOTHING), level=Level.SHOULD)
