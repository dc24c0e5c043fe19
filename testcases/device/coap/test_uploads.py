"""Block1: bodies that come to the device in blocks, also in an odd order (RFC 7959 §2.3, §2.5)."""

from conformance.coap.block import Block
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.matching import between, code_class, matches, one_of
from conformance.messages import Path
from conformance.messages.codes import (
    BAD_REQUEST,
    CHANGED,
    CONTENT,
    CONTINUE,
    REQUEST_ENTITY_INCOMPLETE,
    REQUEST_ENTITY_TOO_LARGE,
)
from conformance.roles import Answer, Device
from conformance.roles.crafted import put_block, sent, stranger, text_write
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

SZX, SIZE = 1, 32
BEFORE = "before"
TEXT = "".join(f"block of 16: {number:03}" for number in range(8))
OTHER = "".join(f"another one: {number:03}" for number in range(8))
APPLIES = "device & blockwise & format_text & ixit.writable_string"
MEBIBYTE = 1 << 20


async def short(device: Device) -> Path:
    """The String Resource, with a short text."""
    await device.registered()
    path = device.writable("string")
    (await device.write(path, BEFORE)).require(code=CHANGED)
    return path


async def part(device: Device, path: Path, number: int, text: str = TEXT, name: str = "") -> Answer:
    """The block of 32 octets with this number."""
    more = (number + 1) * SIZE < len(text)
    octets = text[number * SIZE :][:SIZE].encode()
    return await put_block(device, path, Block(number, more, SZX), octets, name or f"block-{number}")


def need_collected(answer: Answer) -> None:
    """The device collects the blocks and acts on the whole, not on each block, as it might (§2.3)."""
    if not answer.answered or answer.code != CHANGED:
        return
    told = answer.message.block1
    if told is None or not told.more:
        raise NotApplicable("the SUT acts on each block by itself")


async def begun(device: Device, path: Path, *numbers: int, text: str = TEXT) -> None:
    """These first blocks of a transfer were taken, and are kept for the whole."""
    answer = await parts(device, path, *numbers, text=text)
    need_collected(answer)
    answer.require(code=CONTINUE)


async def parts(device: Device, path: Path, *numbers: int, text: str = TEXT) -> Answer:
    """These blocks, until one is refused; the last answer."""
    answer = await part(device, path, numbers[0], text)
    for number in numbers[1:]:
        if answer.code != CONTINUE:
            break
        answer = await part(device, path, number, text)
    return answer


async def expect_whole(
    device: Device, path: Path, last: Answer, text: str = TEXT, level: Level = Level.SHOULD
) -> None:
    """The transfer ends well, and the value is the new one if it does and else the old one, never a third."""
    last.expect(name="last", outcome="response")
    last.expect(name="last", code=CHANGED, level=level, tolerated={"code": REQUEST_ENTITY_TOO_LARGE})
    after = await device.read(path)
    after.expect(name="after", code=CONTENT, value=text if last.code == CHANGED else BEFORE)


@testcase("COAP-BLK-05", verifies=["HLF-012", "HLF-036"], clause="RFC 7959 §2.5", applies=APPLIES)
async def test_first_block_begins_the_transfer_anew(device: Device) -> None:
    """A first block in the middle of a transfer begins it anew: nothing of the older one is in the value."""
    path = await short(device)
    await begun(device, path, 0, 1, text=OTHER)
    await expect_whole(device, path, await parts(device, path, 0, 1, 2, 3), level=Level.MUST)


@testcase("COAP-BLK-06", verifies=["HLF-012"], clause="RFC 7959 §2.3", applies=APPLIES)
async def test_blocks_may_become_smaller_on_the_way(device: Device) -> None:
    """A body that begins in blocks of 32 and goes on in blocks of 16 octets is put together rightly."""
    path = await short(device)
    await begun(device, path, 0, 1)
    for number in range(4, 8):
        block, octets = Block(number, number < 7, 0), TEXT[16 * number :][:16].encode()
        answer = await put_block(device, path, block, octets, f"small-{number}")
        if answer.code != CONTINUE:
            break
    await expect_whole(device, path, answer)


