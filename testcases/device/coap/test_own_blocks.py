"""Requests of the device itself that are too large for one message (RFC 7959 §2.3)."""

from conformance.coap.block import Block
from conformance.coap.codes import Code
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Message
from conformance.coap.options import Option, OptionNumber
from conformance.matching import between
from conformance.messages import Path, Send
from conformance.messages.codes import CHANGED
from conformance.messages.content import values_of
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

LONG = "".join(f"block of 16: {number:03}" for number in range(100))
SMALL = 4
"""The size exponent of 256 octets."""
APPLIES = "device & lwm2m >= 1.1 & send & blockwise & format_text & ixit.writable_string"


async def long_text(device: Device) -> Path:
    """A Resource whose value does not fit one block."""
    await device.registered()
    path = device.writable("string")
    written = await device.write(path, LONG)
    if written.code != CHANGED:
        raise NotApplicable(f"the SUT does not take {len(LONG)} octets at {path}: {written.code}")
    return path


def expect_text(device: Device, path: Path, operation: Send, frame: int | None) -> None:
    """The Send carries the whole text."""
    values = values_of(operation.payload, operation.content_format or 0, Path(), device.context.type_of)
    subject = Subject("send.values", frame)
    device.context.record.judge("send.values", {str(path): LONG}, values, subject=subject, what="Send of")


async def acknowledge(device: Device, incoming: Incoming) -> Response:
    """Ask for small blocks as long as there are more, and take the last one."""
    block = incoming.message.block1
    if block is None or not block.more:
        return Response(Code.CHANGED)
    device.server.script_next(Send, lambda _, following: acknowledge(device, following))
    told = Block(block.num, True, min(block.szx, SMALL))
    return Response(Code.CONTINUE, (Option.uint(OptionNumber.BLOCK1, told.uint),))


@testcase("COAP-BLK-50", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.2", applies=APPLIES, wait=3.0)
@vary(number=[0, 1])
async def test_lost_block_is_sent_again(device: Device, number: int) -> None:
    """A block of a Send that is not acknowledged should come again, be it the first or a later one.

    How often a message comes again is free (RFC 7252 §4.8.1), and its sender may give up before (§4.2).
    """
    path = await long_text(device)
    device.endpoint.lose(
        lambda one: one.code == Code.POST and one.block1 is not None and one.block1.num == number
    )
    await device.trigger("send", paths=[str(path)])
    longest = device.ixit.reaction_time + 1.5 * device.ixit.ack_timeout + device.ixit.timing_tolerance
    found = await device.server.next((Send,), longest)
    device.context.record.judge(
        "send.received",
        "Send",
        "Send" if found else None,
        actual="Send" if found else "no Send",
        subject=Subject("send.received", found[1].frame if found else None),
        limit=longest,
        level=Level.SHOULD,
    )
    if found is None or not isinstance(found[0], Send):
        await device.control()
        return
    if found[1].message.block1 is None:
        raise NotApplicable("the SUT sends the whole text in one message")
    expect_text(device, path, found[0], found[1].frame)


@testcase("COAP-BLK-51", verifies=["HLF-012"], clause="RFC 7959 §2.3", applies=APPLIES)
async def test_device_goes_on_in_smaller_blocks(device: Device) -> None:
    """When the first block is acknowledged with a smaller size, the device should go on in that size."""
    path = await long_text(device)
    device.endpoint.serve_blocks = False
    device.server.script_next(Send, lambda _, incoming: acknowledge(device, incoming))
    await device.trigger("send", paths=[str(path)])
    parts: list[Message] = []
    while not parts or (parts[-1].block1 is not None and parts[-1].block1.more):
        arrival = await device.next(Send, name=f"block-{len(parts)}")
        parts.append(arrival.incoming.message)
    blocks = [part.block1 for part in parts if part.block1 is not None]
    if not blocks:
        raise NotApplicable("the SUT sends the whole text in one message")
    body = b""
    for part in parts:
        body = body[: part.block1.offset if part.block1 else 0] + part.payload
    expect_text(device, path, Send(body, parts[0].content_format), arrival.frame)
    device.context.record.judge(
        "later-blocks.szx",
        between(0, SMALL),
        max(block.szx for block in blocks[1:] or blocks),
        subject=Subject("block1", arrival.frame),
        what="the largest size exponent of the later blocks",
        level=Level.SHOULD,
    )
