"""Operations of the server that the network loses, copies, delays or spoils: done once, told as done."""

from conformance.faults.troubles import Trouble
from conformance.matching import unordered
from conformance.messages import Path, Update
from conformance.messages.codes import CHANGED, CONTENT, CREATED, DELETED
from conformance.roles import Device
from conformance.roles.disturbed_device import DisturbedDevice
from conformance.testcase import NOSEC, testcase, vary
from conformance.verdicts import Level, Subject

CLAUSE = "RFC 7252 §4.2, §4.3, §4.5"
SECURITY = (NOSEC, "psk")
CREATING = "device & create & discover & ixit.creatable_object & ixit.creatable_values"


@testcase(
    "FLT-DM-01",
    verifies=["HLF-009", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.3.1",
    applies="device & lifetime_readable",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_read_survives(device: Device, fault: Trouble) -> None:
    """A Read that is in trouble is answered with the value all the same."""
    await device.registered()
    path, disturbed = device.server_object / 1, DisturbedDevice(device, fault, amid=True)
    answer = await disturbed.answered("Read", lambda: device.read(path))
    if disturbed.is_done(answer, CONTENT):
        answer.expect(value=device.lifetime)


@testcase(
    "FLT-DM-02",
    verifies=["HLF-010", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.3.3",
    applies="device & ixit.writable_integer",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_write_survives(device: Device, fault: Trouble) -> None:
    """A Write that is in trouble is done when it is told so, and a late copy of it undoes no later one."""
    await device.registered()
    path, disturbed = device.writable("integer"), DisturbedDevice(device, fault, amid=True)
    written = await disturbed.answered("Write", lambda: device.write(path, 41))
    if disturbed.is_done(written, CHANGED):
        (await device.read(path)).expect(name="read-back", code=CONTENT, value=41)
    (await device.write(path, 42)).expect(name="later", code=CHANGED)
    await disturbed.settled()
    (await device.read(path)).expect(name="after", code=CONTENT, value=42, level=Level.SHOULD)


@testcase(
    "FLT-DM-03",
    verifies=["HLF-012", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.3.5",
    applies="device & update_trigger",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_execute_survives(device: Device, fault: Trouble) -> None:
    """An Execute that is in trouble is told as done, and done once: one Update follows its trigger."""
    await device.registered()
    await device.control()
    disturbed = DisturbedDevice(device, fault, amid=True)
    executed = await disturbed.answered("Execute", lambda: device.execute(device.server_object / 8))
    disturbed.is_done(executed, CHANGED)
    await device.next(Update)
    await disturbed.settled()
    again = await device.server.next((Update,), device.ixit.quiet_time)
    device.context.record.judge(
        "second-update.absent",
        None,
        "Update" if again else None,
        subject=Subject("operation", again[1].frame if again else None),
        what="after one Execute of the trigger, beside its Update:",
        level=Level.SHOULD,
    )


@testcase(
    "FLT-DM-04",
    verifies=["HLF-012", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.3.6",
    applies=CREATING,
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_create_survives(device: Device, fault: Trouble) -> None:
    """A Create that is in trouble is told as done, and makes one Instance: that which it tells."""
    await device.registered()
    target, disturbed = Path(device.ixit.creatable_object or 0), DisturbedDevice(device, fault, amid=True)
    before = await instances(device, target)
    created = await disturbed.answered("Create", lambda: device.create(target[0], values(device)))
    told = created.location if disturbed.is_done(created, CREATED) else None
    await disturbed.settled()
    made = [path for path in await instances(device, target) if path not in before]
    record = device.context.record
    if told is not None:
        record.judge("told.made", True, told in made, what=f"{told} is among the new Instances:")
    record.judge("instances.made", 1, len(made), what="new Instances", level=Level.SHOULD)


@testcase(
    "FLT-DM-05",
    verifies=["HLF-012", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.3.7",
    applies=f"{CREATING} & delete",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_delete_survives(device: Device, fault: Trouble) -> None:
    """A Delete that is in trouble is told as done when it is repeated, too, and takes its Instance alone."""
    await device.registered()
    target, disturbed = Path(device.ixit.creatable_object or 0), DisturbedDevice(device, fault, amid=True)
    before = await instances(device, target)
    created = await device.create(target[0], values(device))
    created.require(code=CREATED)
    path = Path.of(created.location)
    deleted = await disturbed.answered("Delete", lambda: device.delete(path))
    disturbed.is_done(deleted, DELETED)
    await disturbed.settled()
    left = await instances(device, target)
    device.context.record.judge("instances.left", unordered(*before), left, what="Instances")


def values(device: Device) -> dict[int, bool | int | float | str]:
    """What an Instance is created with."""
    return {int(number): value for number, value in device.ixit.creatable_values.items()}


async def instances(device: Device, target: Path) -> list[str]:
    """The Instances of an Object, as a Discover lists them."""
    answer = await device.discover(target)
    answer.require(code=CONTENT)
    return [path for path in answer.targets if path.count("/") == 2]
