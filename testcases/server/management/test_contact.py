"""Contact that a user provokes or forbids, and what hangs on a device (LwM2M Core 1.1.1 §E.2)."""

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.messages import Execute, Write
from conformance.messages.codes import CHANGED, CONTENT, CREATED, DELETED
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from testcases.server.management.test_write import need_not_write

CLAUSE = "LwM2M Core 1.1.1 §E.2"
DISABLE_TIMEOUT, DISABLE, TRIGGER = "/1/0/5", "/1/0/4", "/1/0/8"
SWITCH = "/3311/0/5850"


@testcase(
    "SDM-SRV-01",
    verifies=["HLF-008", "HLF-041", "HLF-042"],
    clause=CLAUSE,
    applies="server & verb_write & verb_execute & verb_read",
)
async def test_device_is_put_out_of_service_and_comes_back(server: Server) -> None:
    """A device is disabled for a time by a Write and an Execute; when it is back it is served as before."""
    device = await server.device()
    device.set(DISABLE_TIMEOUT, 86_400)
    await device.registered()
    await server.hears("registered", device.name, 0.0)
    (await server.write(device, DISABLE_TIMEOUT, 60)).expect(name="timeout-result", code=CHANGED)
    (await device.next(Write, at=DISABLE_TIMEOUT)).expect(path=DISABLE_TIMEOUT)
    device.expect_holds(DISABLE_TIMEOUT, 60)
    (await server.execute(device, DISABLE)).expect(name="disable-result", code=CHANGED)
    (await device.next(Execute, at=DISABLE)).expect(method="0.02", path=DISABLE, payload=b"")
    (await device.deregister()).expect(code=DELETED)
    if server.context.ics["event_deregistered"]:
        await server.event("deregistered", device.name)
    (await device.register()).expect(name="back", code=CREATED)
    await server.knows(device)
    device.set("/3/0/2", "back in service")
    (await server.read(device, "/3/0/2")).expect(code=CONTENT, value="back in service")


@testcase("SDM-SRV-02", verifies=["HLF-011"], clause=CLAUSE, applies="server & verb_execute")
@vary(update=["before", "after"])
async def test_device_is_made_to_update(server: Server, update: str) -> None:
    """The Execute of the trigger /1/x/8 goes out, and the Update is answered before or after the response.

    Whether the device updates first or responds first is left to it.
    """
    device = await server.registered()

    async def updated_first(operation: ServerOperation, _incoming: Incoming) -> Response:
        (await device.update(lifetime=600)).expect(code=CHANGED)
        return device.right.to(operation)

    if update == "before":
        device.script_next(Execute, updated_first, at=TRIGGER)
    result = await server.execute(device, TRIGGER)
    (await device.next(Execute, at=TRIGGER)).expect(method="0.02", path=TRIGGER, payload=b"")
    if update == "after":
        (await device.update(lifetime=600)).expect(code=CHANGED)
    result.expect(outcome="response", code=CHANGED)
    if server.context.ics["event_updated"]:
        await server.event("updated", device.name)


@testcase(
    "SDM-ACT-01",
    verifies=["HLF-009", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="server & verb_write",
)
async def test_actuator_is_switched(server: Server) -> None:
    """A switch is turned off and on again by a Write of its Resource, and the device has it so each time."""
    device = await server.registered()
    for name, state in (("off", False), ("on", True)):
        result = await server.write(device, SWITCH, state)
        need_not_write(device, result, "Object 3311")
        (await device.next(Write, name=name, at=SWITCH)).expect(name=name, method="0.03", path=SWITCH)
        device.expect_holds(SWITCH, state, name=f"switch-{name}")
        result.expect(name=f"{name}-result", outcome="response", code=CHANGED)
