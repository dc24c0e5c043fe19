"""Formats that requests name: Accept of a Read and an Observe, Content-Format of a Create (LwM2M Transport
1.1.1 §6.4.4)."""

from conformance.formats import ContentFormat
from conformance.matching import PRESENT, covering
from conformance.messages import Create, Observe, Read
from conformance.messages.codes import CONTENT, CREATED
from conformance.roles.server import Server
from conformance.testcase import testcase, vary

CLAUSE = "LwM2M Transport 1.1.1 §6.4.4"


@testcase(
    "SDM-READ-07",
    verifies=["HLF-010", "HLF-020"],
    clause=CLAUSE,
    applies="server & verb_read & lwm2m >= 1.1",
)
@vary(format=[ContentFormat.TEXT, ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
async def test_format_of_a_read_is_asked_by_accept(server: Server, format: ContentFormat) -> None:
    """A Read in a format that the user chose names it in Accept, and what comes in it reaches the user."""
    server.need_format(format)
    device = await server.registered()
    device.forget()
    result = await server.read(device, "/3/0/9", format)
    (await device.next(Read)).expect(path="/3/0/9", accept=format)
    result.expect(outcome="response", code=CONTENT, value=87)


@testcase(
    "SIR-OBS-09",
    verifies=["HLF-017", "HLF-020"],
    clause=CLAUSE,
    applies="server & verb_observe & event_notify & lwm2m >= 1.1",
)
@vary(format=[ContentFormat.TLV, ContentFormat.SENML_CBOR])
async def test_format_of_an_observe_is_asked_by_accept(server: Server, format: ContentFormat) -> None:
    """An Observe in a format that the user chose names it in Accept, and notifications in it are told."""
    server.need_format(format)
    device = await server.registered()
    device.forget()
    await server.observe(device, "/3/0", format)
    (await device.next(Observe)).expect(path="/3/0", accept=format)
    device.set("/3/0/9", 12)
    await device.notify("/3/0")
    await server.told(device, values=covering({"9": 12, "2": "0001"}))


@testcase("SDM-CRE-03", verifies=["HLF-010", "HLF-014"], clause=CLAUSE, applies="server & verb_create")
@vary(instance=[None, 7])
async def test_create_names_its_format(server: Server, instance: int | None) -> None:
    """A Create names the Content-Format of the values that it brings."""
    device = await server.registered()
    result = await server.create(device, 3311, {5850: False, 5851: 40}, instance=instance)
    (await device.next(Create)).expect(method="0.02", path="/3311", format=PRESENT)
    result.expect(outcome="response", code=CREATED)
