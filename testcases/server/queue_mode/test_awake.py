"""Devices that are awake, in queue mode or not: they are asked at once (LwM2M Transport 1.1.1 §6.5)."""

from conformance.messages import Read
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase
from conformance.verdicts import Level, Subject

CLAUSE = "LwM2M Transport 1.1.1 §6.5"
APPLIES = "server & verb_read"
REQUIREMENTS = ["GISFI-4.2", "HLF-010"]
SERIAL, BATTERY = "/3/0/2", "/3/0/9"


@testcase("SQM-AWK-01", verifies=[*REQUIREMENTS, "HLF-019"], clause=CLAUSE, applies=APPLIES, versions="each")
async def test_device_is_asked_after_its_register(server: Server) -> None:
    """A device that registers in queue mode is accepted, and asked at once: it has just shown to listen."""
    device = await server.device()
    await device.registered_in_queue_mode()
    device.forget()
    reading = server.begin(server.read(device, SERIAL))
    (await device.next(Read, at=SERIAL)).expect(path=SERIAL)
    (await reading).expect(outcome="response", code=CONTENT, value="0001")


@testcase("SQM-AWK-02", verifies=REQUIREMENTS, clause=CLAUSE, applies=APPLIES, sleeps=1.2)
async def test_answers_prolong_the_time_of_listening(server: Server) -> None:
    """The time for which a device counts as awake begins anew with each of its answers."""
    device = await server.device()
    await device.registered_in_queue_mode()
    await device.stay_silent(0.6)
    (await server.read(device, SERIAL)).expect(name="first", outcome="response", code=CONTENT)
    await device.stay_silent(0.6)
    device.forget()
    server.begin(server.read(device, BATTERY))
    found = await device.take(Read, server.ixit.reaction_time, BATTERY)
    server.context.record.judge(
        "second.sent",
        True,
        found is not None,
        subject=Subject("operation", found[1].frame if found else None),
        what=f"Read sent {0.6 * server.ixit.awake_time:.1f} s after an answer:",
        level=Level.SHOULD,
    )


@testcase("SQM-AWK-03", verifies=REQUIREMENTS, clause=CLAUSE, applies=APPLIES, sleeps=1)
async def test_device_is_asked_again_after_its_update(server: Server) -> None:
    """A device that slept and sends an Update is asked at once, and not only what had waited."""
    device = await server.device()
    await device.registered_in_queue_mode()
    await device.fall_asleep()
    (await device.update()).expect(code=CHANGED)
    await server.knows_update(device)
    device.forget()
    for name, path, value in (("first", SERIAL, "0001"), ("second", BATTERY, 87)):
        reading = server.begin(server.read(device, path))
        (await device.next(Read, at=path, name=name)).expect(name=f"{name}-read", path=path)
        (await reading).expect(name=f"{name}-result", outcome="response", code=CONTENT, value=value)


@testcase("SQM-AWK-04", verifies=REQUIREMENTS, clause=CLAUSE, applies=APPLIES, sleeps=1, versions="each")
async def test_device_without_queue_mode_is_always_asked(server: Server) -> None:
    """A device that did not register in queue mode is asked at once, however long it was silent."""
    device = await server.registered()
    await device.fall_asleep()
    reading = server.begin(server.read(device, SERIAL))
    await device.next(Read, at=SERIAL)
    (await reading).expect(outcome="response", code=CONTENT, value="0001")


@testcase(
    "SQM-AWK-05",
    verifies=[*REQUIREMENTS, "HLF-019"],
    clause="LwM2M Core 1.0.2 §5.3.1.1, §5.3.2",
    applies=f"{APPLIES} & lwm2m == 1.0",
    sleeps=1,
)
async def test_update_ends_queue_mode(server: Server) -> None:
    """After an Update with the binding U in place of UQ nothing is held, however silent the device."""
    device = await server.device()
    await device.registered_in_queue_mode()
    (await device.update(binding="U")).expect(code=CHANGED)
    await device.fall_asleep()
    reading = server.begin(server.read(device, SERIAL))
    await device.next(Read, at=SERIAL)
    (await reading).expect(outcome="response", code=CONTENT, value="0001")
