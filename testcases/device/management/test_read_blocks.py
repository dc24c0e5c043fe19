"""Read of a value that is longer than a block (RFC 7959 §2.4, LwM2M Transport 1.1.1 §6.1)."""

from conformance.coap.block import Block
from conformance.coap.blockwise import block_option
from conformance.coap.options import OptionNumber
from conformance.messages import Read
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Subject

TEXT = "".join(f"{number:04d}" for number in range(75))
"""300 bytes of which no two blocks are alike."""


@testcase(
    "DM-READ-15",
    verifies=["HLF-020", "HLF-012"],
    clause="RFC 7959 §2.4",
    applies="device & blockwise & ixit.writable_string",
)
@vary(szx=[0, 2])
async def test_long_value_is_read_in_blocks(device: Device, szx: int) -> None:
    """A value that is longer than a block arrives whole, block by block of one representation."""
    await device.registered()
    path = device.writable("string")
    (await device.write(path, TEXT)).require(code=CHANGED)
    answer = await device.perform(Read(path), szx=szx)
    answer.expect(code=CONTENT, violations=[], value=TEXT)


@testcase(
    "DM-READ-16",
    verifies=["HLF-020"],
    clause="RFC 7959 §2.4",
    applies="device & blockwise & ixit.writable_string",
)
@vary(number=[1, 7])
async def test_block_that_was_asked_for_is_sent(device: Device, number: int) -> None:
    """A request for a block in the middle of a value is answered with that block."""
    await device.registered()
    path, wanted = device.writable("string"), Block(number, False, 1)
    (await device.write(path, TEXT)).require(code=CHANGED)
    whole = await device.perform(Read(path), szx=wanted.szx)
    whole.require(code=CONTENT)
    answer = await device.perform(Read(path), options=(block_option(OptionNumber.BLOCK2, wanted),))
    answer.expect(name="block", code=CONTENT)
    block = answer.message.block2
    device.context.record.judge(
        "block.number",
        number,
        block.num if block else None,
        subject=Subject("block2", answer.frame),
        what="Block2 with number",
    )
    answer.expect(name="block", payload=TEXT.encode()[wanted.offset : wanted.offset + wanted.size])
