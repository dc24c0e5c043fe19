"""Write: method, path, format and content of what goes out (LwM2M Core 1.1.1 §6.3.3)."""

from conformance.matching import PRESENT, one_of
from conformance.messages import Write
from conformance.messages.codes import CHANGED
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.roles.user_side import RESPONSE, Result
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

UTC_OFFSET = "/3/0/14"
"""What every device may have and every server knows, and what may be written."""
METHODS = {"replace": ("0.03",), "update": ("0.02", "0.07")}
"""PUT; POST, or from 1.1 on iPATCH."""


def need_not_write(device: TesterDevice, result: Result, what: str) -> None:
    """Leave the case out where the server sends no Write, and says so, to an Object that it need not know.

    Raises:
        NotApplicable: it does.
    """
    sent = any(isinstance(operation, Write) for operation in device.arrived)
    if not sent and result.outcome != RESPONSE:
        raise NotApplicable(f"the SUT writes nothing to {what}, which it need not know: {result.outcome}")


def need_not_know(server: Server, device: TesterDevice, result: Result) -> None:
    """The same of the test Object, where the server does not know it.

    Raises:
        NotApplicable: it does not, and sent no Write.
    """
    if not server.context.ics["knows_test_object"]:
        need_not_write(device, result, "the test Object")


@testcase(
    "SDM-WRITE-01",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Transport 1.1.1 §6.4.4",
    applies="server & verb_write",
    versions="each",
)
async def test_value_reaches_the_resource(server: Server) -> None:
    """A Write of one value goes out as a confirmable PUT of the path and names its Content-Format."""
    device = await server.registered()
    result = await server.write(device, UTC_OFFSET, "+05:45")
    request = await device.next(Write, at=UTC_OFFSET)
    request.expect(method="0.03", path=UTC_OFFSET, confirmable=True, format=PRESENT, value="+05:45")
    device.expect_holds(UTC_OFFSET, "+05:45")
    result.expect(code=CHANGED)


@testcase(
    "SDM-WRITE-02",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Transport 1.1.1 §6.4.4",
    applies="server & verb_write",
)
@vary(mode=list(METHODS))
async def test_mode_of_a_write_is_its_method(server: Server, mode: str) -> None:
    """Values of an Object Instance are replaced by PUT and partially updated by POST, as the user asked."""
    device = await server.registered()
    result = await server.write(device, "/3442/0", {110: "both", 120: -7}, mode=mode)
    need_not_know(server, device, result)
    request = await device.next(Write, at="/3442/0")
    methods = METHODS[mode][:1] if server.context.lwm2m == "1.0" else METHODS[mode]
    request.expect(method=one_of(*methods), path="/3442/0")
    request.expect(values={"/3442/0/110": "both", "/3442/0/120": -7})
    result.expect(code=CHANGED)
    device.expect_holds("/3442/0/120", -7)


@testcase(
    "SDM-WRITE-03",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="server & verb_write",
)
async def test_multiple_resource_is_replaced(server: Server) -> None:
    """A multiple Resource is written with exactly the Resource Instances that the user gave."""
    device = await server.registered()
    result = await server.write(device, "/3442/0/1120", {1: -5, 300: 70_000})
    need_not_know(server, device, result)
    request = await device.next(Write, at="/3442/0/1120")
    request.expect(method="0.03", values={"/3442/0/1120/1": -5, "/3442/0/1120/300": 70_000})
    device.expect_holds("/3442/0/1120", {1: -5, 300: 70_000})
    result.expect(code=CHANGED)


@testcase(
    "SDM-WRITE-04",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="server & verb_write & lwm2m >= 1.1",
)
async def test_one_resource_instance_is_written(server: Server) -> None:
    """A Write of one Resource Instance names it in its path and leaves the others alone."""
    device = await server.registered()
    result = await server.write(device, "/3442/0/1120/3", 80_000)
    need_not_know(server, device, result)
    request = await device.next(Write, at="/3442/0/1120/3")
    request.expect(path="/3442/0/1120/3", value=80_000)
    device.expect_holds("/3442/0/1120", {0: 7, 3: 80_000})
    result.expect(code=CHANGED)
