"""Parameters of Register that occur twice, and a lifetime without an end (LwM2M Core 1.1.1 §6.2.1)."""

import asyncio

from conformance.matching import one_of
from conformance.messages.codes import BAD_REQUEST, CHANGED, CREATED, PRECONDITION_FAILED
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Level


@testcase("SRG-REF-09", verifies=["HLF-019"], clause="LwM2M Transport 1.1.1 §6.7", applies="server")
@vary(again=["lt=4711", "lwm2m=1.0", "b=UQ"])
async def test_repeated_parameter_is_no_failure_of_the_server(server: Server, again: str) -> None:
    """A Register with a parameter twice, under two values, is answered 4.00 or taken with one of them.

    No text says what a repeated parameter means; a version that the server lacks may also be answered 4.12.
    """
    await server.control()
    device = await server.device()
    registered = await device.register(lifetime=300, more=(again,))
    registered.expect(code=one_of(BAD_REQUEST, CREATED), tolerated={"code": PRECONDITION_FAILED})
    if registered.code != CREATED:
        return
    registered.note(f"a second {again.partition('=')[0]} is accepted")
    if server.context.ics["event_registered"]:
        (await server.event("registered", device.name)).expect(lifetime=one_of(300, 4711))


@testcase(
    "SRG-EXP-06", verifies=["HLF-019"], clause="LwM2M Core 1.2 §6.2, §E.2", applies="server & lwm2m >= 1.2"
)
async def test_lifetime_of_zero_has_no_end(server: Server) -> None:
    """A registration with the lifetime 0, which Object 1 calls infinite from LwM2M 1.2 on, is kept."""
    device = await server.device()
    registered = await device.register(lifetime=0)
    registered.expect(code=CREATED, level=Level.SHOULD)
    if registered.code == CREATED:
        await asyncio.sleep(server.ixit.quiet_time)
        (await device.update()).expect(code=CHANGED, level=Level.SHOULD)
