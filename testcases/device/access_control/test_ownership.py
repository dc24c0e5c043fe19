"""Who manages an Access Control Instance (LwM2M Core 1.1.1 §8.1.2)."""

from conformance.matching import PRESENT, code_class
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, UNAUTHORIZED
from conformance.messages.management import Mode
from conformance.roles import Device
from conformance.roles.several_servers import ALL, Access, Rights, provisioned
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

APPLIES = "device & bootstrap & multiple_servers & access_control & ixit.writable_integer"
CLAUSE = "LwM2M Core 1.1.1 §8.1.2.2"
ACL, OWNER = 2, 3
FORBIDDEN = {"code": code_class(4)}
VALUE = 42


async def owned(device: Device, rights: Rights | None = None) -> tuple[Path, Path]:
    """A number of the first server with the value 42, and its Access Control Instance, in which the second
    server has these rights."""
    path = Path.of(device.ixit.writable_integer)
    entries = {} if rights is None else {2: rights}
    controls = await provisioned(device, Access(path.parent, owner=1, rights=entries))
    (await device.write(path, VALUE)).require(code=CHANGED)
    return path, controls[path.parent]


@testcase("ACL-OWN-01", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=2)
@vary(mode=[Mode.REPLACE, Mode.PARTIAL])
async def test_owner_gives_a_right(device: Device, mode: Mode) -> None:
    """An entry that the owner writes gives the other server the right that it names, and no other."""
    if mode is Mode.PARTIAL and not device.context.ics["write_partial"]:
        raise NotApplicable("the SUT does not support a partial update")
    path, control = await owned(device)
    other = device.account(2)
    (await other.read(path)).expect(name="before", code=UNAUTHORIZED)
    entry = {other.provided.ssid: int(Rights.READ)}
    if mode is Mode.PARTIAL:
        written = await device.write(control, {ACL: entry}, mode=mode)
    else:
        written = await device.write(control / ACL, entry)
    written.expect(code=CHANGED)
    (await other.read(path)).expect(code=CONTENT, value=VALUE)
    (await other.write(path, 1)).expect(name="refused", code=UNAUTHORIZED)


@testcase(
    "ACL-OWN-02", verifies=["HLF-031"], clause=f"{CLAUSE}, §8.2.4", applies=f"{APPLIES} & observe", servers=2
)
async def test_owner_takes_a_right_back(device: Device) -> None:
    """When the owner takes the right to read back, the other server can read no more, and is told no more."""
    path, control = await owned(device, Rights.READ)
    other = device.account(2)
    observation = await other.observe(path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    written = await device.write(control / ACL, {other.provided.ssid: int(Rights.NONE)})
    written.expect(code=CHANGED)
    (await other.read(path)).expect(code=UNAUTHORIZED)
    (await device.write(path, VALUE + 1)).require(code=CHANGED)
    told = await observation.next_or_none(device.ixit.quiet_time)
    if told is not None and told.code != CONTENT:
        told.note(f"the observation was ended by {told.code}")
    device.context.record.judge(
        "notification.value", None, told.payload.hex() if told and told.code == CONTENT else None
    )


@testcase("ACL-OWN-03", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=2)
@vary(what=["entry", "owner"])
async def test_nobody_else_manages_it(device: Device, what: str) -> None:
    """A server that is not the owner can write neither the entries nor the owner, whatever its rights."""
    path, control = await owned(device, Rights.READ | Rights.EXECUTE | Rights.DELETE)
    other = device.account(2)
    await other.control()
    if what == "entry":
        written = await other.write(control / ACL, {other.provided.ssid: int(ALL)})
    else:
        written = await other.write(control / OWNER, other.provided.ssid)
    written.expect(code=UNAUTHORIZED, tolerated=FORBIDDEN)
    (await other.write(path, 1)).expect(name="refused", code=UNAUTHORIZED)
    (await device.read(path)).expect(name="unchanged", code=CONTENT, value=VALUE)


@testcase("ACL-OWN-04", verifies=["HLF-031"], clause=f"{CLAUSE}, §8.2.1", applies=APPLIES, servers=2)
async def test_ownership_is_handed_over(device: Device) -> None:
    """When the owner names the other server as owner, that one has every right, and it has none itself."""
    path, control = await owned(device)
    other = device.account(2)
    (await device.write(control / OWNER, other.provided.ssid)).expect(code=CHANGED)
    (await other.write(path, VALUE + 1)).expect(name="new-owner", code=CHANGED)
    (await device.write(path, 1)).expect(name="former-owner", code=UNAUTHORIZED)
    managed = await device.write(control / OWNER, device.provided.ssid)
    managed.expect(name="taken-back", code=UNAUTHORIZED, tolerated=FORBIDDEN)
    (await other.read(path)).expect(name="kept", code=CONTENT, value=VALUE + 1)
