"""Write in blocks: the value comes about with the last block, or not at all (RFC 7959)."""

from conformance.coap.block import Block
from conformance.coap.codes import Code
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.matching import code_class, differs
from conformance.messages import Path
from conformance.messages.codes import (
    BAD_REQUEST,
    CHANGED,
    CONTENT,
    CONTINUE,
    METHOD_NOT_ALLOWED,
    REQUEST_ENTITY_INCOMPLETE,
    REQUEST_ENTITY_TOO_LARGE,
)
from conformance.messages.management import Payload
from conformance.roles import Answer, Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

SZX = 1
SIZE = 32
TEXT = "".join(f"line {number:03}, in several blocks." for number in range(8))


def target(device: Device) -> Path:
    """The String Resource that is written."""
    return Path.of(device.ixit.writable_string or ())


async def send_block(device: Device, number: int, more: bool, octets: bytes) -> Answer:
    """One block of a text for the String Resource, with a token of its own."""
    path, limit = target(device), device.ixit.reaction_time
    exchange = await device.endpoint.request(
        device.current.remote,
        Code.PUT,
        path=(*device.current.prefix, *path.segments),
        options=(Option.uint(OptionNumber.BLOCK1, Block(number, more, SZX).uint),),
        payload=octets,
        content_format=ContentFormat.TEXT,
        blockwise=False,
        limit=limit,
    )
    return Answer(device.context.record, "write", path, exchange, device.context.type_of, limit=limit)


async def begun(device: Device) -> Path:
    """A short text is in the Resource, and the first block of a long one was taken."""
    await device.registered()
    (await device.write(target(device), "before")).require(code=CHANGED)
    first = await send_block(device, 0, True, TEXT[:SIZE].encode())
    first.require(code=CONTINUE)
    return target(device)


@testcase(
    "DM-WRITE-90",
    verifies=["HLF-010", "HLF-034"],
    clause="RFC 7959 §2.3",
    applies="device & blockwise & format_text & ixit.writable_string",
)
@vary(szx=[0, 2, 4])
async def test_long_value_is_written_in_blocks(device: Device, szx: int) -> None:
    """A value that comes in blocks of 16, 64 or 256 octets, each with its own token, is written whole."""
    await device.registered()
    written = await device.write(target(device), TEXT, ContentFormat.TEXT, szx=szx)
    written.expect(code=CHANGED, tolerated={"code": REQUEST_ENTITY_TOO_LARGE})
    if written.code == CHANGED:
        answer = await device.read(target(device))
        answer.expect(code=CONTENT, value=TEXT)


@testcase(
    "DM-WRITE-91",
    verifies=["HLF-010", "HLF-034"],
    clause="RFC 7959 §2.5",
    applies="device & blockwise & format_text & ixit.writable_string",
)
async def test_incomplete_transfer_leaves_the_old_value(device: Device) -> None:
    """A Write whose last block never comes changes nothing."""
    path = await begun(device)
    second = await send_block(device, 1, True, TEXT[SIZE : 2 * SIZE].encode())
    second.require(code=CONTINUE)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value="before")


@testcase(
    "DM-WRITE-92",
    verifies=["HLF-010", "HLF-034"],
    clause="RFC 7959 §2.9.2",
    applies="device & blockwise & format_text & ixit.writable_string",
)
async def test_missing_block_is_noticed(device: Device) -> None:
    """A Write that leaves a block out is refused, with 4.08, and changes nothing."""
    path = await begun(device)
    third = await send_block(device, 2, False, b"the end")
    third.expect(code=REQUEST_ENTITY_INCOMPLETE, tolerated={"code": code_class(4)})
    answer = await device.read(path)
    answer.expect(code=CONTENT, value="before")


@testcase(
    "DM-WRITE-93",
    verifies=["HLF-010", "HLF-036"],
    clause="RFC 7959 §2.9.1",
    applies="device & blockwise & format_text & ixit.writable_integer",
)
async def test_last_block_of_a_wrong_value_is_refused(device: Device) -> None:
    """A wrong value in blocks is refused at last with a final code, never with 2.31, and is not written."""
    await device.registered()
    path = Path.of(device.ixit.writable_integer or ())
    (await device.write(path, 42)).require(code=CHANGED)
    written = await device.write(path, Payload(TEXT.encode(), ContentFormat.TEXT), szx=SZX)
    written.expect(outcome="response")
    typed = Level.SHOULD if device.current.version == "1.0" else Level.MUST
    written.expect(code=BAD_REQUEST, tolerated={"code": code_class(4)}, level=typed)
    if written.code != CHANGED:
        answer = await device.read(path)
        answer.expect(code=CONTENT, value=42)


@testcase(
    "DM-WRITE-94",
    verifies=["HLF-032", "HLF-036"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="device & blockwise & format_text & ixit.read_only",
)
async def test_read_only_resource_is_not_written_in_blocks(device: Device) -> None:
    """A Write in blocks on a read-only Resource ends with 4.05, whether at the first block or the last."""
    await device.registered()
    path = Path.of(device.ixit.read_only or ())
    before = await device.read(path)
    before.require(code=CONTENT)
    written = await device.write(path, Payload(TEXT.encode(), ContentFormat.TEXT), szx=SZX)
    written.expect(code=METHOD_NOT_ALLOWED, tolerated={"code": REQUEST_ENTITY_TOO_LARGE})
    answer = await device.read(path)
    answer.expect(name="read-back", code=CONTENT, value=differs(TEXT))
