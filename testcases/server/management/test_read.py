"""Read: the request of a server, and what its user gets (LwM2M Core 1.1.1 §6.3.1)."""

from conformance.coap.message import Code
from conformance.messages import Read
from conformance.messages.codes import CONTENT, NOT_FOUND
from conformance.roles.server import Server
from conformance.testcase import testcase


@testcase(
    "SDM-READ-01",
    verifies=["HLF-010", "HLF-020", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    applies="server & verb_read",
    versions="each",
)
async def test_value_of_a_resource_reaches_the_user(server: Server) -> None:
    """A Read goes out as a confirmable GET of the path, and the user gets the value that was answered."""
    device = await server.registered()
    device.set("/3/0/2", "serial 4711")
    result = await server.read(device, "/3/0/2")
    request = await device.next(Read)
    request.expect(path="/3/0/2", confirmable=True, payload=b"")
    result.expect(code=CONTENT, value="serial 4711")


@testcase(
    "SDM-READ-02",
    verifies=["HLF-010"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="server & verb_read",
)
async def test_refusal_reaches_the_user(server: Server) -> None:
    """The user learns that a Read was answered 4.04."""
    device = await server.registered()
    device.answer_next(Read, Code.NOT_FOUND)
    result = await server.read(device, "/3/0/2")
    result.expect(code=NOT_FOUND)
