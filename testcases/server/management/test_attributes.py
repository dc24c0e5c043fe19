"""Write-Attributes as a server sends it (LwM2M Core 1.1.1 §6.3.4)."""

from conformance.matching import one_of
from conformance.messages import WriteAttributes
from conformance.messages.codes import CHANGED
from conformance.roles.server import Server
from conformance.testcase import testcase, vary


@testcase(
    "SDM-ATT-01",
    verifies=["HLF-018", "HLF-029"],
    clause="LwM2M Transport 1.1.1 §6.4.4",
    applies="server & verb_write_attributes",
    versions="each",
)
@vary(path=["/3303", "/3303/0", "/3303/0/5700"])
async def test_attributes_go_out_in_the_query(server: Server, path: str) -> None:
    """A Write-Attributes is a PUT with the attributes in its query, and without a payload."""
    device = await server.registered()
    result = await server.write_attributes(device, path, pmin=10, pmax=60)
    request = await device.next(WriteAttributes, at=path)
    request.expect(method="0.03", path=path, confirmable=True, payload=b"")
    request.expect(attributes={"pmin": "10", "pmax": "60"})
    result.expect(code=CHANGED)


@testcase(
    "SDM-ATT-02",
    verifies=["HLF-021", "HLF-029"],
    clause="LwM2M Core 1.1.1 §5.1.2",
    applies="server & verb_write_attributes",
)
async def test_thresholds_are_decimal_numbers(server: Server) -> None:
    """Thresholds and the step go out as the decimal numbers that the user gave."""
    device = await server.registered()
    result = await server.write_attributes(device, "/3303/0/5700", lt=10.5, gt=1000000.25, st=0.125)
    request = await device.next(WriteAttributes, at="/3303/0/5700")
    numbers = {name: float(value or "nan") for name, value in request.attributes.items()}
    server.context.record.judge(
        "write-attributes.numbers", {"lt": 10.5, "gt": 1000000.25, "st": 0.125}, numbers, what="attributes"
    )
    plain = [str(value) for value in request.attributes.values() if "e" in str(value).lower()]
    server.context.record.judge("write-attributes.exponents", [], plain, what="numbers with an exponent")
    result.expect(code=CHANGED)


@testcase(
    "SDM-ATT-03",
    verifies=["HLF-018", "HLF-029"],
    clause="LwM2M Core 1.1.1 §6.3.4",
    applies="server & verb_write_attributes",
)
async def test_attribute_is_unset_by_its_name(server: Server) -> None:
    """An attribute is unset by its name without a value."""
    device = await server.registered()
    result = await server.write_attributes(device, "/3303/0/5700", pmin=None)
    request = await device.next(WriteAttributes, at="/3303/0/5700")
    request.expect(path="/3303/0/5700", attributes=one_of({"pmin": None}, {"pmin": ""}))
    result.expect(code=CHANGED)
