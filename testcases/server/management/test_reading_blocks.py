"""Values that a server reads in blocks (RFC 7959 §2.4)."""

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.block import Block
from conformance.coap.codes import Code
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.matching import one_of
from conformance.messages import Read
from conformance.messages.codes import CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase, vary

APPLIES = "server & verb_read & blockwise & takes_text"
PATH = "/3/0/0"
LENGTHS = {0: 200, 2: 500, 6: 2500}
"""Octets of a value of several blocks, by their size exponent."""


def text_of(length: int, mark: str = "old") -> str:
    """A text of this many octets in which every place can be told from every other."""
    return "".join(f"{mark} {place:05} " for place in range(0, length, 10))[:length]


@testcase("SDM-BLK-01", verifies=["HLF-010", "HLF-012"], clause="RFC 7959 §2.4", applies=APPLIES)
@vary(szx=list(LENGTHS))
async def test_value_is_read_in_the_blocks_of_the_device(server: Server, szx: int) -> None:
    """A value that the device gives in blocks of 16, 64 or 1024 octets reaches the user whole."""
    device = await server.registered()
    device.endpoint.serve_in_blocks_of(szx)
    device.set(PATH, text_of(LENGTHS[szx]))
    result = await server.read(device, PATH, ContentFormat.TEXT)
    result.expect(outcome="response", code=CONTENT, value=text_of(LENGTHS[szx]))


@testcase("SDM-BLK-02", verifies=["HLF-010", "HLF-012"], clause="RFC 7252 §5.10.6.2", applies=APPLIES)
async def test_etag_of_the_first_block_breaks_no_transfer(server: Server) -> None:
    """A value whose blocks carry an ETag reaches the user whole: no later block is asked for as known."""
    device = await server.registered()
    device.endpoint.serve_in_blocks_of(2)
    text, etag = text_of(500), Option(OptionNumber.ETAG, b"\x2a")
    whole = Response(Code.CONTENT, (etag,), text.encode(), ContentFormat.TEXT)
    device.answer_next(Read, whole, at=PATH)
    device.answer_next(Read, Response(Code.VALID, (etag,)), at=PATH)
    result = await server.read(device, PATH, ContentFormat.TEXT)
    result.expect(outcome="response", code=CONTENT, value=text)


@testcase("SDM-BLK-03", verifies=["HLF-010", "HLF-012"], clause="RFC 7959 §2.4", applies=APPLIES)
async def test_blocks_of_two_values_are_not_mixed(server: Server) -> None:
    """A value that changes while it is read, as its ETag tells, is never given to the user half and half."""
    device = await server.registered()
    device.endpoint.serve_blocks = False
    old, new = text_of(200), text_of(200, "new")
    begun = False

    async def block(_operation: ServerOperation, incoming: Incoming) -> Response:
        nonlocal begun
        text, etag = (new, b"\x02") if begun else (old, b"\x01")
        begun = True
        asked = incoming.message.block2 or Block(0, False, 2)
        szx = min(asked.szx, 2)
        size, start = 16 << szx, asked.num * asked.size
        told = Block(start // size, start + size < len(text), szx)
        options = (Option(OptionNumber.ETAG, etag), Option.uint(OptionNumber.BLOCK2, told.uint))
        return Response(Code.CONTENT, options, text[start : start + size].encode(), ContentFormat.TEXT)

    for _ in range(80):
        device.script_next(Read, block, at=PATH)
    result = await server.read(device, PATH, ContentFormat.TEXT)
    told = result.given.get("value")
    server.context.record.judge(
        "read-result.whole", one_of(old, new, None), told, what="value", source="live"
    )
