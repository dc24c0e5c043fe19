"""Who creates and deletes Object Instances, and whose they are then (LwM2M Core 1.1.1 §8.1.2, §8.2.1)."""

from conformance.formats import Value
from conformance.matching import code_class
from conformance.messages import Path
from conformance.messages.codes import (
    CHANGED,
    CONTENT,
    CREATED,
    DELETED,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAUTHORIZED,
)
from conformance.messages.content import Values
from conformance.roles import Account, Answer, Device
from conformance.roles.several_servers import ALL, MAX_ID, Access, Rights, provisioned
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Subject

APPLIES = (
    "device & bootstrap & multiple_servers & access_control & create"
    " & ixit.creatable_object & ixit.creatable_values"
)
CLAUSE = "LwM2M Core 1.1.1 §8.1.2.1, §8.2.1"
OWNERSHIP = "LwM2M Core 1.1.1 §6.3.6, §8.1.2.2"
NEW = 77
OBJECT, INSTANCE, ACL, OWNER = range(4)


def creatable(device: Device) -> Path:
    """The Object of which Instances can be created."""
    return Path(device.ixit.creatable_object or 0)


async def create(device: Device, account: Account) -> Answer:
    """Create Instance 77 as this server."""
    values: dict[int, Value] = {int(key): value for key, value in device.ixit.creatable_values.items()}
    return await account.create(creatable(device)[0], values, NEW)


async def created(device: Device) -> Path:
    """An Instance that the first server created under the right to do so."""
    await provisioned(device, Access(creatable(device), rights={1: Rights.CREATE}))
    (await create(device, device)).require(code=CREATED)
    return creatable(device) / NEW


async def control_of(account: Account, target: Path) -> Path | None:
    """The Access Control Instance of an Object Instance, as a server sees it.

    Raises:
        Inconclusive: it cannot read Object 2.
    """
    answer = await account.read("/2")
    answer.require(code=CONTENT)
    values = {Path(*entry.path): entry.value for entry in answer.entries}
    found = {path.parent for path in values if path[2:] == (OBJECT,) and values[path] == target[0]}
    return next((path for path in found if values.get(path / INSTANCE) == target[1]), None)


@testcase("ACL-NEW-01", verifies=["HLF-031"], clause=OWNERSHIP, applies=APPLIES, servers=2)
async def test_creator_becomes_the_owner(device: Device) -> None:
    """A Create adds an Access Control Instance for the new Instance that names the creator as owner."""
    target = await created(device)
    control = await control_of(device, target)
    device.context.record.judge(
        "control.present", True, control is not None, subject=Subject(f"Access Control Instance of {target}")
    )
    owner = await device.read((control or Path(2, 0)) / OWNER)
    owner.expect(name="owner", code=CONTENT, value=device.provided.ssid)


@testcase("ACL-NEW-02", verifies=["HLF-031"], clause=CLAUSE, applies=f"{APPLIES} & discover", servers=2)
@vary(lacking=["control", "entry", "bit", "default"])
async def test_create_needs_the_right_of_the_object(device: Device, lacking: str) -> None:
    """A server without an entry that lets it create is refused by 4.01, and nothing is created."""
    target, every = creatable(device), ALL | Rights.CREATE
    controls = {
        "control": [],
        "entry": [Access(target, rights={1: Rights.CREATE})],
        "bit": [Access(target, rights={1: Rights.CREATE, 2: ALL})],
        "default": [Access(target, rights={1: Rights.CREATE}, others=every)],
    }
    await provisioned(device, *controls[lacking])
    other = device.account(2)
    await other.control()
    permitted = {"code": METHOD_NOT_ALLOWED} if lacking == "control" else {}
    (await create(device, other)).expect(code=UNAUTHORIZED, tolerated=permitted)
    (await device.discover(target / NEW)).expect(code=NOT_FOUND)


@testcase("ACL-NEW-03", verifies=["HLF-031"], clause=f"{OWNERSHIP}, §8.2.1", applies=APPLIES, servers=2)
async def test_new_instance_is_the_creators_alone(device: Device) -> None:
    """The creator reads its new Instance; the other server, to whom it gave no right, is refused by 4.01."""
    target = await created(device)
    (await device.read(target)).expect(name="creator", code=CONTENT)
    (await device.account(2).read(target)).expect(name="other", code=UNAUTHORIZED)


@testcase("ACL-NEW-04", verifies=["HLF-031"], clause=OWNERSHIP, applies=f"{APPLIES} & delete", servers=2)
async def test_control_goes_with_its_instance(device: Device) -> None:
    """When the owner deletes an Object Instance, its Access Control Instance goes too."""
    target = await created(device)
    if await control_of(device, target) is None:
        raise Inconclusive("preamble: the new Instance has no Access Control Instance")
    (await device.delete(target)).expect(code=DELETED)
    left = await control_of(device, target)
    device.context.record.judge("control.absent", None, str(left) if left else None)


@testcase(
    "ACL-NEW-05",
    verifies=["HLF-031"],
    clause="LwM2M Core 1.1.1 §8.2",
    applies=f"{APPLIES} & delete & discover",
    servers=2,
)
@vary(right=["missing", "granted"])
async def test_delete_needs_its_right(device: Device, right: str) -> None:
    """The other server deletes an Instance with the right to delete alone, and cannot with all the others."""
    target, other = await created(device), device.account(2)
    control = await control_of(device, target)
    if control is None:
        raise Inconclusive("preamble: the new Instance has no Access Control Instance")
    rights = Rights.DELETE if right == "granted" else ALL & ~Rights.DELETE
    (await device.write(control / ACL, {other.provided.ssid: int(rights)})).require(code=CHANGED)
    (await other.delete(target)).expect(code=DELETED if right == "granted" else UNAUTHORIZED)
    (await device.discover(target)).expect(code=CONTENT if right == "missing" else NOT_FOUND)


@testcase("ACL-NEW-06", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=2)
@vary(what=["write", "create"])
async def test_right_to_create_comes_from_the_bootstrap_only(device: Device, what: str) -> None:
    """No server gives itself the right to create: neither in the Object's control, nor by a new one."""
    target, other = creatable(device), device.account(2)
    controls = await provisioned(device, Access(target, rights={1: Rights.CREATE}))
    entry = {other.provided.ssid: int(Rights.CREATE)}
    if what == "write":
        tried = await other.write(controls[target] / ACL, entry)
    else:
        values: dict[int, Values] = {OBJECT: target[0], INSTANCE: MAX_ID, ACL: entry, OWNER: MAX_ID}
        tried = await other.create(2, values, NEW)
    tried.expect(name="tried", code=UNAUTHORIZED, tolerated={"code": code_class(4)})
    (await create(device, other)).expect(code=UNAUTHORIZED)
