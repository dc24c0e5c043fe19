"""Requests for a device that sleeps: held until it is awake, and then sent (LwM2M Transport 1.1.1 §6.5)."""

import asyncio

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.messages import Path, Read
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.roles.user_side import RESPONSE, Result
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

CLAUSE = "LwM2M Transport 1.1.1 §6.5"
APPLIES = "server & verb_read"
QUEUE = f"{APPLIES} & queue_delivery"
REQUIREMENTS = ["GISFI-4.2", "HLF-036"]
SERIAL, BATTERY, ZONE = "/3/0/2", "/3/0/9", "/3/0/14"


async def asleep(server: Server) -> TesterDevice:
    """A device that registered in queue mode and has been silent for longer than it listens."""
    device = await server.device()
    await device.registered_in_queue_mode()
    await device.fall_asleep()
    device.forget()
    return device


async def held(device: TesterDevice, *reading: "asyncio.Task[Result]") -> None:
    """Expect that nothing is sent to the sleeping device.

    Raises:
        NotApplicable: the server refuses its user instead of holding what it asks (LwM2M Transport 1.1.1 §6.5
            demands no queue).
    """
    await device.none(Read, name="asleep")
    for each in reading:
        if each.done() and each.result().outcome != RESPONSE:
            raise NotApplicable(f"the SUT holds no request, it refuses its user: {each.result().outcome}")


async def awake(device: TesterDevice, name: str = "update") -> None:
    """Send the Update by which a device says that it is awake."""
    (await device.update()).expect(name=name, code=CHANGED)


@testcase(
    "SQM-HLD-01",
    verifies=REQUIREMENTS,
    clause=CLAUSE,
    ets="int-109",
    applies=APPLIES,
    sleeps=1,
    versions="each",
)
async def test_request_waits_for_the_update(server: Server) -> None:
    """Nothing is sent to a device that sleeps; after its Update it is asked, and the user gets the value.

    Where the queue is kept is left open: a server that refuses its user meanwhile is asked again.
    """
    device = await asleep(server)
    device.set(SERIAL, "serial 4711")
    reading = server.begin(server.read(device, SERIAL))
    await device.none(Read, server.ixit.reaction_time)
    if reading.done() and (told := reading.result()).outcome != RESPONSE:
        told.note(f"the user is told at once: {told.outcome}")
        await awake(device)
        await server.knows_update(device)
        reading = server.begin(server.read(device, SERIAL))
    else:
        await awake(device)
    (await device.next(Read, at=SERIAL)).expect(path=SERIAL)
    (await reading).expect(outcome="response", code=CONTENT, value="serial 4711")


@testcase("SQM-HLD-02", verifies=REQUIREMENTS, clause=f"{CLAUSE}, RFC 7252 §4.7", applies=QUEUE, sleeps=1)
async def test_requests_that_waited_come_one_by_one(server: Server) -> None:
    """Of several requests that waited the next one comes when the one before was answered."""
    device = await asleep(server)
    answers = asyncio.Event()

    async def late(operation: ServerOperation, incoming: Incoming) -> Response:
        await answers.wait()
        return device.right.to(operation)

    device.script_next(Read, late)
    reading = [server.begin(server.read(device, path)) for path in (SERIAL, BATTERY, ZONE)]
    await held(device, *reading)
    await awake(device)
    came = [await device.next(Read, name="first")]
    await device.none(Read, name="second-at-once")
    answers.set()
    came += [await device.next(Read, name=name) for name in ("second", "third")]
    paths = sorted(request.path for request in came)
    server.context.record.judge("read.paths", sorted((SERIAL, BATTERY, ZONE)), paths)
    for name, path, each in zip(("a", "b", "c"), (SERIAL, BATTERY, ZONE), reading, strict=True):
        (await each).expect(name=f"result-{name}", value=device.objects.values[Path.of(path)])


@testcase("SQM-HLD-03", verifies=REQUIREMENTS, clause=CLAUSE, applies=QUEUE, sleeps=1)
async def test_request_that_waited_is_sent_once(server: Server) -> None:
    """A request that waited and was answered does not come again with the next Update."""
    device = await asleep(server)
    reading = server.begin(server.read(device, SERIAL))
    await held(device, reading)
    await awake(device)
    await device.next(Read, at=SERIAL)
    (await reading).expect(outcome="response", code=CONTENT)
    await awake(device, "second-update")
    await device.none(Read, at=SERIAL, name="again")


@testcase(
    "SQM-HLD-04",
    verifies=REQUIREMENTS,
    clause=CLAUSE,
    applies=f"{QUEUE} & lwm2m >= 1.1 & event_send",
    sleeps=1,
)
async def test_send_may_show_that_the_device_is_awake(server: Server) -> None:
    """A request that waits may be sent when the device sends something, and has to be after its Update."""
    device = await asleep(server)
    reading = server.begin(server.read(device, SERIAL))
    await held(device, reading)
    sent = await device.send({BATTERY: 88})
    sent.expect(code=CHANGED)
    early = await device.take(Read, server.ixit.quiet_time, SERIAL)
    sent.note("brings the request that waited" if early else "does not bring it", ambiguity="Q23")
    await awake(device)
    if early is None:
        await device.next(Read, at=SERIAL)
    (await reading).expect(outcome="response", code=CONTENT)


@testcase(
    "SQM-HLD-05",
    verifies=["GISFI-4.2", "HLF-017"],
    clause=CLAUSE,
    applies="server & verb_observe & event_notify",
    sleeps=1,
)
@vary(confirmable=[True, False])
async def test_sleeping_device_may_notify(server: Server, confirmable: bool) -> None:
    """A notification of a device that slept is taken and told, although no Update came before it."""
    device = await server.device()
    await device.registered_in_queue_mode()
    (await server.observe(device, BATTERY)).require(outcome="response", code=CONTENT)
    await device.fall_asleep()
    await device.notify(BATTERY, 12, confirmable=confirmable)
    await server.told(device, value=12)
