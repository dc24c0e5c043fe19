"""Options that are conditional, repeated, misplaced or of an unusual form (RFC 7252 §5.4, §5.10)."""

from conformance.coap.codes import Code
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.matching import ABSENT, code_class, one_of
from conformance.messages import Path
from conformance.messages.codes import BAD_OPTION, BAD_REQUEST, CHANGED, CONTENT, NOT_FOUND
from conformance.roles import Device
from conformance.roles.bad_option import expect_refused
from conformance.roles.crafted import crafted, sent, text_write
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

WRITING = "device & format_text & ixit.writable_string"
PROXYING_NOT_SUPPORTED, PRECONDITION_FAILED = "5.05", "4.12"
ELSEWHERE = "elsewhere.example"
PROXY = {
    "uri": (Option.string(OptionNumber.PROXY_URI, f"coap://{ELSEWHERE}/3/0"),),
    "scheme": (
        Option.string(OptionNumber.PROXY_SCHEME, "http"),
        Option.string(OptionNumber.URI_HOST, ELSEWHERE),
    ),
}
"""Requests to be passed on to another host: one for the device itself would be its own (RFC 7252 §5.7.2)."""
TOO_LONG = {
    "accept": Option(OptionNumber.ACCEPT, b"\x00\x00\x00"),
    "uri-port": Option(OptionNumber.URI_PORT, b"\x00\x16\x33"),
    "uri-host": Option(OptionNumber.URI_HOST, b""),
}
"""Critical options whose value has a length that their definition excludes."""


async def known(device: Device) -> Path:
    """The String Resource, with its value before."""
    await device.registered()
    path = device.writable("string")
    (await device.write(path, "before")).require(code=CHANGED)
    return path


async def expect_value(device: Device, path: Path, value: str) -> None:
    """The Resource has this value afterwards."""
    after = await device.read(path)
    after.expect(name="after", code=CONTENT, value=value)


@testcase("COAP-OPT-07", verifies=["HLF-012"], clause="RFC 7252 §3.2", applies=WRITING)
async def test_number_with_leading_zeros_is_understood(device: Device) -> None:
    """Content-Format and Accept that begin with octets of zero are the numbers that they are without."""
    path = await known(device)
    zeros = Option(OptionNumber.CONTENT_FORMAT, b"\x00\x00")
    written = await sent(device, crafted(device, Code.PUT, path, zeros, payload=b"after"), "write", path)
    written.expect(code=CHANGED)
    read = crafted(device, Code.GET, path, Option(OptionNumber.ACCEPT, b"\x00"))
    answer = await sent(device, read, "read", path)
    answer.expect(code=CONTENT, value="after")


@testcase("COAP-OPT-08", verifies=["HLF-012"], clause="RFC 7252 §5.7.2, §5.10.2", applies=WRITING)
@vary(option=list(PROXY))
async def test_device_is_no_proxy(device: Device, option: str) -> None:
    """A request for a proxy is answered 5.05, or 4.02 by who does not know the option, and is not done."""
    path = await known(device)
    written = await sent(device, text_write(device, path, "after", *PROXY[option]), "write", path)
    expect_refused(written, PROXYING_NOT_SUPPORTED)
    await expect_value(device, path, "before")


@testcase("COAP-OPT-09", verifies=["HLF-012"], clause="RFC 7252 §5.10.8", applies=WRITING)
@vary(option=[OptionNumber.IF_MATCH, OptionNumber.IF_NONE_MATCH])
async def test_write_whose_condition_does_not_hold_is_not_done(device: Device, option: OptionNumber) -> None:
    """A Write under a condition that does not hold is answered 4.12, or 4.02 where conditions are unknown."""
    path = await known(device)
    value = b"no such" if option == OptionNumber.IF_MATCH else b""
    written = await sent(device, text_write(device, path, "after", Option(option, value)), "write", path)
    expect_refused(written, PRECONDITION_FAILED)
    await expect_value(device, path, "before")


@testcase("COAP-OPT-10", verifies=["HLF-012"], clause="RFC 7252 §5.10.8.1", applies=WRITING)
async def test_write_whose_condition_holds_is_done(device: Device) -> None:
    """A Write to what exists, under the condition that it exists, is done, or 4.02 if that is unknown."""
    path = await known(device)
    written = await sent(
        device, text_write(device, path, "after", Option(OptionNumber.IF_MATCH)), "write", path
    )
    written.expect(code=CHANGED, tolerated={"code": one_of(BAD_OPTION, BAD_REQUEST)})
    await expect_value(device, path, "after" if written.code == CHANGED else "before")


