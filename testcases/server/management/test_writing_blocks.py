"""Values that a server writes in blocks (RFC 7959 §2.3, §2.9)."""

from typing import Any

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.block import Block
from conformance.coap.codes import Code
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.messages import Write
from conformance.messages.codes import CHANGED, REQUEST_ENTITY_TOO_LARGE
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.rules.rule import option_values
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

APPLIES = "server & verb_write & blockwise"
PATH = "/3/0/14"


def text_of(length: int) -> str:
    """A text of this many octets in which every place can be told from every other."""
    return "".join(f"text {place:04} " for place in range(0, length, 10))[:length]


def uploaded(device: TesterDevice) -> list[tuple[Block, dict[str, Any]]]:
    """The blocks of requests that came, each once."""
    lines = [line for line in device.context.messages if line["direction"] == "in" and line.get("options")]
    blocks = {line["mid"]: line for line in lines if option_values(line, OptionNumber.BLOCK1)}
    return [(Block.from_uint(option_values(line, OptionNumber.BLOCK1)[0]), line) for line in blocks.values()]


@testcase(
    "SDM-BLK-04",
    verifies=["HLF-003", "HLF-010"],
    clause="LwM2M Transport 1.1.1 §6.1, RFC 7959 §2.3",
    applies=APPLIES,
)
@vary(szx=[2, 4, 6])
async def test_value_is_written_in_the_blocks_that_the_device_wants(server: Server, szx: int) -> None:
    """A large value is written in blocks, of the size that the device asks for, and arrives whole."""
    device = await server.registered()
    device.endpoint.serve_in_blocks_of(szx)
    result = await server.write(device, PATH, text_of(2500), format=ContentFormat.TEXT)
    result.expect(outcome="response", code=CHANGED)
    device.expect_holds(PATH, text_of(2500))
    later = max((block.size for block, _ in uploaded(device)[1:]), default=0)
    server.context.record.judge(
        "write.block-size",
        True,
        0 < later <= 1 << szx + 4,
        what="later blocks are as small",
        level=Level.SHOULD,
    )


@testcase("SDM-BLK-05", verifies=["HLF-003", "HLF-010"], clause="RFC 7959 §2.2", applies=APPLIES)
@vary(length=[2048, 3072])
async def test_last_block_may_be_full(server: Server, length: int) -> None:
    """A value of a multiple of 1024 octets ends with a full block; an empty one behind it is a warning."""
    device = await server.registered()
    result = await server.write(device, PATH, text_of(length), format=ContentFormat.TEXT)
    blocks = uploaded(device)
    if not blocks:
        raise NotApplicable("the SUT sent no block")
    empty = [str(block) for block, line in blocks if not line["payload"]]
    server.context.record.judge("write.empty-blocks", [], empty, what="empty blocks", level=Level.SHOULD)
    result.expect(outcome="response", code=CHANGED)
    device.expect_holds(PATH, text_of(length))


@testcase("SDM-BLK-06", verifies=["HLF-010", "HLF-036"], clause="RFC 7959 §2.9.2", applies=APPLIES)
async def test_user_learns_that_an_upload_broke(server: Server) -> None:
    """The user is told of no success where the device answers 4.08 to the second block.

    A value that comes in one datagram, which is not forbidden, has no second block to be refused.
    """
    device = await server.registered()
    device.endpoint.serve_blocks = False

    async def first_only(operation: ServerOperation, incoming: Incoming) -> Response:
        block = incoming.message.block1
        if block is None:
            return device.answer(operation, incoming)
        code = Code.REQUEST_ENTITY_INCOMPLETE if block.num else Code.CONTINUE
        return Response(code, (Option.uint(OptionNumber.BLOCK1, block.uint),))

    for _ in range(20):
        device.script_next(Write, first_only, at=PATH)
    result = await server.write(device, PATH, text_of(2500), format=ContentFormat.TEXT)
    if len(uploaded(device)) < 2:
        raise NotApplicable("the SUT sent no second block")
    result.expect(success=False)


@testcase("SDM-BLK-07", verifies=["HLF-010", "HLF-036"], clause="RFC 7959 §2.9.3", applies=APPLIES)
async def test_smaller_size_that_is_offered_is_tried(server: Server) -> None:
    """A Write that is answered 4.13 with a smaller size goes out so, or the user learns of 4.13."""
    device = await server.registered()
    device.endpoint.serve_in_blocks_of(2)
    smaller = Option.uint(OptionNumber.BLOCK1, Block(0, False, 2).uint)
    device.answer_next(Write, Response(Code.REQUEST_ENTITY_TOO_LARGE, (smaller,)), at=PATH)
    result = await server.write(device, PATH, text_of(300), format=ContentFormat.TEXT)
    result.expect(outcome="response", code=CHANGED, tolerated={"code": REQUEST_ENTITY_TOO_LARGE})
    if result.code == CHANGED:
        device.expect_holds(PATH, text_of(300))
