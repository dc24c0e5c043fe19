"""Block2: values that are read in blocks, also in an odd order (RFC 7959 §2.4)."""

from conformance.coap.block import Block
from conformance.coap.codes import Code
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.matching import code_class
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, CONTINUE
from conformance.messages.content import names_of
from conformance.roles import Answer, Device
from conformance.roles.crafted import crafted, get_block, sent
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

SZX, SIZE = 1, 32
TEXT = "".join(f"block of 16: {number:03}" for number in range(8))
NEW = "".join(f"another one: {number:03}" for number in range(8))
LONG = "".join(f"block of 16: {number:03}" for number in range(100))
"""More than fits one message: a device begins to give it in blocks without being asked to."""
CBOR = ContentFormat.SENML_CBOR
APPLIES = "device & blockwise & format_text & ixit.writable_string"


async def long(device: Device) -> Path:
    """The String Resource, with a text of several blocks."""
    await device.registered()
    path = device.writable("string")
    (await device.write(path, TEXT)).require(code=CHANGED)
    return path


async def first_of(device: Device, path: Path, token: bytes | None = None) -> Block:
    """The first block of the text was read as it should; what the device told of it."""
    first = await get_block(device, path, Block(0, False, SZX), "first", token=token)
    first.require(code=CONTENT)
    told = first.message.block2
    if told is None or not told.more:
        raise NotApplicable("the SUT gives the whole value where a smaller block is asked for")
    return told


def expect_block(answer: Answer, asked: Block, text: str = TEXT) -> None:
    """The response has the octets of the block that was asked for, or of a smaller one at its place."""
    told = answer.message.block2
    size = min(told.size if told else asked.size, asked.size)
    answer.expect(code=CONTENT, payload=text.encode()[asked.offset :][:size])


