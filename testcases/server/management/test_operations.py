"""Execute, Create, Delete and Discover: the request of a server, and what its user gets (LwM2M Core 1.1.1
§6.3)."""

from conformance.formats import ContentFormat
from conformance.matching import ABSENT, matches, unordered
from conformance.messages import Create, Delete, Discover, Execute, Path
from conformance.messages.codes import CHANGED, CONTENT, CREATED, DELETED
from conformance.roles.server import Server
from conformance.testcase import testcase, vary


@testcase(
    "SDM-EXE-01",
    verifies=["HLF-007", "HLF-032"],
    clause="LwM2M Transport 1.1.1 §6.4.4",
    applies="server & verb_execute",
    versions="each",
)
async def test_execute_carries_nothing_by_itself(server: Server) -> None:
    """An Execute without arguments is a POST of the Resource without a payload."""
    device = await server.registered()
    result = await server.execute(device, "/3/0/4")
    request = await device.next(Execute, at="/3/0/4")
    request.expect(method="0.02", path="/3/0/4", payload=b"")
    result.expect(code=CHANGED)


@testcase(
    "SDM-EXE-02",
    verifies=["HLF-032"],
    clause="LwM2M Core 1.1.1 §6.3.5",
    applies="server & verb_execute",
)
@vary(arguments=["5", "0='1',3", "2='10.3',7='a/b'"])
async def test_arguments_arrive_as_they_are(server: Server, arguments: str) -> None:
    """The arguments of an Execute go out as the text that the user gave."""
    device = await server.registered()
    result = await server.execute(device, "/3/0/4", arguments)
    request = await device.next(Execute, at="/3/0/4")
    request.expect(path="/3/0/4", arguments=arguments)
    request.expect(format=ContentFormat.TEXT, tolerated={"format": ABSENT})
    result.expect(code=CHANGED)


@testcase(
    "SDM-CRE-01",
    verifies=["HLF-010", "HLF-014"],
    clause="LwM2M Core 1.1.1 §6.3.6",
    applies="server & verb_create",
    versions="each",
)
async def test_device_chooses_the_new_instance(server: Server) -> None:
    """A Create without an Instance id is a POST of the Object; the user is told no other id than it got.

    That the user is told the id at all is left to the server.
    """
    device = await server.registered()
    result = await server.create(device, 3311, {5850: False, 5851: 40})
    request = await device.next(Create, at="/3311")
    request.expect(method="0.02", path="/3311", confirmable=True)
    device.expect_holds("/3311/1/5851", 40)
    device.expect_holds("/3311/1/5850", False, name="device-second")
    result.expect(code=CREATED)
    if result.given.get("location") is None:
        result.note("the user is not told the id of the new Instance")
    else:
        result.expect(location=matches(r"/?3311/1"))


@testcase(
    "SDM-CRE-02",
    verifies=["HLF-010", "HLF-014"],
    clause="LwM2M Core 1.1.1 §6.3.6",
    applies="server & verb_create",
)
async def test_user_chooses_the_new_instance(server: Server) -> None:
    """A Create with an Instance id names that Instance in its payload."""
    device = await server.registered()
    result = await server.create(device, 3311, {5850: False, 5851: 40}, instance=7)
    request = await device.next(Create, at="/3311")
    request.expect(method="0.02", path="/3311")
    device.expect_holds("/3311/7/5851", 40)
    result.expect(code=CREATED)


@testcase(
    "SDM-DEL-01",
    verifies=["HLF-010"],
    clause="LwM2M Core 1.1.1 §6.3.7",
    applies="server & verb_delete",
    versions="each",
)
async def test_instance_is_deleted(server: Server) -> None:
    """A Delete is a DELETE of the Object Instance."""
    device = await server.registered()
    result = await server.delete(device, "/3311/0")
    request = await device.next(Delete, at="/3311/0")
    request.expect(method="0.04", path="/3311/0", confirmable=True, payload=b"")
    device.expect_holds("/3311/0/5851", ABSENT)
    result.expect(code=DELETED)


@testcase(
    "SDM-DIS-01",
    verifies=["HLF-019", "HLF-020"],
    clause="LwM2M Core 1.1.1 §6.3.2",
    applies="server & verb_discover",
    versions="each",
)
@vary(path=["/3303", "/3303/0", "/3303/0/5700"])
async def test_discover_gives_the_links(server: Server, path: str) -> None:
    """A Discover is a GET that accepts link-format, and the user gets targets and attributes."""
    device = await server.registered()
    device.right.attributes[Path.of(path)] = {"pmin": "10", "pmax": "60"}
    result = await server.discover(device, path)
    request = await device.next(Discover, at=path)
    request.expect(method="0.01", path=path, accept=ContentFormat.LINK, payload=b"")
    below = ("/3303", "/3303/0", "/3303/0/5700", "/3303/0/5701")
    wanted = [each for each in below if each.startswith(path)]
    result.expect(code=CONTENT, targets=unordered(*wanted))
    told = result.attributes(path)
    server.context.record.judge(
        "links.attributes", {"pmin": "10", "pmax": "60"}, told, what=f"attributes of {path}", source="live"
    )
