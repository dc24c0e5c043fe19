"""A device comes to a server, stays and leaves (LwM2M Core 1.1.1 §6.2)."""

from conformance.matching import containing, one_of
from conformance.messages import Deregister, Register, Update
from conformance.messages.codes import CHANGED, DELETED
from conformance.pair.pair import Pair
from conformance.testcase import NOSEC, testcase

UPDATE_TRIGGER, LIFETIME = 8, 1


@testcase(
    "PAIR-REG-01",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="device",
    partner="server & verb_read",
    security=[NOSEC, "psk"],
)
async def test_registration_is_accepted(pair: Pair) -> None:
    """The device registers under its name, and the server accepts it and names a location."""
    register, request = await pair.device.next(Register)
    register.expect(endpoint=pair.device.name, lifetime=pair.device.context.lifetime, links_malformed=None)
    pair.accepted(await pair.answered(request, "register"))
    await pair.settled()
    await pair.known()


@testcase(
    "PAIR-REG-02",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="device",
    partner="server & verb_read & event_registered",
    security=[NOSEC, "psk"],
)
async def test_user_learns_what_the_device_registered(pair: Pair) -> None:
    """The server's user learns the name, the lifetime and the Objects that the device registered."""
    register, request = await pair.device.next(Register)
    register.expect(endpoint=pair.device.name, links_malformed=None)
    pair.require_accepted(await pair.answered(request, "register"))
    told = await pair.told_of_registration()
    told.expect(lifetime=register.message.lifetime, objects=containing(*pair.device.instances))
    await pair.settled()


@testcase(
    "PAIR-UPD-01",
    verifies=["HLF-011", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies="device & update_trigger",
    partner="server & verb_read & verb_execute",
    security=[NOSEC, "psk"],
)
async def test_server_triggers_an_update(pair: Pair) -> None:
    """The Registration Update Trigger that the server executes brings an Update, which it accepts."""
    await pair.registered()
    trigger = await pair.execute(pair.device.server_object / UPDATE_TRIGGER)
    trigger.expect(CHANGED)
    update, request = await pair.device.next(Update, trigger.seen.frame)
    await pair.updated(update.message, request)
    await pair.settled()


@testcase(
    "PAIR-UPD-02",
    verifies=["HLF-010", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies="device & lifetime_writable & lifetime_readable",
    partner="server & verb_read & verb_write & event_updated",
)
async def test_user_learns_a_new_lifetime(pair: Pair) -> None:
    """A lifetime that the server writes comes back in an Update, and the server's user learns it."""
    await pair.registered()
    lifetime = pair.device.context.lifetime + 61
    written = await pair.write(pair.device.server_object / LIFETIME, lifetime)
    written.expect(CHANGED)
    pair.lifetime = lifetime
    update, request = await pair.device.next(Update, written.seen.frame)
    update.expect(lifetime=lifetime)
    await pair.updated(update.message, request)
    told = await pair.server.event("updated", pair.device.name)
    told.expect(lifetime=lifetime)
    await pair.settled()


@testcase(
    "PAIR-DER-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.3",
    applies="device & deregister",
    partner="server & verb_read",
    final_control=False,
    security=[NOSEC, "psk"],
)
async def test_device_leaves(pair: Pair) -> None:
    """The device de-registers, the server accepts it, and sends the device nothing more."""
    await pair.registered()
    await pair.control()
    after = pair.wire.last
    await pair.device.verb("deregister")
    leave, request = await pair.device.next(Deregister, after)
    given = pair.device.location
    leave.expect(location=one_of(given, "/".join(given).split("/")))
    (await pair.answered(request, "deregister")).expect(outcome="response", code=DELETED)
    if pair.server.context.ics["event_deregistered"]:
        await pair.server.event("deregistered", pair.device.name)
    refused = await pair.server.read(pair.device.name, "/3/0/0")
    refused.expect(name="read-result", outcome="not-registered")
