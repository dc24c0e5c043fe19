"""A device in queue mode listens after a message of its own (LwM2M Transport 1.1.1 §6.5)."""

from conformance.coap.message import Code
from conformance.matching import PRESENT
from conformance.messages import Path, Register, Send, Update
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Arrival, Device
from conformance.roles.comeback import expect_back
from conformance.roles.preamble import known
from conformance.testcase import testcase
from conformance.verdicts import Inconclusive, Level, NotApplicable

CLAUSE = "LwM2M Transport 1.1.1 §6.5"
QUEUE = ("queue",)
APPLIES = "device & queue_mode"
SHORT = 6
STORING = 6
"""Notification Storing When Disabled or Offline."""
WRITABLE = "device & queue_mode & discover & ixit.writable_integer"


async def wake(device: Device) -> Arrival[Register] | Arrival[Update]:
    """Let the device sleep, and then say with an Update that it is awake."""
    if not device.current.queue_mode:
        raise Inconclusive("preamble: the SUT did not announce queue mode")
    await device.asleep()
    while await device.server.next((Register, Update), 0):
        pass
    await device.trigger("update")
    return await expect_back(device)


@testcase(
    "QUE-AWK-01",
    verifies=["GISFI-4.2", "HLF-036"],
    clause=CLAUSE,
    ets="int-109",
    applies=APPLIES,
    launch_options=QUEUE,
    versions="each",
    wait=2.0,
)
async def test_device_listens_after_its_update(device: Device) -> None:
    """A device that slept says with a confirmable Update that it is awake, and then answers."""
    await device.registered()
    (await wake(device)).expect(name="update", confirmable=True)
    answer = await device.read(device.server_object / 1)
    answer.expect(name="awake-read", code=CONTENT, value=device.lifetime)


@testcase(
    "QUE-AWK-02", verifies=["GISFI-4.2"], clause=CLAUSE, applies=APPLIES, launch_options=QUEUE, wait=2.0
)
async def test_time_of_listening_is_reported(device: Device) -> None:
    """A device answers after its Update; whether it still does at the end of its awake time is reported."""
    await device.registered()
    await wake(device)
    answer = await device.read(device.server_object / 1)
    answer.expect(name="awake-read", code=CONTENT)
    rest = device.ixit.awake_time - device.ixit.timing_tolerance
    await device.presence.quiet_for(rest)
    path, remote = (device.server_object / 1).segments, device.current.remote
    late = await device.endpoint.request(remote, Code.GET, path=path, limit=device.ixit.quiet_time)
    heard = "answers" if late.response else "does not answer"
    answer.note(f"the SUT {heard} {rest:.1f} s after its last message", ambiguity="Q24")


@testcase(
    "QUE-AWK-03", verifies=["GISFI-4.2"], clause=CLAUSE, applies=WRITABLE, launch_options=QUEUE, wait=2.0
)
async def test_requests_that_waited_are_all_answered(device: Device) -> None:
    """Requests that waited until the device woke are answered one after another."""
    path = await known(device)
    await wake(device)
    (await device.write(path, 43)).expect(code=CHANGED)
    (await device.read(path)).expect(name="read-back", code=CONTENT, value=43)
    (await device.discover("/3")).expect(code=CONTENT)
    (await device.read(device.server_object / 1)).expect(code=CONTENT, value=device.lifetime)


@testcase(
    "QUE-AWK-04",
    verifies=["GISFI-4.2", "HLF-017"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §E.2",
    applies="device & queue_mode & observe & ixit.observable",
    launch_options=QUEUE,
    wait=2.0,
)
async def test_change_during_sleep_is_told(device: Device) -> None:
    """A change while the device sleeps is told, at once or when it wakes, and it should listen after that."""
    await device.registered()
    path = Path.of(device.ixit.observable)
    await device.trigger("set", path=str(path), value=20)
    observation = await device.observe(path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    await device.write(device.server_object / STORING, True)
    await device.asleep()
    while await device.server.next((Register, Update), 0):
        pass
    await device.trigger("set", path=str(path), value=30)
    told = await observation.next_or_none(device.ixit.reaction_time)
    if told is None:
        await device.trigger("update")
        back = await device.back()
        if back is not None and isinstance(back.message, Register):
            raise NotApplicable("the SUT comes back with a new registration, which ends its observations")
        told = await observation.next()
    told.expect(code=CONTENT, value=30)
    answer = await device.read(path)
    answer.expect(name="awake-read", code=CONTENT, level=Level.SHOULD)


@testcase(
    "QUE-AWK-05",
    verifies=["HLF-019", "GISFI-4.2"],
    clause="LwM2M Core 1.1.1 §6.2, §6.2.2; LwM2M Transport 1.1.1 §6.5",
    applies=APPLIES,
    launch_options=QUEUE,
    launch={"lifetime": str(SHORT)},
    wait=SHORT,
)
async def test_sleeping_device_renews_its_registration(device: Device) -> None:
    """A device that sleeps wakes by itself before its lifetime has passed, and then answers."""
    if device.ixit.shortest_lifetime > SHORT:
        raise NotApplicable(f"the SUT does not work with a lifetime of {SHORT} s")
    register = await device.next(Register)
    register.require(lifetime=SHORT, queue_mode=True)
    await expect_back(device, SHORT + device.ixit.timing_tolerance)
    answer = await device.read(device.server_object / 1)
    answer.expect(name="awake-read", code=CONTENT, value=SHORT)


@testcase(
    "QUE-AWK-06",
    verifies=["HLF-017", "GISFI-4.2"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.4.6",
    applies="device & queue_mode & send & ixit.observable & lwm2m >= 1.1",
    launch_options=QUEUE,
    wait=2.0,
)
async def test_send_during_sleep(device: Device) -> None:
    """What is sent while the device sleeps arrives, confirmable, and should not be lost."""
    await device.registered()
    path = Path.of(device.ixit.observable)
    await device.write(device.server_object / 23, False)
    await device.asleep()
    await device.trigger("send", paths=[str(path)])
    found = await device.server.next((Send,), device.ixit.reaction_time)
    if found is None:
        await device.trigger("update")
        found = await device.server.next((Send,), device.ixit.reaction_time)
    device.context.record.judge(
        "send.received", True, found is not None, level=Level.SHOULD, what="a Send during sleep:"
    )
    if found is not None and isinstance(found[0], Send):
        arrival = Arrival(device.context.record, found[0], found[1])
        arrival.expect(confirmable=True, clause="LwM2M Transport 1.1.1 §6.4")
