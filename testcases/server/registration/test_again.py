"""A device that registers again, and one that turns up at another address (LwM2M Core 1.1.1 §6.2.1)."""

from conformance.matching import ABSENT, excluding, one_of
from conformance.messages import Read
from conformance.messages.codes import (
    BAD_REQUEST,
    CHANGED,
    CONTENT,
    CREATED,
    FORBIDDEN,
    NOT_FOUND,
    UNAUTHORIZED,
)
from conformance.roles.server import Server
from conformance.testcase import testcase


@testcase(
    "SRG-AGN-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server & verb_registrations",
)
async def test_new_registration_takes_the_place_of_the_old(server: Server) -> None:
    """A device that registers again has one registration, with what it told last.

    It is looked at once the user was told of the second Register, or the time for that is over.
    """
    device = await server.registered(lifetime=300)
    await server.hears("registered", device.name, server.ixit.quiet_time)
    (await device.register(lifetime=4711, links=b"</1/0>,</3/0>")).expect(code=CREATED)
    await server.knows(device)
    kept = [each for each in await server.registrations() if each["endpoint"] == device.name]
    record = server.context.record
    record.judge("kept.number", 1, len(kept), what="registrations of the device", source="live")
    lifetime, objects = kept[0].get("lifetime"), kept[0].get("objects")
    record.judge("kept.lifetime", 4711, lifetime, tolerated=ABSENT, what="lifetime", source="live")
    gone = excluding("/3442/0")
    record.judge("kept.objects", gone, objects, tolerated=ABSENT, what="Objects", source="live")


@testcase(
    "SRG-AGN-02",
    verifies=["HLF-019", "HLF-010"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server & verb_read",
)
async def test_device_that_registered_again_is_reached(server: Server) -> None:
    """After a second Register from the same address Update and Read work as after the first."""
    device = await server.registered()
    await device.registered()
    (await device.update()).expect(code=CHANGED)
    device.set("/3/0/2", "again")
    device.forget()
    result = await server.read(device, "/3/0/2")
    await device.next(Read, at="/3/0/2")
    result.expect(code=CONTENT, value="again")


@testcase(
    "SRG-AGN-03",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server",
)
async def test_old_location_is_gone(server: Server) -> None:
    """After a second Register the location of the first is no longer one, unless it was given again."""
    device = await server.registered()
    first = device.here
    await device.registered()
    if device.here == first:
        server.context.record.note("the same location is given again")
    else:
        (await device.update(location=first)).expect(
            name="old", code=NOT_FOUND, tolerated={"code": BAD_REQUEST}
        )
    (await device.update()).expect(code=CHANGED)


@testcase(
    "SRG-AGN-04",
    verifies=["HLF-019", "HLF-039"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server & verb_read",
)
async def test_requests_follow_to_the_new_address(server: Server) -> None:
    """A device that registers again from another address is asked there."""
    device = await server.registered()
    await device.move()
    await device.registered()
    device.set("/3/0/2", "moved")
    device.forget()
    result = await server.read(device, "/3/0/2")
    await device.next(Read, at="/3/0/2")
    result.expect(code=CONTENT, value="moved")


@testcase(
    "SRG-AGN-05",
    verifies=["HLF-039"],
    clause="LwM2M Transport 1.1.1 §6.4.3",
    applies="server",
)
async def test_update_from_another_address_is_answered(server: Server) -> None:
    """An Update from an address that did not register is taken or refused; the registration bears it.

    Without security the device has to register again. What a server does that gets an Update is left open.
    """
    device = await server.registered()
    await device.move()
    answer = await device.update()
    answer.expect(code=one_of(CHANGED, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND))
    answer.note(f"an Update from another address is answered {answer.code}", ambiguity="Q20")
    (await device.register()).expect(name="again", code=CREATED)
