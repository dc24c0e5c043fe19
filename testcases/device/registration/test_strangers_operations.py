"""What a stranger may not do to a device, and from where (LwM2M Core 1.1.1 §6.3, §8.2.1)."""

from conformance.coap.codes import Code
from conformance.coap.endpoint import Exchange
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.matching import matches, one_of
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.crafted import crafted, stranger, text_write
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, Subject

CLAUSE = "LwM2M Core 1.1.1 §6.3, §8.2.1"
ELSEWHERE = "127.0.0.2"
"""Another address of this machine."""


async def before(device: Device) -> Path:
    """The String Resource, with its value before."""
    await device.registered()
    path = device.writable("string")
    (await device.write(path, "before")).require(code=CHANGED)
    return path


def judge(device: Device, exchange: Exchange) -> None:
    """A stranger should be refused with 4.01, or be ignored; any other refusal is tolerated."""
    device.context.record.judge(
        "stranger.outcome",
        one_of("timeout", "4.01"),
        str(exchange.response.message.code) if exchange.response else exchange.outcome,
        subject=Subject("outcome"),
        what="the exchange of the stranger ends with",
        tolerated=matches(r"reset|rejected|unreachable|[45]\.\d\d"),
        source="live",
        level=Level.SHOULD,
    )


@testcase(
    "REG-STR-02",
    verifies=["HLF-031", "HLF-019"],
    clause=CLAUSE,
    applies="device & format_text & ixit.writable_string",
)
async def test_stranger_of_another_address_is_not_served(device: Device) -> None:
    """A Write from another IP address than the one of the server should be ignored or refused."""
    path = await before(device)
    await device.control()
    async with stranger(device, ELSEWHERE) as other:
        message = text_write(device, path, "stranger")
        exchange = await other.exchange(device.current.remote, message, limit=device.ixit.quiet_time)
    judge(device, exchange)
    after = await device.read(path)
    after.expect(name="after", code=CONTENT)
    after.expect(name="after", value="before", level=Level.SHOULD)


@testcase(
    "REG-STR-03",
    verifies=["HLF-031", "HLF-019"],
    clause=CLAUSE,
    applies="device & observe & format_text & ixit.writable_string",
)
async def test_stranger_is_told_of_no_change(device: Device) -> None:
    """A stranger that asks to observe a Resource is not told of its changes."""
    path = await before(device)
    await device.control()
    observing = Option.uint(OptionNumber.OBSERVE, 0)
    message = crafted(device, Code.GET, path, observing, accept=ContentFormat.TEXT)
    async with stranger(device) as other:
        exchange = await other.exchange(device.current.remote, message, limit=device.ixit.quiet_time)
        judge(device, exchange)
        (await device.write(path, "changed")).require(code=CHANGED)
        told = exchange.observation and await exchange.observation.next(device.ixit.quiet_time)
    device.context.record.judge(
        "notification.absent",
        None,
        told and told.message.summary(),
        subject=Subject("message"),
        what="no notification for a stranger, not",
        source="live",
        level=Level.SHOULD,
    )


@testcase(
    "REG-STR-04",
    verifies=["HLF-031", "HLF-019"],
    clause=CLAUSE,
    applies="device & format_text & ixit.writable_string",
)
@vary(type=["reset", "acknowledgement"])
async def test_stranger_cannot_end_the_registration(device: Device, type: str) -> None:
    """A Reset or an ACK from a stranger changes nothing in what the device does for its server."""
    path = await before(device)
    await device.control()
    mid = device.endpoint.new_mid()
    data = (b"\x70\x00" if type == "reset" else b"\x60\x00") + mid.to_bytes(2, "big")
    async with stranger(device) as other:
        exchange = await other.exchange(device.current.remote, data, limit=device.ixit.quiet_time)
    device.context.record.judge(
        "stranger.outcome",
        "timeout",
        exchange.outcome,
        subject=Subject("outcome"),
        what="the exchange of the stranger ends with",
        source="live",
        clause="RFC 7252 §4.2",
    )
    after = await device.read(path)
    after.expect(name="after", code=CONTENT, value="before")
