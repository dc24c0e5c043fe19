"""Register that lacks something, is malformed, or of a version unknown here (LwM2M Core 1.1.1 §6.2.1).

Where the text names a code and demands no refusal, 2.01 is a warning. A code that is not listed is wrong
where the reason is listed, and a warning where no listed reason fits, as for a value that cannot be.
"""

from conformance.formats import ContentFormat
from conformance.matching import matches, one_of
from conformance.messages.codes import (
    BAD_REQUEST,
    CONFLICT,
    CREATED,
    FORBIDDEN,
    PRECONDITION_FAILED,
    UNSUPPORTED_CONTENT_FORMAT,
)
from conformance.roles.answer import Answer
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

TABLE = "LwM2M Transport 1.1.1 §6.7"
NO_LINKS = {
    "unclosed": b"</1/0>,</3/0",
    "bare": b"/1/0,/3/0",
    "open-quote": b'</1/0>;rt="open,</3/0>',
    "no-comma": b"</1/0></3/0>",
    "no-utf-8": b"</1/0>;rt=\xff\xfe,</3/0>",
}


LISTED = one_of(CREATED, BAD_REQUEST, FORBIDDEN, CONFLICT, PRECONDITION_FAILED)
"""The response codes of Register."""


def expect_refusal(registered: Answer, *others: str) -> None:
    """4.00, or one of `others`; 2.01 is lenient."""
    registered.expect(outcome="response")
    registered.expect(code=one_of(BAD_REQUEST, *others), level=Level.SHOULD)


def changed(device: TesterDevice, name: str, value: str | None) -> tuple[str, ...]:
    """The query of a right Register but for one parameter, which is left out where `value` is None."""
    kept = [item for item in device.query(lifetime=300) if not item.startswith(f"{name}=")]
    return tuple(kept if value is None else [*kept, f"{name}={value}"])


@testcase(
    "SRG-REF-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server",
)
@vary(version=["9.9", "1.99", "0.1"])
async def test_version_that_the_server_lacks_is_refused(server: Server, version: str) -> None:
    """A Register of a version that the server does not have is answered 4.12, and registers nothing."""
    await server.control()
    device = await server.device()
    registered = await device.register(query=changed(device, "lwm2m", version))
    registered.expect(code=PRECONDITION_FAILED)
    if server.context.ics["event_registered"]:
        await server.no_event("registered", device.name)


@testcase(
    "SRG-REF-02",
    verifies=["HLF-019"],
    clause=TABLE,
    applies="server",
)
@vary(missing=["lt", "lwm2m"])
async def test_required_parameter_is_missed(server: Server, missing: str) -> None:
    """A Register without its lifetime or its version is answered 4.00."""
    await server.control()
    device = await server.device()
    registered = await device.register(query=changed(device, missing, None))
    registered.expect(name="listed", code=LISTED)
    expect_refusal(registered)


@testcase(
    "SRG-REF-03",
    verifies=["HLF-019"],
    clause=TABLE,
    applies="server",
)
@vary(parameter=["lt=soon", "lt=-300", "lt=", "lwm2m=one", "b=7"])
async def test_malformed_parameter_is_refused(server: Server, parameter: str) -> None:
    """A Register with a value that its parameter cannot have is answered 4.00, or 4.12 for a version."""
    await server.control()
    device = await server.device()
    name, _, value = parameter.partition("=")
    others = (PRECONDITION_FAILED,) if name == "lwm2m" else ()
    expect_refusal(await device.register(query=changed(device, name, value)), *others)


@testcase(
    "SRG-REF-04",
    verifies=["HLF-019"],
    clause=TABLE,
    applies="server",
)
async def test_unknown_parameter_is_refused(server: Server) -> None:
    """A Register with a parameter that no version knows is answered 4.00."""
    await server.control()
    device = await server.device()
    registered = await device.register(more=("colour=blue",))
    registered.expect(name="listed", code=LISTED)
    expect_refusal(registered)


@testcase(
    "SRG-REF-05",
    verifies=["HLF-001"],
    clause=TABLE,
    applies="server & event_registered",
)
async def test_two_names_are_never_two_devices(server: Server) -> None:
    """A Register with two endpoint names makes at most one registration.

    Which one, or 4.00, is left open: no text says what a repeated parameter means.
    """
    await server.control()
    device = await server.device()
    second = f"{device.name}-second"
    registered = await device.register(more=(f"ep={second}",))
    registered.expect(outcome="response")
    registered.expect(code=one_of(CREATED, BAD_REQUEST, FORBIDDEN), level=Level.SHOULD)
    told = [await server.hears("registered", name, server.ixit.quiet_time) for name in (device.name, second)]
    names = [event["endpoint"] for event in told if event]
    expected = [names[0]] if names and registered.code == CREATED else []
    server.context.record.judge(
        "names.told", expected, names, what="names that were registered", source="live"
    )
    registered.note("two endpoint names" + (" are accepted" if registered.code == CREATED else ""))


@testcase(
    "SRG-REF-06",
    verifies=["HLF-019"],
    clause=TABLE,
    applies="server",
)
@vary(format=[ContentFormat.TEXT, ContentFormat.OPAQUE])
async def test_other_content_format_harms_nobody(server: Server, format: ContentFormat) -> None:
    """A Register whose list is not marked as link format is refused with 4.00 or 4.15, or taken all the same.

    The format binds the device; that the server has to check it is said nowhere, nor is a code listed for it.
    """
    await server.control()
    device = await server.device()
    registered = await device.register(content_format=format)
    registered.expect(outcome="response")
    permitted = one_of(CREATED, BAD_REQUEST, UNSUPPORTED_CONTENT_FORMAT)
    registered.expect(code=permitted, level=Level.SHOULD)
    if registered.code == CREATED:
        registered.note(f"an object list in Content-Format {format.value} is accepted", ambiguity="B041")


@testcase(
    "SRG-REF-07",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server",
    versions="each",
)
async def test_register_without_objects_is_refused(server: Server) -> None:
    """A Register without any Object, from a device that the server cannot know, is refused.

    LwM2M 1.2 demands an error and has 4.09 for it; before, the list was just a required parameter.
    """
    await server.control()
    device = await server.device()
    registered = await device.register(links=b"")
    must = device.lwm2m not in ("1.0", "1.1")
    registered.expect(outcome="response")
    registered.expect(code=matches(r"[45]\.\d\d"), level=Level.MUST if must else Level.SHOULD)


@testcase(
    "SRG-REF-08",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1, RFC 6690 §2",
    applies="server",
)
@vary(payload=list(NO_LINKS))
async def test_list_that_is_no_link_format_is_refused(server: Server, payload: str) -> None:
    """A Register whose list is no link format, or no UTF-8, is answered 4.00."""
    await server.control()
    device = await server.device()
    expect_refusal(await device.register(links=NO_LINKS[payload]), UNSUPPORTED_CONTENT_FORMAT)