@testcase("COAP-BLK-07", verifies=["HLF-012"], clause="RFC 7959 §2.3", applies=APPLIES)
@vary(szx=[2, 6])
async def test_device_asks_for_no_larger_blocks(device: Device, szx: int) -> None:
    """A block is acknowledged in its own size or a smaller one, in which the tester then goes on."""
    path = await short(device)
    size = 16 << szx
    text = (TEXT * (3 * size // len(TEXT) + 1))[: 2 * size + 10]
    first = await put_block(device, path, Block(0, True, szx), text[:size].encode(), "first")
    need_collected(first)
    first.expect(code=CONTINUE, tolerated={"code": REQUEST_ENTITY_TOO_LARGE})
    told = first.message.block1
    device.context.record.judge(
        "first.szx",
        between(0, szx),
        told.szx if told else None,
        subject=Subject("first.block1", first.frame),
        what="the answer to the first block tells a size exponent",
        level=Level.MUST if told and first.code == CONTINUE else Level.SHOULD,
    )
    written = await device.write(path, text, ContentFormat.TEXT, szx=szx)
    written.expect(code=CHANGED, violations=[], tolerated={"code": code_class(4)})
    after = await device.read(path)
    after.expect(name="after", code=CONTENT, value=text if written.code == CHANGED else BEFORE)


@testcase("COAP-BLK-08", verifies=["HLF-012", "HLF-036"], clause="RFC 7959 §2.2", applies=APPLIES)
@vary(length=[10, 40])
async def test_block_of_another_length_is_refused(device: Device, length: int) -> None:
    """A block that announces more and is shorter or longer than its size tells should be refused.

    The sender must not do so; no clause says what the receiver makes of it.
    """
    path = await short(device)
    octets = TEXT[:length].encode()
    answer = await put_block(device, path, Block(0, True, SZX), octets, "odd-block")
    answer.expect(outcome="response", level=Level.SHOULD)
    if answer.answered:
        need_collected(answer)
        answer.expect(code=BAD_REQUEST, tolerated={"code": code_class(4)}, level=Level.SHOULD)
    after = await device.read(path)
    after.expect(name="after", code=CONTENT, value=BEFORE)


@testcase("COAP-BLK-09", verifies=["HLF-012", "HLF-036"], clause="RFC 7959 §2.9.2", applies=APPLIES)
@vary(number=[1, 3])
async def test_block_without_a_beginning_is_refused(device: Device, number: int) -> None:
    """The last block of a transfer that never began is answered 4.08; one before may be kept for later."""
    path = await short(device)
    answer = await part(device, path, number, name="lonely")
    if answer.answered and answer.code == CHANGED:
        need_collected(await part(device, path, 0, name="probe"))
    last = (number + 1) * SIZE >= len(TEXT)
    others = code_class(4) if last else matches(rf"4\.\d\d|{CONTINUE}")
    answer.expect(code=REQUEST_ENTITY_INCOMPLETE, tolerated={"code": others})
    after = await device.read(path)
    after.expect(name="after", code=CONTENT, value=BEFORE)


@testcase("COAP-BLK-10", verifies=["HLF-012", "HLF-036"], clause="RFC 7959 §2.5", applies=APPLIES)
async def test_transfer_is_not_disturbed_by_another_resource(device: Device) -> None:
    """Between the blocks of a body, requests for other Resources are answered and spoil nothing."""
    path = await short(device)
    await begun(device, path, 0)
    for number in range(1, 4):
        await device.control()
        answer = await part(device, path, number)
        if answer.code != CONTINUE:
            break
    await expect_whole(device, path, answer)


@testcase("COAP-BLK-11", verifies=["HLF-012", "HLF-036", "HLF-031"], clause="RFC 7959 §2.5", applies=APPLIES)
async def test_block_of_another_endpoint_is_no_part(device: Device) -> None:
    """A block that another endpoint sends for the same Resource is no part of the server's transfer."""
    path = await short(device)
    await begun(device, path, 0, 1)
    forged = text_write(device, path, OTHER[2 * SIZE :][:SIZE])
    forged = forged.with_options(Option.uint(OptionNumber.BLOCK1, Block(2, True, SZX).uint))
    async with stranger(device) as other:
        await other.exchange(device.current.remote, forged, limit=device.ixit.quiet_time)
    await expect_whole(device, path, await parts(device, path, 2, 3))


@testcase("COAP-BLK-12", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.5", applies=APPLIES)
@vary(number=[0, 1, 3])
async def test_block_that_arrives_twice_counts_once(device: Device, number: int) -> None:
    """A block whose message arrives twice is in the body once, and is answered twice."""
    path = await short(device)
    for current in range(4):
        octets = TEXT[current * SIZE :][:SIZE]
        option = Option.uint(OptionNumber.BLOCK1, Block(current, current < 3, SZX).uint)
        message = text_write(device, path, octets, option)
        answer = await sent(device, message, f"block-{current}", path)
        if current < 3:
            need_collected(answer)
        if current == number:
            repeated = await sent(device, message, "repeated", path)
            repeated.expect(code=answer.code, level=Level.SHOULD)
        if answer.code != CONTINUE:
            break
    await expect_whole(device, path, answer)


@testcase("COAP-BLK-13", verifies=["HLF-012"], clause="RFC 7959 §4", applies=APPLIES)
async def test_size_of_the_body_may_be_told(device: Device) -> None:
    """A body whose first block tells its size in Size1 is written like any other."""
    path = await short(device)
    size1 = Option.uint(OptionNumber.SIZE1, len(TEXT))
    first = await put_block(device, path, Block(0, True, SZX), TEXT[:SIZE].encode(), "first", size1)
    need_collected(first)
    first.expect(code=CONTINUE, tolerated={"code": REQUEST_ENTITY_TOO_LARGE})
    last = await parts(device, path, 1, 2, 3) if first.code == CONTINUE else first
    await expect_whole(device, path, last, level=Level.MUST)


@testcase("COAP-BLK-14", verifies=["HLF-012"], clause="RFC 7252 §5.4.1, §5.9.2.9", applies=APPLIES)
@vary(mebibytes=[64, 4095])
async def test_body_announced_too_large_is_refused_early_or_begun(device: Device, mebibytes: int) -> None:
    """A first block that announces far too much by Size1 is taken, or answered 4.13 which tells what fits."""
    path, announced = await short(device), mebibytes * MEBIBYTE
    size1 = Option.uint(OptionNumber.SIZE1, announced)
    first = await put_block(device, path, Block(0, True, SZX), TEXT[:SIZE].encode(), "first", size1)
    need_collected(first)
    first.expect(code=one_of(CONTINUE, REQUEST_ENTITY_TOO_LARGE), tolerated={"code": BAD_REQUEST})
    if first.code == REQUEST_ENTITY_TOO_LARGE:
        device.context.record.judge(
            "first.size1",
            between(1, announced - 1),
            first.message.size1,
            subject=Subject("first.size1", first.frame),
            what="4.13 with Size1",
            level=Level.SHOULD,
        )
    after = await device.read(path)
    after.expect(name="after", code=CONTENT, value=BEFORE)


@testcase("COAP-BLK-15", verifies=["HLF-012"], clause="RFC 7959 §2.2", applies=APPLIES)
async def test_body_may_be_one_block(device: Device) -> None:
    """A body that comes as the first and last block, of fewer octets than the block may have, is written."""
    path = await short(device)
    only = await put_block(device, path, Block(0, False, SZX), b"all of it", "only")
    await expect_whole(device, path, only, "all of it", Level.MUST)


@testcase("COAP-BLK-16", verifies=["HLF-012", "HLF-036"], clause="RFC 7959 §2.5", applies=APPLIES)
async def test_whole_write_between_blocks_ends_the_transfer_or_not(device: Device) -> None:
    """After a Write that came whole between the blocks, the value is that one or the body, no mixture."""
    path = await short(device)
    await begun(device, path, 0, 1)
    (await device.write(path, BEFORE)).require(code=CHANGED)
    last = await parts(device, path, 2, 3)
    last.note(f"a transfer that a whole Write interrupted ends with {last.code}")
    last.expect(
        name="last", code=one_of(CHANGED, REQUEST_ENTITY_INCOMPLETE), tolerated={"code": code_class(4)}
    )
    after = await device.read(path)
    after.expect(name="after", code=CONTENT, value=TEXT if last.code == CHANGED else BEFORE)
