"""Bootstrap-Request: who is served, and in which format (LwM2M Core 1.1.1 §6.1.7.1)."""

from conformance.coap.message import Code
from conformance.matching import code_class, excluding, one_of
from conformance.messages import Path
from conformance.messages.bootstrap import BootstrapWrite
from conformance.messages.codes import (
    BAD_REQUEST,
    CHANGED,
    CONTENT,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    NOT_IMPLEMENTED,
    UNSUPPORTED_CONTENT_FORMAT,
)
from conformance.roles.answer import Answer
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.roles.tester_bootstrap_client import TesterBootstrapClient
from conformance.testcase import testcase, vary
from conformance.verdicts import Level


async def expect_stranger(device: TesterBootstrapClient, answer: Answer) -> None:
    """Judge the answer to a device that has no settings of its own.

    A bootstrap server may have settings for everybody, to which no device is unknown: a session that is led
    to its end is right, too.
    """
    if answer.code == CHANGED and await device.is_finished():
        answer.note("a device without settings of its own is given settings for everybody")
    else:
        answer.expect(code=BAD_REQUEST, tolerated={"code": code_class(4)})


@testcase(
    "BSS-REQ-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.1",
    applies="bootstrap_server & verb_provision",
)
async def test_request_without_a_name_is_refused(bootstrap_server: BootstrapServer) -> None:
    """A Bootstrap-Request without ep, from a device that no security identifies, is answered 4.00."""
    await bootstrap_server.control()
    device = await bootstrap_server.device()
    await expect_stranger(device, await device.request(query=()))


@testcase(
    "BSS-REQ-02",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="bootstrap_server & verb_provision",
)
async def test_unknown_device_is_refused(bootstrap_server: BootstrapServer) -> None:
    """A Bootstrap-Request of a name for which nothing was provisioned is answered 4.00."""
    await bootstrap_server.control()
    device = await bootstrap_server.device()
    await expect_stranger(device, await device.request())


@testcase(
    "BSS-REQ-03",
    verifies=["HLF-019"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="bootstrap_server & verb_provision & verb_forget",
)
async def test_forgotten_device_is_refused(bootstrap_server: BootstrapServer) -> None:
    """A device whose settings the user took back is refused with 4.00, and never gets them."""
    device = await bootstrap_server.provisioned(account(ssid=4711))
    (await bootstrap_server.forget(device)).require(outcome="response")
    await expect_stranger(device, await device.request())
    given = device.short_server_ids
    bootstrap_server.context.record.judge(
        "settings.forgotten", excluding(4711), given, what="Short Server IDs of Object 0"
    )


@testcase(
    "BSS-REQ-04",
    verifies=["HLF-019"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="bootstrap_server & verb_provision & lwm2m >= 1.1",
)
@vary(pct=["9999", "text"])
async def test_unknown_preference_is_refused(bootstrap_server: BootstrapServer, pct: str) -> None:
    """A Bootstrap-Request that prefers a format nobody knows is answered 4.15.

    4.15 is listed for it; that a preference must be heeded is said nowhere, so that 2.04 is a warning.
    """
    device = await bootstrap_server.provisioned()
    answer = await device.request(more=(f"pct={pct}",))
    answer.expect(name="listed", code=one_of(CHANGED, BAD_REQUEST, UNSUPPORTED_CONTENT_FORMAT))
    answer.expect(code=UNSUPPORTED_CONTENT_FORMAT, tolerated={"code": BAD_REQUEST}, level=Level.SHOULD)


@testcase(
    "BSS-REQ-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.1",
    applies="bootstrap_server & verb_provision & lwm2m >= 1.1",
)
@vary(pct=[110, 112, 11542])
async def test_preferred_format_is_used(bootstrap_server: BootstrapServer, pct: int) -> None:
    """Writes come in the format that the device prefers; that they have to is said nowhere."""
    device = await bootstrap_server.provisioned()
    (await device.request(more=(f"pct={pct}",))).expect(
        code=CHANGED, tolerated={"code": UNSUPPORTED_CONTENT_FORMAT}
    )
    if await device.is_finished():
        written = await device.next(BootstrapWrite)
        if written.format != pct:
            written.note(f"comes in {written.format}, where the device prefers {pct}")


@testcase(
    "BSS-REQ-06",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.3.3",
    applies="bootstrap_server & verb_provision",
)
async def test_device_may_ask_again(bootstrap_server: BootstrapServer) -> None:
    """A device that was bootstrapped and asks again is led through a whole session once more."""
    device = await bootstrap_server.provisioned(account(ssid=4711), delete=["/0", "/1"])
    await device.requested()
    await device.expect_finished()
    device.finished.clear()
    (await device.request()).expect(name="again", code=CHANGED)
    await device.expect_finished(name="again")


@testcase(
    "BSS-REQ-07",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.2 §6.1.7.7",
    applies="bootstrap_server & lwm2m >= 1.2",
)
async def test_pack_request_is_answered(bootstrap_server: BootstrapServer) -> None:
    """A Bootstrap-Pack-Request gets a pack, 5.01 where there are none, or 4.05 where none is wanted.

    4.04 is listed for a path that does not exist, which is how it looks where nobody knows of packs.
    """
    device = await bootstrap_server.provisioned()
    limit = bootstrap_server.ixit.reaction_time
    exchange = await device.endpoint.request(
        device.server_address,
        Code.GET,
        path=("bspack",),
        query=(f"ep={device.name}",),
        accept=110,
        limit=limit,
    )
    record = bootstrap_server.context.record
    answer = Answer(record, "bootstrap-pack-request", Path(), exchange, limit=limit)
    answer.expect(code=one_of(CONTENT, NOT_IMPLEMENTED, METHOD_NOT_ALLOWED), tolerated={"code": NOT_FOUND})
