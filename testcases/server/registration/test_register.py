"""Register: which one a server accepts, and what its user learns (LwM2M Core 1.1.1 §6.2.1)."""

from conformance.matching import containing, matches, one_of
from conformance.messages.codes import BAD_REQUEST, CREATED, DELETED, FORBIDDEN
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

BELOW_RD = matches(r"/rd/.+")
URNS = ("urn:imei:004999010640000", "urn:example:a&lt=1", "urn:example:b=c")
NAMES = (*URNS, "pump 7/3", "Zähler%20", "n" * 200)


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
    registered.expect(code=CREATED)
    registered.expect(location=BELOW_RD, clause="LwM2M Transport 1.1.1 §6.4.3")


@testcase(
    "SRG-REG-02",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="server & event_registered",
    versions="each",
)
async def test_user_learns_what_was_registered(server: Server) -> None:
    """What the user is told of a device that registers is what the device said.

    An Object outside the enabler, which a server may silently ignore, is not asked for.
    """
    device = await server.device()
    (await device.register(lifetime=4711)).require(code=CREATED)
    told = await server.event("registered", device.name)
    told.shows(lifetime=4711, version=device.lwm2m, binding="U", objects=containing("/1/0", "/3/0"))


@testcase(
    "SRG-REG-03",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server",
)
async def test_register_without_a_name_is_refused(server: Server) -> None:
    """A Register without ep, from a device that no security identifies, is answered 4.00.

    4.00 is listed for it, and demanded nowhere. 4.03 is listed for a name that is not permitted, and read so
    for one that is missing.
    """
    await server.control()
    device = await server.device()
    registered = await device.register(query=device.query(lifetime=300)[1:])
    registered.expect(outcome="response")
    registered.expect(code=BAD_REQUEST, tolerated={"code": FORBIDDEN}, level=Level.SHOULD)


@testcase(
    "SRG-REG-04",
    verifies=["HLF-012", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server",
    versions="each",
)
async def test_every_parameter_is_taken(server: Server) -> None:
    """A Register with every parameter of its version is accepted, queue mode and SMS number among them."""
    device = await server.device()
    more = ("sms=491700000000",) if device.lwm2m == "1.0" else ("Q", "sms=491700000000")
    binding = "UQ" if device.lwm2m == "1.0" else "U"
    (await device.register(binding=binding, more=more)).expect(code=CREATED, location=BELOW_RD)
    (await device.deregister()).expect(code=DELETED)


@testcase(
    "SRG-REG-05",
    verifies=["HLF-012", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server & event_registered",
)
async def test_binding_is_udp_when_none_is_told(server: Server) -> None:
    """Without b the binding is U, or none is told."""
    device = await server.device()
    (await device.register(binding=None)).expect(code=CREATED)
    (await server.event("registered", device.name)).shows(binding="U")


@testcase(
    "SRG-REG-06",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Transport 1.1.1 §6.4.3",
    applies="server",
)
async def test_order_of_parameters_is_free(server: Server) -> None:
    """A Register whose parameters come in the opposite order is accepted, and registers the same name."""
    device = await server.device()
    (await device.register(query=device.query(lifetime=300)[::-1])).expect(code=CREATED)
    if server.context.ics["event_registered"]:
        (await server.event("registered", device.name)).shows(lifetime=300)


@testcase(
    "SRG-REG-07",
    verifies=["HLF-001"],
    clause="LwM2M Core 1.1.1 §6.2.1, RFC 7252 §5.10.1",
    applies="server & event_registered",
)
@vary(name=NAMES)
async def test_name_is_taken_as_it_stands(server: Server, name: str) -> None:
    """An endpoint name may hold what separates parameters elsewhere: the user learns it octet by octet.

    A server may refuse a name as not permitted (4.03). Names are URNs by the table of identifiers: others it
    may not know at all (4.00).
    """
    device = await server.device(f"{name}-{server.context.chance.randrange(16**6):06x}")
    registered = await device.register()
    refusals = one_of(FORBIDDEN) if name in URNS else one_of(FORBIDDEN, BAD_REQUEST)
    registered.expect(code=CREATED, tolerated={"code": refusals})
    if registered.code == CREATED:
        await server.event("registered", device.name)


@testcase(
    "SRG-REG-08",
    verifies=["HLF-039"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server & event_registered",
)
async def test_user_learns_the_address(server: Server) -> None:
    """The user learns from which address and port a device registered."""
    device = await server.device()
    (await device.register()).require(code=CREATED)
    told = await server.event("registered", device.name)
    told.shows(address="{}:{}".format(*device.endpoint.local))
