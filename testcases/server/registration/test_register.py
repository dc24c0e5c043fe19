"""Register: which one a server accepts, and what its user learns (LwM2M Core 1.1.1 §6.2.1)."""

from conformance.matching import containing, matches
from conformance.messages.codes import BAD_REQUEST, CREATED, FORBIDDEN
from conformance.roles.server import Server
from conformance.testcase import testcase

BELOW_RD = matches(r"/rd/.+")


@testcase(
    "SRG-REG-01",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="server",
    versions="each",
)
async def test_right_register_is_accepted(server: Server) -> None:
    """A right Register is answered 2.01 with a location below /rd."""
    device = await server.device()
    registered = await device.register()
    registered.expect(code=CREATED, location=BELOW_RD)


@testcase(
    "SRG-REG-02",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="server & event_registered",
    versions="each",
)
async def test_user_learns_what_was_registered(server: Server) -> None:
    """The user learns lifetime, version, binding and Objects of a device that registers."""
    device = await server.device()
    (await device.register(lifetime=4711)).require(code=CREATED)
    told = await server.event("registered", device.name)
    told.expect(lifetime=4711, version=device.lwm2m, binding="U")
    told.expect(objects=containing("/1/0", "/3/0", "/3442/0"))


@testcase(
    "SRG-REG-03",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server",
)
async def test_register_without_a_name_is_refused(server: Server) -> None:
    """A Register without ep, from a device that no security identifies, is answered 4.00.

    4.03 is listed for a name that is not permitted, and read so for one that is missing.
    """
    await server.control()
    device = await server.device()
    registered = await device.register(query=device.query(lifetime=300)[1:])
    registered.expect(code=BAD_REQUEST, tolerated={"code": FORBIDDEN})
