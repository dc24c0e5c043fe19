"""The alternate path of a device stands before every path that it is asked for (Transport 1.1.1 §6.4.1)."""

from conformance.messages import Read, Write
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase, vary


@testcase(
    "SDM-ALT-01",
    verifies=["HLF-014", "HLF-019"],
    clause="LwM2M Transport 1.1.1 §6.4.1",
    applies="server & verb_read",
)
@vary(root=["/lwm2m", "/a/b"])
async def test_read_lies_below_the_alternate_path(server: Server, root: str) -> None:
    """A device that registered an alternate path is read below it."""
    device = await server.registered(root=root)
    device.forget()
    result = await server.read(device, "/3/0/1")
    request = await device.next(Read, at="/3/0/1")
    request.expect(uri_path=f"{root}/3/0/1")
    result.expect(code=CONTENT, value="Tester device")


@testcase(
    "SDM-ALT-02",
    verifies=["HLF-010", "HLF-014"],
    clause="LwM2M Transport 1.1.1 §6.4.1",
    applies="server & verb_write",
)
async def test_write_lies_below_the_alternate_path(server: Server) -> None:
    """A device that registered an alternate path is written to below it."""
    device = await server.registered(root="/lwm2m")
    result = await server.write(device, "/3/0/14", "+05:45")
    request = await device.next(Write, at="/3/0/14")
    request.expect(uri_path="/lwm2m/3/0/14")
    result.expect(code=CHANGED)
