"""Notifications that do not fit into one block (RFC 7959 §2.6)."""

from conformance.coap.block import Block
from conformance.coap.codes import Code
from conformance.coap.endpoint import Response
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.messages.codes import CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase, vary

PATH = "/3442/0/110"


@testcase(
    "SIR-NOT-12",
    verifies=["HLF-017"],
    clause="RFC 7959 §2.6",
    applies="server & verb_observe & event_notify & blockwise & takes_text",
)
@vary(szx=[2, 6])
async def test_notification_in_blocks_is_told_whole(server: Server, szx: int) -> None:
    """Of a notification that brings its first block the server fetches the others and tells the whole."""
    device = await server.registered()
    device.endpoint.serve_in_blocks_of(szx)
    (await server.observe(device, PATH)).require(outcome="response", code=CONTENT)
    first = Block(0, True, szx)
    text = "".join(f"now {place:04} " for place in range(first.size * 3 // 9))
    response = Response(
        Code.CONTENT,
        (Option.uint(OptionNumber.BLOCK2, first.uint),),
        text[: first.size].encode(),
        ContentFormat.TEXT,
    )
    await device.notify(PATH, text, response=response)
    await server.told(device, path=PATH, value=text)
