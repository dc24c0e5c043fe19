"""Block-wise transfer as such: block numbers, sizes and tokens (RFC 7959)."""

from conformance.coap.block import Block
from conformance.coap.codes import Code
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.matching import code_class, one_of
from conformance.messages import Path, Read, Write
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT, CONTINUE, REQUEST_ENTITY_TOO_LARGE
from conformance.messages.management import Payload
from conformance.roles import Answer, Device
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable, Subject

TEXT = "".join(f"line {number:03}, in several blocks." for number in range(8))
BLOCKS = "device & blockwise & format_text & ixit.writable_string"


async def known(device: Device, text: str) -> Path:
    """The String Resource, which holds the text."""
    await device.registered()
    path = Path.of(device.ixit.writable_string or ())
    (await device.write(path, text)).require(code=CHANGED)
    return path


@testcase(
    "COAP-BLK-01",
    verifies=["HLF-012"],
    clause="RFC 7959 §2.2",
    applies=f"{BLOCKS} & lifetime_readable",
)
@vary(option=[OptionNumber.BLOCK1, OptionNumber.BLOCK2])
async def test_reserved_block_size_is_a_bad_request(device: Device, option: OptionNumber) -> None:
    """A Block1 or Block2 option with the reserved size exponent 7 is answered 4.00."""
    path = await known(device, "before")
    reserved = Option.uint(option, 7)
    payload = Payload(b"after", ContentFormat.TEXT)
    operation = Write(path, payload) if option == OptionNumber.BLOCK1 else Read(path)
    answer = await device.perform(operation, options=(reserved,))
    answer.expect(name="refused", code=BAD_REQUEST)
    after = await device.read(path)
    after.expect(code=CONTENT, value="before")


@testcase(
    "COAP-BLK-02",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §5.3.1",
    applies=BLOCKS,
)
@vary(length=[1, 8])
async def test_each_block_is_acknowledged_with_its_token(device: Device, length: int) -> None:
    """The response to a block carries the token of that block, and its Block1 option repeats the number."""
    path = await known(device, "before")
    for number in range(2):
        token = device.context.chance.randbytes(length)
        exchange = await device.endpoint.request(
            device.current.remote,
            Code.PUT,
            path=(*device.current.prefix, *path.segments),
            options=(Option.uint(OptionNumber.BLOCK1, Block(number, True, 1).uint),),
            payload=TEXT[32 * number :][:32].encode(),
            content_format=ContentFormat.TEXT,
            token=token,
            blockwise=False,
            limit=device.ixit.reaction_time,
        )
        answer = Answer(
            device.context.record, f"block-{number}", path, exchange, limit=device.ixit.reaction_time
        )
        others = {"code": one_of(CHANGED, REQUEST_ENTITY_TOO_LARGE)}
        answer.expect(token=token.hex(), code=CONTINUE, tolerated=others)
        if answer.code == REQUEST_ENTITY_TOO_LARGE:
            return
        told = answer.message.block1
        device.context.record.judge(
            f"block-{number}.block1",
            number,
            told.num if told else None,
            subject=Subject(f"block-{number}.block1", answer.frame),
            what="the response acknowledges block",
        )


@testcase(
    "COAP-BLK-03",
    verifies=["HLF-012"],
    clause="RFC 7959 §2.4",
    applies=BLOCKS,
)
@vary(szx=[0, 2, 4])
async def test_value_is_read_in_blocks_of_the_size_asked_for(device: Device, szx: int) -> None:
    """A value is read in blocks of 16, 64 or 256 octets, each block being the one that was asked for."""
    path = await known(device, TEXT)
    answer = await device.perform(Read(path, ContentFormat.TEXT), szx=szx)
    answer.expect(code=CONTENT, value=TEXT)


@testcase(
    "COAP-BLK-04",
    verifies=["HLF-012"],
    clause="RFC 7959 §2.4",
    applies=BLOCKS,
)
async def test_any_block_is_given_on_demand(device: Device) -> None:
    """A Read that asks for a block behind the first is answered with that block, or refused."""
    path = await known(device, TEXT)
    small = Option.uint(OptionNumber.BLOCK2, Block(0, False, 1).uint)
    first = await device.perform(Read(path, ContentFormat.TEXT), options=(small,))
    first.require(code=CONTENT)
    told = first.message.block2
    if told is None or not told.more:
        raise NotApplicable("the SUT gives the whole value where a smaller block is asked for")
    wanted = Block(2 if 3 * told.size <= len(TEXT) else 1, False, told.szx)
    third = Option.uint(OptionNumber.BLOCK2, wanted.uint)
    answer = await device.perform(Read(path, ContentFormat.TEXT), options=(third,))
    answer.expect(name="third", code=one_of(CONTENT, "4.08"), tolerated={"code": code_class(4)})
    if answer.code == CONTENT:
        given = answer.message.block2
        size = min(given.size, told.size) if given else told.size
        octets = TEXT.encode()[wanted.offset :][:size]
        answer.expect(name="third-block", payload=octets)