@testcase("COAP-OPT-11", verifies=["HLF-012"], clause="RFC 7252 §5.4.5", applies=WRITING)
async def test_second_content_format_is_passed_over(device: Device) -> None:
    """A second Content-Format, which is elective and may come only once, is passed over."""
    path = await known(device)
    second = Option.uint(OptionNumber.CONTENT_FORMAT, 65_000)
    written = await sent(device, text_write(device, path, "after", second), "write", path)
    written.expect(code=CHANGED)
    await expect_value(device, path, "after")


@testcase("COAP-OPT-12", verifies=["HLF-012"], clause="RFC 7252 §5.4.5", applies=WRITING)
@vary(option=[OptionNumber.ACCEPT, OptionNumber.URI_PORT])
async def test_second_critical_option_is_a_bad_option(device: Device, option: OptionNumber) -> None:
    """A second Accept or Uri-Port, critical options that may come only once, is answered 4.02."""
    path = await known(device)
    value = ContentFormat.TEXT if option == OptionNumber.ACCEPT else device.current.remote[1]
    twice = (Option.uint(option, value),) * 2
    answer = await sent(device, crafted(device, Code.GET, path, *twice), "read", path)
    expect_refused(answer)


@testcase("COAP-OPT-13", verifies=["HLF-012"], clause="RFC 7252 §5.4.3", applies=WRITING)
@vary(option=list(TOO_LONG))
async def test_critical_option_of_a_wrong_length_is_a_bad_option(device: Device, option: str) -> None:
    """A critical option whose length its definition excludes is like an unknown one: 4.02, and not done."""
    path = await known(device)
    written = await sent(device, text_write(device, path, "after", TOO_LONG[option]), "write", path)
    expect_refused(written)
    await expect_value(device, path, "before")


@testcase("COAP-OPT-14", verifies=["HLF-012"], clause="RFC 7641 §2", applies=f"{WRITING} & observe")
async def test_observe_in_a_write_has_no_meaning(device: Device) -> None:
    """A Write with Observe is a Write: no observation comes of it."""
    path = await known(device)
    message = text_write(device, path, "after", Option.uint(OptionNumber.OBSERVE, 0))
    written = await sent(device, message, "write", path)
    written.expect(code=CHANGED, observe=ABSENT)
    await expect_value(device, path, "after")
    (await device.write(path, "later")).require(code=CHANGED)
    stray = await device.endpoint.next(
        lambda one: one.message.token == message.token, limit=device.ixit.quiet_time
    )
    device.context.record.judge(
        "notification.absent", None, stray and stray.message.summary(), what="no notification, not"
    )


@testcase(
    "COAP-OPT-15",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §6.5",
    applies="device & lifetime_readable",
)
@vary(form=["percent", "behind", "between", "leading"])
async def test_path_in_another_form_is_another_path(device: Device, form: str) -> None:
    """A path whose segments are not those of the Resource, if only by an empty one, is answered 4.04."""
    await device.registered()
    await device.control()
    first, *rest = (device.server_object / 1).segments
    segments = {
        "percent": [f"%3{first}", *rest],
        "behind": [first, *rest, ""],
        "between": [first, "", *rest],
        "leading": ["", first, *rest],
    }[form]
    options = tuple(Option.string(OptionNumber.URI_PATH, part) for part in segments)
    answer = await sent(device, crafted(device, Code.GET, Path(), *options), "read")
    answer.expect(outcome="response")
    lenient = Level.MUST if form == "percent" else Level.SHOULD
    answer.expect(code=NOT_FOUND, tolerated={"code": code_class(4)}, level=lenient)


@testcase("COAP-OPT-16", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §5.4.3, §5.10.1", applies="device")
async def test_path_that_is_no_text_is_refused(device: Device) -> None:
    """A path segment that is no UTF-8 is refused, or the message is rejected, and the device works on."""
    await device.registered()
    await device.control()
    segments = (Option(OptionNumber.URI_PATH, b"1"), Option(OptionNumber.URI_PATH, b"\xff\xc0"))
    answer = await sent(device, crafted(device, Code.GET, Path(), *segments), "read")
    answer.expect(outcome=one_of("response", "reset"), tolerated={"outcome": "timeout"})
    if answer.answered:
        answer.expect(code=code_class(4))


@testcase("COAP-OPT-17", verifies=["HLF-012"], clause="RFC 7252 §5.5", applies="device & lifetime_readable")
async def test_payload_of_a_read_is_passed_over(device: Device) -> None:
    """A Read with a payload, which has no meaning there, gives the value."""
    await device.registered()
    path = device.server_object / 1
    answer = await sent(device, crafted(device, Code.GET, path, payload=b"ignored"), "read", path)
    answer.expect(code=CONTENT, value=device.lifetime)
