"""Requests with unusual options, methods and types (RFC 7252 §5)."""

from conformance.coap.codes import Code
from conformance.coap.message import Message, Type, request_options
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.matching import code_class, differs, one_of
from conformance.messages import Path, Read, Write
from conformance.messages.codes import (
    BAD_OPTION,
    CHANGED,
    CONTENT,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    NOT_FOUND,
)
from conformance.messages.management import Payload
from conformance.roles import Answer, Device, crafted
from conformance.roles.bad_option import expect_refused
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, Subject

UNKNOWN_CRITICAL = 65_001
UNKNOWN_ELECTIVE = 65_000
"""Numbers for experiments (RFC 7252 §12.2): the odd one is critical."""
PROXYING_NOT_SUPPORTED = "5.05"
AFTER = Payload(b"after", ContentFormat.TEXT)


async def known(device: Device) -> Path:
    """The Resource that the request would change, with its value before."""
    await device.registered()
    path = Path.of(device.ixit.writable_string or ())
    (await device.write(path, "before")).require(code=CHANGED)
    return path


def host_option(device: Device) -> Option:
    """The Uri-Host that says what is meant without it: the address that the request goes to."""
    address = device.current.remote[0]
    return Option.string(OptionNumber.URI_HOST, f"[{address}]" if ":" in address else address)


async def sent(device: Device, type: Type, code: Code, *options: Option) -> Answer:
    """A Write of a text to the String Resource, in a message of this type, code and further options."""
    path, limit = Path.of(device.ixit.writable_string or ()), device.ixit.reaction_time
    own = request_options(path=(*device.current.prefix, *path.segments), content_format=ContentFormat.TEXT)
    mid, token = device.endpoint.new_mid(), device.endpoint.new_token()
    message = Message(type, code, mid, token, (*own, *options), b"after")
    exchange = await device.endpoint.exchange(device.current.remote, message, limit=limit)
    return Answer(device.context.record, "request", path, exchange, device.context.type_of, limit=limit)


@testcase(
    "COAP-OPT-01",
    verifies=["HLF-012"],
    clause="RFC 7252 §5.4.1",
    applies="device & format_text & ixit.writable_string",
)
@vary(number=[25, UNKNOWN_CRITICAL])
async def test_unknown_critical_option_is_a_bad_option(device: Device, number: int) -> None:
    """A confirmable request with a critical option that the device does not know is answered 4.02."""
    path = await known(device)
    written = await device.perform(Write(path, AFTER), options=(Option(number, b"\x01"),))
    expect_refused(written)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value="before")


@testcase(
    "COAP-OPT-02",
    verifies=["HLF-012"],
    clause="RFC 7252 §5.4.1",
    applies="device & format_text & ixit.writable_string",
)
async def test_unknown_critical_option_in_non_is_not_processed(device: Device) -> None:
    """A non-confirmable request with an unknown critical option is not processed, however it is rejected."""
    path = await known(device)
    answer = await sent(device, Type.NON, Code.PUT, Option(UNKNOWN_CRITICAL))
    answer.note(f"rejected by {answer.code or answer.outcome}", ambiguity="Q38")
    if answer.answered:
        expect_refused(answer)
    else:
        answer.expect(outcome=one_of("reset", "timeout"))
    after = await device.read(path)
    after.expect(code=CONTENT, value="before")


@testcase(
    "COAP-OPT-03",
    verifies=["HLF-012"],
    clause="RFC 7252 §5.4.1",
    applies="device & format_text & ixit.writable_string",
)
@vary(length=[0, 12, 13, 268, 269, 600])
async def test_unknown_elective_option_is_passed_over(device: Device, length: int) -> None:
    """An elective option that the device does not know is passed over, whatever form its length has."""
    path = await known(device)
    written = await device.perform(Write(path, AFTER), options=(Option(UNKNOWN_ELECTIVE, b"x" * length),))
    written.expect(code=CHANGED, level=Level.SHOULD if length > 500 else Level.MUST)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value="after" if written.code == CHANGED else "before")


@testcase(
    "COAP-OPT-04",
    verifies=["HLF-012"],
    clause="RFC 7252 §3.1",
    applies="device & lifetime_readable",
)
@vary(number=[20, 30, 280, 302, 20_000])
async def test_delta_of_any_form_is_read(device: Device, number: int) -> None:
    """An option behind the path is found whether its delta fits the nibble or takes one or two bytes more."""
    await device.registered()
    path = device.server_object / 1
    answer = await device.perform(Read(path), options=(Option(number, b"x"), Option(number + 20, b"y")))
    answer.expect(code=CONTENT, value=device.lifetime)


