"""A firmware update as a user leads it: package, trigger, state and result (LwM2M Core 1.1.1 §E.6)."""

from conformance.formats import ContentFormat
from conformance.messages import Execute, Path, Write
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import testcase
from conformance.verdicts import Level
from testcases.server.management.test_write import need_not_write

CLAUSE = "LwM2M Core 1.1.1 §E.6"
URI, UPDATE, STATE, RESULT = "/5/0/1", "/5/0/2", "/5/0/3", "/5/0/5"
PACKAGE = "coap://127.0.0.1:5683/fw/pump-7.bin?x=1&y=%2F"


async def updatable(server: Server) -> TesterDevice:
    """A registered device with an idle Object 5, which answers in TLV."""
    device = await server.device()
    device.objects.add(Path(5, 0), {1: "", 3: 0, 5: 0, 9: 0})
    device.right.preferred = ContentFormat.TLV
    await device.registered()
    return device


@testcase(
    "SDM-FWU-01",
    verifies=["HLF-003"],
    clause=CLAUSE,
    applies="server & verb_write & verb_execute",
)
async def test_package_is_named_and_installed(server: Server) -> None:
    """The URI of a package is written as the user gave it, and Execute of /5/0/2 installs the package."""
    device = await updatable(server)
    result = await server.write(device, URI, PACKAGE)
    need_not_write(device, result, "Object 5")
    (await device.next(Write, at=URI)).expect(method="0.03", path=URI)
    device.expect_holds(URI, PACKAGE)
    result.expect(name="uri-result", code=CHANGED)
    result = await server.execute(device, UPDATE)
    (await device.next(Execute, at=UPDATE)).expect(method="0.02", path=UPDATE, payload=b"")
    result.expect(name="update-result", code=CHANGED)


@testcase(
    "SDM-FWU-02",
    verifies=["HLF-004", "HLF-017"],
    clause=CLAUSE,
    applies="server & verb_observe & verb_read & event_notify & takes_tlv",
)
async def test_outcome_of_an_update_is_told(server: Server) -> None:
    """Each observed state is told, Idle too, which is 0, and so is the result that a Read gives."""
    device = await updatable(server)
    (await server.observe(device, STATE)).require(outcome="response", code=CONTENT)
    for state in (1, 2, 3, 0):
        await device.notify(STATE, state)
        told = await server.event("notify", device.name, check=f"state-{state}")
        told.expect(name=f"state-{state}", value=state, level=Level.SHOULD)
    device.set(RESULT, 8)
    result = await server.read(device, RESULT)
    result.expect(outcome="response", code=CONTENT)
    result.expect(value=8, level=Level.SHOULD)
