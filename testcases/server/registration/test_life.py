"""Update and De-register at a server (LwM2M Core 1.1.1 §6.2.2, §6.2.3)."""

from conformance.matching import differs
from conformance.messages import Read
from conformance.messages.codes import BAD_REQUEST, CHANGED, DELETED, NOT_FOUND
from conformance.roles.server import Server
from conformance.testcase import testcase


@testcase(
    "SRG-UPD-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies="server",
    versions="each",
)
async def test_update_is_accepted(server: Server) -> None:
    """An Update at the location of the registration is answered 2.04."""
    device = await server.registered()
    (await device.update(lifetime=600)).expect(code=CHANGED)


@testcase(
    "SRG-UPD-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies="server & event_updated",
)
async def test_user_learns_the_new_lifetime(server: Server) -> None:
    """The user learns the lifetime that an Update brings."""
    device = await server.registered()
    (await device.update(lifetime=612)).require(code=CHANGED)
    (await server.event("updated", device.name)).shows(lifetime=612)


@testcase(
    "SRG-UPD-03",
    verifies=["HLF-019"],
    clause="LwM2M Transport 1.1.1 §6.7",
    ets="int-105",
    applies="server",
)
async def test_update_of_an_unknown_location_is_refused(server: Server) -> None:
    """An Update at a location that the server never gave is answered 4.04."""
    device = await server.registered()
    unknown = ("rd", f"never-{server.context.chance.randrange(16**8):08x}")
    (await device.update(location=unknown)).expect(code=NOT_FOUND)
    (await device.update()).expect(name="own", code=CHANGED)


@testcase(
    "SRG-DER-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.3",
    applies="server",
)
async def test_deregister_ends_the_registration(server: Server) -> None:
    """A De-register is answered 2.02, and an Update after it 4.04."""
    device = await server.registered()
    (await device.deregister()).expect(code=DELETED)
    (await device.update()).expect(code=NOT_FOUND)


@testcase(
    "SRG-DER-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.3",
    applies="server & event_deregistered",
)
async def test_user_learns_that_a_device_left(server: Server) -> None:
    """The user learns of a De-register."""
    device = await server.registered()
    (await device.deregister()).require(code=DELETED)
    await server.event("deregistered", device.name)


@testcase(
    "SRG-DER-03",
    verifies=["HLF-019"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="server",
)
async def test_deregister_of_an_unknown_location_is_refused(server: Server) -> None:
    """A De-register at a location that the server never gave is answered 4.04, and ends nothing."""
    device = await server.registered()
    unknown = ("rd", f"never-{server.context.chance.randrange(16**8):08x}")
    (await device.deregister(location=unknown)).expect(code=NOT_FOUND, tolerated={"code": BAD_REQUEST})
    (await device.update()).expect(code=CHANGED)


@testcase(
    "SRG-DER-04",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.3",
    applies="server & verb_read",
)
async def test_nothing_is_asked_of_a_device_that_left(server: Server) -> None:
    """After a De-register a Read ends without a response, and no request reaches the device."""
    device = await server.registered()
    (await device.deregister()).expect(code=DELETED)
    device.forget()
    result = await server.read(device, "/3/0/1")
    result.expect(outcome=differs("response"))
    await device.none(Read)
