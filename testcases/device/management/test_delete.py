"""Delete: an Object Instance goes, and nothing else can be deleted (LwM2M Core 1.1.1 §6.3.7)."""

import asyncio

from conformance.matching import code_class, containing, covering, excluding, matches
from conformance.messages import Path, Update
from conformance.messages.codes import (
    CONTENT,
    CREATED,
    DELETED,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
)
from conformance.roles import Device
from conformance.roles.arrival import Arrival
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Subject

CLAUSE = "LwM2M Core 1.1.1 §6.3.7"
CODES = "LwM2M Transport 1.1.1 §6.7"
APPLIES = "device & create & delete & ixit.creatable_object & ixit.creatable_values"
UNUSED_ID = 32100


async def created(device: Device) -> Path:
    """Create an Instance with an id that is not in use, as a preamble, and give its path."""
    await device.registered()
    above = Path(device.ixit.creatable_object or 0)
    instance = next(
        above / number for number in range(65535) if str(above / number) not in device.current.objects
    )
    values = {int(number): value for number, value in device.ixit.creatable_values.items()}
    answer = await device.create(instance[0], values, instance[1])
    answer.require(code=CREATED)
    return instance


async def next_list(device: Device) -> Arrival[Update]:
    """The next Update with a list of Objects; others, that only renew the registration, may come before."""
    clock = asyncio.get_running_loop().time
    update, end, number = await device.next(Update), clock() + device.ixit.reaction_time, 1
    while not (update.message.links or update.message.links_malformed):
        number += 1
        update = await device.next(Update, max(0.01, end - clock()), name=f"update-{number}")
    return update


@testcase("DM-DELETE-01", verifies=["HLF-033"], clause=CLAUSE, applies=APPLIES, fresh=True, versions="each")
async def test_created_instance_is_deleted(device: Device):
    """An Instance that the server created is deleted, and a Read of it is answered 4.04 from then on."""
    instance = await created(device)
    there = await device.read(instance)
    there.require(code=CONTENT)
    answer = await device.delete(instance)
    answer.expect(code=DELETED)
    gone = await device.read(instance)
    gone.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})


@testcase(
    "DM-DELETE-02",
    verifies=["HLF-019", "HLF-033"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies=APPLIES,
    fresh=True,
)
async def test_deleted_instance_is_no_longer_announced(device: Device):
    """After a Delete the device sends an Update whose list lacks the Instance and keeps all others."""
    instance = await created(device)
    while str(instance) not in device.current.objects:
        if await device.server.next((Update,), device.ixit.reaction_time) is None:
            raise Inconclusive("preamble: the device did not announce the Instance that was created")
    others = [path for path in device.current.objects if path.count("/") > 1 and path != str(instance)]
    answer = await device.delete(instance)
    answer.expect(code=DELETED)
    update = await next_list(device)
    update.expect(objects=excluding(str(instance)))
    update.expect(name="others", objects=containing(*others))


@testcase("DM-DELETE-03", verifies=["HLF-033"], clause=CLAUSE, applies=APPLIES, fresh=True)
async def test_only_the_named_instance_is_deleted(device: Device):
    """A Delete takes one Instance away: Discover and Read still show the other ones of its Object."""
    instance = await created(device)
    kept = instance.parent / (instance[1] + 1)
    values = {int(number): value for number, value in device.ixit.creatable_values.items()}
    (await device.create(kept[0], values, kept[1])).require(code=CREATED)
    answer = await device.delete(instance)
    answer.expect(code=DELETED)
    listed = await device.discover(instance.parent)
    listed.expect(code=CONTENT, targets=excluding(str(instance)))
    shown = sorted({"/".join(target.split("/")[:3]) for target in listed.targets})
    device.context.record.judge(
        "others.targets", containing(str(kept)), shown, subject=Subject("neighbours", listed.frame)
    )
    held = await device.read(kept)
    expected = {str(kept / number): value for number, value in values.items()}
    held.expect(code=CONTENT, values=covering(expected))


@testcase("DM-DELETE-04", verifies=["HLF-033"], clause=CLAUSE, applies=APPLIES, fresh=True)
async def test_id_of_a_deleted_instance_is_free_again(device: Device):
    """An id whose Instance was deleted can be created again."""
    instance = await created(device)
    (await device.delete(instance)).require(code=DELETED)
    values = {int(number): value for number, value in device.ixit.creatable_values.items()}
    again = await device.create(instance[0], values, instance[1])
    again.expect(code=CREATED)
    held = await device.read(instance)
    expected = {str(instance / number): value for number, value in values.items()}
    held.expect(code=CONTENT, values=covering(expected))


@testcase(
    "DM-DELETE-05",
    verifies=["HLF-032"],
    clause=CLAUSE,
    ets="int-685",
    applies="device & discover & object(3)",
    fresh=True,
)
async def test_device_object_stays(device: Device):
    """A Delete of /3/0 leaves it as it was, and is best answered 4.05."""
    await device.registered()
    before = await device.read((3, 0, 16))
    answer = await device.delete((3, 0))
    answer.expect(code=METHOD_NOT_ALLOWED, tolerated={"code": matches(r"2\.02|[45]\.\d\d")})
    if answer.code == DELETED:
        answer.note("the Delete of /3/0 is answered 2.02")
    after = await device.read((3, 0, 16))
    after.expect(code=before.code)
    resources = await device.discover((3, 0))
    resources.expect(code=CONTENT, targets=containing("/3/0"))


@testcase(
    "DM-DELETE-06", verifies=["HLF-020", "HLF-036"], clause=CODES, applies="device & ixit.writable_integer"
)
@vary(unknown=["object", "instance"])
async def test_unknown_instance_is_not_found(device: Device, unknown: str):
    """A Delete of something that does not exist is answered 4.04."""
    await device.registered()
    await device.control()
    known = Path.of(device.ixit.writable_integer)
    target = Path(UNUSED_ID, 0) if unknown == "object" else (*known[:1], UNUSED_ID)
    answer = await device.delete(target)
    answer.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})


@testcase(
    "DM-DELETE-07", verifies=["HLF-032"], clause=CLAUSE, applies="device & ixit.writable_integer", fresh=True
)
@vary(level=["object", "resource"])
async def test_object_or_resource_is_not_deleted(device: Device, level: str):
    """A Delete of a whole Object or of a Resource is answered 4.05 and deletes nothing."""
    await device.registered()
    resource = Path.of(device.ixit.writable_integer)
    before = await device.read(resource)
    before.require(code=CONTENT)
    answer = await device.delete(resource[:1] if level == "object" else resource)
    answer.expect(code=METHOD_NOT_ALLOWED, tolerated={"code": code_class(4)})
    after = await device.read(resource)
    after.expect(name="read-back", code=CONTENT, value=before.value)
