"""Update: what a device tells its server of changes (LwM2M Core 1.1.1 §6.2.2)."""

from conformance.matching import ABSENT, PRESENT, containing, excluding
from conformance.messages import Register, Update
from conformance.messages.codes import CHANGED, CREATED, DELETED
from conformance.messages.management import Mode
from conformance.roles import Arrival, Device
from conformance.testcase import testcase
from conformance.verdicts import Level, NotApplicable, Subject


@testcase(
    "REG-UPD-01",
    verifies=["HLF-011", "HLF-019", "HLF-020"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    ets="int-104",
    applies="device & update_trigger",
    versions="each",
)
async def test_trigger_without_change_brings_an_empty_update(device: Device) -> None:
    """The Registration Update Trigger makes the device send an Update that repeats nothing unchanged."""
    location = (await device.registered()).location
    await device.control()
    triggered = await device.execute(device.server_object / 8)
    triggered.expect(code=CHANGED)
    update = await device.next(Update)
    update.expect(location=location, parameter_names=[], payload=b"")
    if triggered.frame is not None and update.frame is not None and update.frame < triggered.frame:
        update.note("it came before the answer to the trigger", ambiguity="Q19")


@testcase(
    "REG-UPD-02",
    verifies=["HLF-010", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2, §6.2.2",
    ets="int-102",
    applies="device & lifetime_writable",
    versions="each",
)
async def test_new_lifetime_is_announced(device: Device) -> None:
    """Writing the lifetime makes the device send an Update that carries the new lifetime."""
    await device.registered()
    await device.control()
    written = await device.write(device.server_object / 1, 120)
    written.expect(code=CHANGED)
    update = await device.next(Update)
    update.expect(lifetime=120)


@testcase(
    "REG-UPD-03",
    verifies=["HLF-010", "HLF-019", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.2.2, §6.3.3",
    ets="int-102",
    applies="device & lifetime_writable & write_partial",
)
async def test_lifetime_written_with_its_instance_is_announced(device: Device) -> None:
    """A partial update of the Server Object that changes the lifetime leads to the same Update as a Write."""
    await device.registered()
    await device.control()
    written = await device.write(device.server_object, {1: 300}, mode=Mode.PARTIAL)
    written.expect(code=CHANGED)
    update = await device.next(Update)
    update.expect(lifetime=300)


@testcase(
    "REG-UPD-04",
    verifies=["HLF-010", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies="device & lifetime_writable",
)
async def test_same_lifetime_keeps_the_registration(device: Device) -> None:
    """Writing the lifetime that is in force changes nothing: no Register should follow, and no new lifetime.

    A Register is permitted at any time; a needless one costs the server its observations, hence a warning.
    """
    await device.registered()
    await device.server.next((Register,), 0)
    lifetime = device.lifetime
    written = await device.write(device.server_object / 1, lifetime)
    written.expect(code=CHANGED)
    limit = device.ixit.quiet_time
    anew = await device.server.next((Register,), limit)
    device.context.record.judge(
        "register.absent",
        False,
        anew is not None,
        subject=Subject("operation", anew[1].frame if anew else None),
        level=Level.SHOULD,
        what=f"Register within {limit:.1f} s:",
    )
    await device.control()
    found = await device.server.next((Update,), 0)
    if found is not None and isinstance(found[0], Update):
        update = Arrival(device.context.record, found[0], found[1])
        update.note("an Update came although the lifetime is the same", ambiguity="Q18")
        update.expect(location=device.current.location)


@testcase(
    "REG-UPD-05",
    verifies=["HLF-010", "HLF-019"],
    clause="LwM2M Core 1.0 §5.3.1, §5.3.2",
    applies="device & lwm2m < 1.1",
    versions="each",
)
async def test_new_binding_is_announced(device: Device) -> None:
    """After another binding was written the device should send an Update, and it carries the binding.

    In 1.0 the parameter is the Binding Resource of the Server Object; from 1.1 on it tells what the device
    supports (/3/0/16), which a Write to the Server Object does not change.
    """
    registration = await device.registered()
    await device.control()
    other = "U" if registration.queue_mode else "UQ"
    written = await device.write(device.server_object / 7, other)
    if written.code != CHANGED:
        raise NotApplicable(f"the SUT takes no other binding: {other} is answered {written.code}")
    limit = device.ixit.reaction_time
    found = await device.server.next((Update,), limit)
    came = found is not None
    device.context.record.judge("update.received", True, came, level=Level.SHOULD, what="Update", limit=limit)
    if found is not None and isinstance(found[0], Update):
        Arrival(device.context.record, found[0], found[1]).expect(binding=other)


@testcase(
    "REG-UPD-06",
    verifies=["HLF-019", "HLF-014"],
    clause="LwM2M Core 1.1.1 §6.2.2, §6.3.6",
    applies="device & create & ixit.creatable_object",
)
async def test_created_instance_is_announced(device: Device) -> None:
    """After a Create the device sends an Update with the complete object list, the new Instance in it."""
    before = (await device.registered()).objects
    await device.control()
    path = await create_instance(device)
    update = await device.next(Update)
    update.expect(content_format=40, links_malformed=None, tolerated={"content_format": ABSENT})
    replaced = (f"/{device.ixit.creatable_object}", "/2")
    update.expect(objects=containing(*(item for item in before if item not in replaced), path))


@testcase(
    "REG-UPD-07",
    verifies=["HLF-019", "HLF-014"],
    clause="LwM2M Core 1.1.1 §6.2.2, §6.3.7",
    applies="device & create & delete & ixit.creatable_object",
)
async def test_deleted_instance_is_announced(device: Device) -> None:
    """After a Delete the device sends an Update with the complete object list, without the Instance."""
    before = (await device.registered()).objects
    await device.control()
    path = await create_instance(device)
    await device.next(Update, name="update-after-create")
    await device.control()
    deleted = await device.delete(path)
    deleted.expect(code=DELETED)
    update = await device.next(Update)
    update.expect(objects=excluding(path))
    update.expect(name="complete", objects=containing(*before))


@testcase(
    "REG-UPD-08",
    verifies=["HLF-019", "HLF-036"],
    clause="LwM2M Transport 1.1.1 §6.4",
    applies="device & update_trigger",
)
async def test_update_asks_for_acknowledgement(device: Device) -> None:
    """An Update is confirmable, so that its sender learns whether it arrived."""
    await device.registered()
    await device.control()
    triggered = await device.execute(device.server_object / 8)
    triggered.require(code=CHANGED)
    update = await device.next(Update)
    update.expect(confirmable=True)


@testcase(
    "REG-UPD-09",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies="device & update_trigger & lifetime_writable",
)
async def test_announced_lifetime_is_not_repeated(device: Device) -> None:
    """A lifetime that one Update has told is not told again by the next."""
    await device.registered()
    await device.control()
    written = await device.write(device.server_object / 1, 600)
    written.require(code=CHANGED)
    first = await device.next(Update, name="first-update")
    first.require(lifetime=600)
    triggered = await device.execute(device.server_object / 8)
    triggered.expect(code=CHANGED)
    update = await device.next(Update)
    update.expect(parameter_names=[], payload=b"")


async def create_instance(device: Device) -> str:
    """Let the device create an Instance, and give its path."""
    values = {int(number): value for number, value in device.ixit.creatable_values.items()}
    created = await device.create(int(device.ixit.creatable_object or 0), values)
    created.require(code=CREATED, location=PRESENT)
    return str(created.location)