@testcase("COAP-BLK-30", verifies=["HLF-012"], clause="RFC 7959 §2.4", applies=APPLIES)
async def test_smaller_blocks_may_be_asked_for_on_the_way(device: Device) -> None:
    """A Read that the device itself began to answer in blocks is given smaller ones when it asks for them.

    Only there may the size be asked for as late as in the second request: who named one in the first is bound
    to what was given.
    """
    await device.registered()
    path = device.writable("string")
    written = await device.write(path, LONG)
    if written.code != CHANGED:
        raise NotApplicable(f"the SUT does not take {len(LONG)} octets at {path}: {written.code}")
    first = await sent(device, crafted(device, Code.GET, path, accept=ContentFormat.TEXT), "first", path)
    first.require(code=CONTENT)
    told = first.message.block2
    if told is None or not told.more or told.szx == 0:
        raise NotApplicable("the SUT does not begin with a block that could be smaller")
    following = Block(told.size // 16, False, 0)
    answer = await get_block(device, path, following, "smaller")
    expect_block(answer, following, LONG)


@testcase("COAP-BLK-31", verifies=["HLF-012", "HLF-036"], clause="RFC 7959 §2.4", applies=APPLIES)
async def test_block_behind_the_end_is_refused(device: Device) -> None:
    """A Read of a block behind the end of the value should be refused; no octets of it are given in any case.

    RFC 7959 names no code for it.
    """
    path = await long(device)
    told = await first_of(device, path)
    behind = Block(len(TEXT) // told.size + 5, False, told.szx)
    answer = await get_block(device, path, behind, "behind")
    answer.expect(outcome="response")
    if answer.code == CONTENT:
        answer.expect(payload=b"")
    else:
        answer.expect(code=code_class(4), level=Level.SHOULD)


@testcase("COAP-BLK-32", verifies=["HLF-012"], clause="RFC 7959 §2.4", applies=APPLIES)
async def test_block_is_given_out_of_the_blue(device: Device) -> None:
    """A later block that is asked for without the first one before is that block, or is refused."""
    path = await long(device)
    asked = Block(2, False, SZX)
    answer = await get_block(device, path, asked, "third")
    answer.expect(outcome="response")
    if answer.code == CONTENT:
        expect_block(answer, asked)
    else:
        answer.expect(code=code_class(4), level=Level.SHOULD)


@testcase(
    "COAP-BLK-33", verifies=["HLF-012", "HLF-034"], clause="RFC 7252 §5.10.6, RFC 7959 §2.4", applies=APPLIES
)
async def test_value_that_changes_between_blocks_shows_another_etag(device: Device) -> None:
    """A block of a value that changed meanwhile is of the old one, or has another ETag than the first."""
    path = await long(device)
    first = await get_block(device, path, Block(0, False, SZX), "first")
    first.require(code=CONTENT)
    told = first.message.block2
    if told is None or not told.more:
        raise NotApplicable("the SUT gives the whole value where a smaller block is asked for")
    (await device.write(path, NEW)).require(code=CHANGED)
    asked = Block(1, False, told.szx)
    second = await get_block(device, path, asked, "second")
    if second.code != CONTENT:
        second.expect(code=code_class(4))
        return
    old = second.payload == TEXT.encode()[asked.offset :][: asked.size]
    second.note(f"a block of the {'old' if old else 'new'} value, ETag {second.message.etag!r}")
    expect_block(second, asked, TEXT if old else NEW)
    if second.message.etag is None or first.message.etag is None:
        return
    device.context.record.judge(
        "second.same-etag",
        old,
        second.message.etag == first.message.etag,
        subject=Subject("second.etag", second.frame),
        what="the ETag is that of the first block exactly if the block is of the same value:",
        level=Level.SHOULD if old else Level.MUST,
    )


@testcase("COAP-BLK-34", verifies=["HLF-012", "HLF-036"], clause="RFC 7959 §3.4", applies=APPLIES)
@vary(tokens=["same", "other"])
async def test_blocks_come_whatever_their_tokens(device: Device, tokens: str) -> None:
    """All blocks of a value are given, be the requests for them of one token or of many."""
    path = await long(device)
    token = device.endpoint.new_token()
    told = await first_of(device, path, token)
    for number in range(1, len(TEXT) // told.size):
        asked = Block(number, False, told.szx)
        given = token if tokens == "same" else device.endpoint.new_token()
        answer = await get_block(device, path, asked, f"block-{number}", token=given)
        expect_block(answer, asked)


@testcase(
    "COAP-BLK-35", verifies=["HLF-012", "HLF-036"], clause="RFC 7959 §2.4", applies=f"{APPLIES} & discover"
)
async def test_reading_in_blocks_is_not_disturbed_by_another_resource(device: Device) -> None:
    """Two representations that are read alternately block by block both come out whole, or one is refused.

    A device may hold the state of one transfer only; what it may not do is to mix them up.
    """
    path = await long(device)
    told = await first_of(device, path)
    whole = await device.discover(path.parent)
    whole.require(code=CONTENT)
    option = Option.uint(OptionNumber.ACCEPT, ContentFormat.LINK)
    for number in range(1, len(TEXT) // told.size):
        block2 = Option.uint(OptionNumber.BLOCK2, Block(number, False, told.szx).uint)
        message = crafted(device, Code.GET, path.parent, option, block2)
        links = await sent(device, message, f"links-{number}", path.parent)
        if links.code != CONTENT:
            links.expect(code=code_class(4))
            return
        given = links.message.block2
        size = min(given.size if given else told.size, told.size)
        links.expect(payload=whole.payload[number * told.size :][:size])
        asked = Block(number, False, told.szx)
        answer = await get_block(device, path, asked, f"block-{number}")
        if answer.code != CONTENT:
            answer.expect(code=CONTENT, level=Level.SHOULD)
            answer.expect(code=code_class(4))
            return
        expect_block(answer, asked)


@testcase(
    "COAP-BLK-36",
    verifies=["HLF-012", "HLF-010"],
    clause="RFC 7959 §3.3",
    applies=f"{APPLIES} & read_composite & format_senml_cbor & lifetime_readable",
)
async def test_composite_read_in_blocks_both_ways(device: Device) -> None:
    """A Read-Composite whose paths and whose answer come in blocks gives all values asked for."""
    path = await long(device)
    lifetime = device.server_object / 1
    names = names_of([path, lifetime], CBOR, device.context.type_of).data
    small = Block(0, False, 0)
    count = -(-len(names) // 16)
    for number in range(count):
        last = number == count - 1
        options = [Option.uint(OptionNumber.BLOCK1, Block(number, not last, 0).uint)]
        options += [Option.uint(OptionNumber.BLOCK2, small.uint)] if last else []
        root = crafted(
            device,
            Code.FETCH,
            Path(),
            *options,
            payload=names[16 * number :][:16],
            content_format=CBOR,
            accept=CBOR,
        )
        answer = await sent(device, root, "fetch" if last else f"names-{number}")
        if not last:
            answer.expect(code=CONTINUE)
    answer.expect(code=CONTENT)
    body = answer.payload
    while (told := answer.message.block2) is not None and told.more:
        asked = Block(len(body) // told.size, False, told.szx)
        block2 = Option.uint(OptionNumber.BLOCK2, asked.uint)
        again = crafted(device, Code.FETCH, Path(), block2, content_format=CBOR, accept=CBOR)
        answer = await sent(device, again, f"values-{asked.num}")
        answer.expect(code=CONTENT)
        body += answer.payload
    answer.exchange.body = body
    answer.expect(name="whole", values={str(path): TEXT, str(lifetime): device.lifetime})
