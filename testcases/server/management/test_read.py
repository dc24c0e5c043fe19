"""Read: the request of a server, and what its user gets (LwM2M Core 1.1.1 §6.3.1)."""

from conformance.coap.message import Code
from conformance.formats import ContentFormat
from conformance.matching import covering
from conformance.messages import Path, Read
from conformance.messages.codes import CONTENT, NOT_FOUND
from conformance.roles.server import Server
from conformance.testcase import testcase
from conformance.verdicts import Level


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
    device.forget()
    result = await server.read(device, "/3/0/2")
    request = await device.next(Read, at="/3/0/2")
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
    device.answer_next(Read, Code.NOT_FOUND, at="/3/0/2")
    result = await server.read(device, "/3/0/2")
    result.expect(code=NOT_FOUND)


@testcase(
    "SDM-READ-03",
    verifies=["HLF-020", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    applies="server & verb_read & takes_tlv",
    versions="each",
)
async def test_values_of_an_instance_reach_the_user(server: Server) -> None:
    """A Read of an Object Instance gives the user each value by Resource id."""
    device = await server.registered()
    device.right.preferred = ContentFormat.TLV
    device.forget()
    result = await server.read(device, "/1/0")
    request = await device.next(Read, at="/1/0")
    request.expect(method="0.01", path="/1/0", payload=b"")
    result.expect(code=CONTENT, values={"0": 1, "1": 300, "6": True, "7": "U"})


@testcase(
    "SDM-READ-04",
    verifies=["HLF-020", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    applies="server & verb_read & takes_tlv",
)
async def test_values_of_an_object_reach_the_user(server: Server) -> None:
    """A Read of an Object gives the user each value by Instance and Resource id."""
    device = await server.device()
    device.right.preferred = ContentFormat.TLV
    device.objects.add(Path(1, 2), {0: 7, 1: 86_400, 6: False, 7: "U"})
    await device.registered()
    device.forget()
    result = await server.read(device, "/1")
    (await device.next(Read, at="/1")).expect(path="/1")
    accounts = {
        "0": {"0": 1, "1": 300, "6": True, "7": "U"},
        "2": {"0": 7, "1": 86_400, "6": False, "7": "U"},
    }
    result.expect(code=CONTENT, values=accounts)


@testcase(
    "SDM-READ-05",
    verifies=["HLF-020", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    applies="server & verb_read & takes_tlv",
)
async def test_instances_of_a_multiple_resource_reach_the_user(server: Server) -> None:
    """A Read of a multiple Resource gives the user each value by Resource Instance id."""
    device = await server.device()
    device.right.preferred = ContentFormat.TLV
    device.set("/3/0/7", {0: 7, 3: 70_000, 300: -1})
    await device.registered()
    result = await server.read(device, "/3/0/7")
    result.expect(code=CONTENT, value={"0": 7, "3": 70_000, "300": -1})


@testcase(
    "SDM-READ-06",
    verifies=["HLF-014", "HLF-035"],
    clause="LwM2M Core 1.2 §6.3.1",
    applies="server & verb_read & takes_tlv",
)
async def test_unknown_resource_is_no_mistake(server: Server) -> None:
    """A Resource that the server does not know does not keep the others of an Instance from the user.

    The texts before 1.2 do not say so: a warning there.
    """
    device = await server.device()
    device.right.preferred = ContentFormat.TLV
    device.set("/1/0/26249", "unheard of")
    await device.registered()
    result = await server.read(device, "/1/0")
    level = Level.MUST if server.context.lwm2m >= "1.2" else Level.SHOULD
    result.expect(outcome="response", level=level)
    result.expect(code=CONTENT, values=covering({"0": 1, "7": "U"}), level=level)