@testcase(
    "COAP-OPT-05",
    verifies=["HLF-012"],
    clause="RFC 7252 §5.4.5",
    applies="device & format_text & ixit.writable_string",
)
async def test_critical_option_once_too_often_is_a_bad_option(device: Device) -> None:
    """A second Uri-Host, which may come only once and is critical, is answered 4.02."""
    path = await known(device)
    hosts = (host_option(device), Option.string(OptionNumber.URI_HOST, "two.example"))
    written = await crafted.sent(device, crafted.text_write(device, path, "after", *hosts), "write", path)
    expect_refused(written)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value="before")


@testcase(
    "COAP-OPT-06",
    verifies=["HLF-012"],
    clause="RFC 7252 §5.10.4",
    applies="device & format_text & ixit.writable_string",
)
async def test_accept_on_a_write_is_not_an_unknown_option(device: Device) -> None:
    """A Write with an Accept option is done or answered 4.06, but Accept is no unknown option."""
    path = await known(device)
    accept = Option.uint(OptionNumber.ACCEPT, ContentFormat.TEXT)
    written = await device.perform(Write(path, AFTER), options=(accept,))
    written.note(f"a Write with Accept is answered {written.code}", ambiguity="Q16")
    written.expect(code=one_of(CHANGED, NOT_ACCEPTABLE), level=Level.SHOULD)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value="after" if written.code == CHANGED else "before")


@testcase(
    "COAP-REQ-01",
    verifies=["HLF-012"],
    clause="RFC 7252 §5.8",
    applies="device & format_text & ixit.writable_string",
)
@vary(method=[Code(8), Code(31)])
async def test_unknown_method_is_not_allowed(device: Device, method: Code) -> None:
    """A request with a method code that no document defines is answered 4.05 and changes nothing."""
    path = await known(device)
    answer = await sent(device, Type.CON, method)
    answer.expect(code=METHOD_NOT_ALLOWED)
    after = await device.read(path)
    after.expect(code=CONTENT, value="before")


@testcase(
    "COAP-REQ-02",
    verifies=["HLF-012"],
    clause="RFC 7252 §5.2.3",
    applies="device & format_text & ixit.writable_string",
)
async def test_non_confirmable_request_is_answered_without_an_ack(device: Device) -> None:
    """A non-confirmable request is answered, and never with an ACK."""
    path = await known(device)
    answer = await sent(device, Type.NON, Code.PUT)
    answer.expect(outcome="response", level=Level.SHOULD)
    if answer.answered:
        answer.expect(code=CHANGED, tolerated={"code": code_class(4)})
        device.context.record.judge(
            "request.type",
            differs("ACK"),
            answer.message.type.name,
            subject=Subject("request.type", answer.frame),
            what="the response is of type",
            clause="RFC 7252 §4.3",
        )
        after = await device.read(path)
        after.expect(code=CONTENT, value="after" if answer.code == CHANGED else "before")


@testcase(
    "COAP-REQ-03",
    verifies=["HLF-012"],
    clause="RFC 7252 §5.10.1",
    applies="device & lifetime_readable",
)
@vary(host=["address", "name"])
async def test_host_and_port_do_not_change_the_target(device: Device, host: str) -> None:
    """Uri-Host and Uri-Port that name the device are understood; under another name it may have nothing.

    No clause obliges a device to know the two options, and 4.02 is the right answer of one that does not.
    """
    await device.registered()
    named = (
        host_option(device) if host == "address" else Option.string(OptionNumber.URI_HOST, "device.example")
    )
    port = Option.uint(OptionNumber.URI_PORT, device.current.remote[1])
    answer = await device.perform(Read(device.server_object / 1), options=(named, port))
    other = {"code": one_of(NOT_FOUND, PROXYING_NOT_SUPPORTED)} if host == "name" else None
    unknown = answer.answered and answer.code == BAD_OPTION
    answer.expect(code=CONTENT, tolerated=other, level=Level.SHOULD if unknown else Level.MUST)
    if answer.code == CONTENT:
        answer.expect(value=device.lifetime)
