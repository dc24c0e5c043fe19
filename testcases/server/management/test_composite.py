"""Read-Composite and Write-Composite as a server sends them (LwM2M Core 1.1.1 §6.3.8, §6.3.9)."""

from conformance.formats import ContentFormat, Value
from conformance.matching import ABSENT, one_of, unordered
from conformance.messages import ReadComposite, WriteComposite
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase, vary

SENML = {
    ContentFormat.SENML_JSON: (ContentFormat.SENML_JSON, ContentFormat.SENML_ETCH_JSON),
    ContentFormat.SENML_CBOR: (ContentFormat.SENML_CBOR, ContentFormat.SENML_ETCH_CBOR),
}
"""The formats of a request, of which LwM2M 1.2 adds the second, by the format of its answer."""


@testcase(
    "SDM-CMP-01",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Transport 1.1.1 §6.4.4",
    applies="server & verb_read_composite & lwm2m >= 1.1",
)
@vary(format=list(SENML))
async def test_several_paths_are_read_at_once(server: Server, format: ContentFormat) -> None:
    """A Read-Composite is a FETCH of the root that names the paths, and the user gets each value."""
    device = await server.registered()
    result = await server.read_composite(device, ["/3/0/1", "/3303/0/5700"], format)
    request = await device.next(ReadComposite)
    request.expect(method="0.05", uri_path="/", format=one_of(*SENML[format]))
    request.expect(accept=format, tolerated={"accept": ABSENT})
    request.expect(paths=unordered("/3/0/1", "/3303/0/5700"))
    result.expect(code=CONTENT, values={"/3/0/1": "Tester device", "/3303/0/5700": 21.5})


@testcase(
    "SDM-CMP-02",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Transport 1.1.1 §6.4.4",
    applies="server & verb_write_composite & lwm2m >= 1.1",
)
@vary(format=list(SENML))
async def test_several_values_are_written_at_once(server: Server, format: ContentFormat) -> None:
    """A Write-Composite is an iPATCH of the root with the values at their full paths."""
    device = await server.registered()
    values: dict[str, Value] = {"/3/0/14": "+05:45", "/1/0/7": "U"}
    result = await server.write_composite(device, values, format)
    request = await device.next(WriteComposite)
    request.expect(method="0.07", uri_path="/", format=one_of(*SENML[format]), values=values)
    device.expect_holds("/3/0/14", "+05:45")
    result.expect(code=CHANGED)


@testcase(
    "SDM-CMP-03",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.8",
    applies="server & verb_read_composite & lwm2m >= 1.1",
)
async def test_path_that_has_nothing_is_left_out(server: Server) -> None:
    """A path that the answer to a Read-Composite leaves out is no mistake: the user gets the others."""
    device = await server.registered()
    result = await server.read_composite(device, ["/3/0/1", "/3303/5/5700"])
    result.expect(code=CONTENT, outcome="response")
    given = {path: value for path, value in (result.given.get("values") or {}).items() if value is not None}
    server.context.record.judge(
        "read-composite.values", {"/3/0/1": "Tester device"}, given, what="values", source="live"
    )
