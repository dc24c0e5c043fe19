"""Rights of a server on an Object Instance: which operation needs which (LwM2M Core 1.1.1 §8.2)."""

from conformance.matching import PRESENT, containing
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, METHOD_NOT_ALLOWED, UNAUTHORIZED
from conformance.roles import Account, Answer, Device
from conformance.roles.several_servers import ALL, Access, Rights, provisioned
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, NotApplicable

CONTROLLED = "device & bootstrap & multiple_servers & access_control"
APPLIES = f"{CONTROLLED} & ixit.writable_integer & ixit.executable"
CLAUSE = "LwM2M Core 1.1.1 §8.2, §8.2.2"
NEEDED = {
    "read": Rights.READ,
    "observe": Rights.READ,
    "write_attributes": Rights.READ,
    "write": Rights.WRITE,
    "execute": Rights.EXECUTE,
}
DONE = {"read": CONTENT, "observe": CONTENT}
"""The codes of success; of the other operations it is 2.04."""
BEFORE, AFTER = 42, 43


async def granted(device: Device, rights: Rights) -> Path:
    """Two servers, of which the second has these rights on what belongs to the first; a number that is 42."""
    number, executable = Path.of(device.ixit.writable_integer), Path.of(device.ixit.executable)
    instances = dict.fromkeys((number.parent, executable.parent))
    await provisioned(device, *(Access(instance, owner=1, rights={2: rights}) for instance in instances))
    (await device.write(number, BEFORE)).require(code=CHANGED)
    return number


async def attempt(device: Device, account: Account, operation: str) -> Answer:
    """The operation on the number, or on the executable Resource."""
    if operation in ("observe", "write_attributes") and not device.context.ics[operation]:
        raise NotApplicable(f"the SUT does not support {operation}")
    number = Path.of(device.ixit.writable_integer)
    if operation == "observe":
        return (await account.observe(number)).first
    if operation == "write_attributes":
        return await account.write_attributes(number, pmin=7)
    if operation == "write":
        return await account.write(number, AFTER)
    return await (account.read(number) if operation == "read" else account.execute(device.ixit.executable))


@testcase("ACL-RIGHT-01", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=2)
@vary(operation=list(NEEDED))
async def test_right_is_enough(device: Device, operation: str) -> None:
    """A server that has the one right that an operation needs is served."""
    await granted(device, NEEDED[operation])
    answer = await attempt(device, device.account(2), operation)
    answer.expect(code=DONE.get(operation, CHANGED))


@testcase("ACL-RIGHT-02", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=2)
@vary(operation=list(NEEDED))
async def test_every_other_right_is_not(device: Device, operation: str) -> None:
    """A server with every right but the one that an operation needs is answered 4.01, and changes nothing."""
    number, other = await granted(device, ALL & ~NEEDED[operation]), device.account(2)
    await other.control()
    answer = await attempt(device, other, operation)
    answer.expect(code=UNAUTHORIZED)
    (await device.read(number)).expect(name="unchanged", code=CONTENT, value=BEFORE)


@testcase(
    "ACL-RIGHT-03",
    verifies=["HLF-031"],
    clause="LwM2M Core 1.1.1 §8.2",
    applies=f"{APPLIES} & discover",
    servers=2,
)
@vary(level=["instance", "resource"])
async def test_discover_needs_no_right(device: Device, level: str) -> None:
    """A server without any right on an Object Instance may Discover it and its Resources."""
    number = await granted(device, Rights.NONE)
    path = number if level == "resource" else number.parent
    answer = await device.account(2).discover(path)
    answer.expect(code=CONTENT, targets=containing(str(number)))


@testcase(
    "ACL-RIGHT-04",
    verifies=["HLF-031", "HLF-032"],
    clause="LwM2M Core 1.1.1 §8.2",
    applies=f"{CONTROLLED} & ixit.read_only",
    servers=2,
)
@vary(right=["missing", "granted"])
async def test_right_is_looked_at_first(device: Device, right: str) -> None:
    """A Write to a read-only Resource is answered 4.01 without the right to write, and 4.05 with it."""
    path = Path.of(device.ixit.read_only)
    rights = Rights.READ if right == "missing" else Rights.READ | Rights.WRITE
    await provisioned(device, Access(path.parent, owner=1, rights={2: rights}))
    before = await device.account(2).read(path)
    before.require(code=CONTENT, value=PRESENT)
    value = before.value
    if value is None:
        raise Inconclusive(f"preamble: {path} has no single value")
    answer = await device.account(2).write(path, "x" if isinstance(value, str) else value)
    answer.expect(code=UNAUTHORIZED if right == "missing" else METHOD_NOT_ALLOWED)
    (await device.account(2).read(path)).expect(name="unchanged", code=CONTENT, value=value)


@testcase(
    "ACL-RIGHT-05",
    verifies=["HLF-031"],
    clause="LwM2M Core 1.1.1 §8.2.2, §8.2.3",
    applies=f"{CONTROLLED} & update_trigger",
    servers=2,
)
@vary(operation=["read", "write", "execute"])
async def test_account_of_another_server_is_out_of_reach(device: Device, operation: str) -> None:
    """A server is refused by 4.01 on the Server Instance of another server that gave it no right."""
    await provisioned(device)
    first, other = device.account(1), device.account(2)
    lifetime = first.server_object / 1
    if operation == "read":
        answer = await other.read(lifetime)
    elif operation == "write":
        answer = await other.write(lifetime, 31)
    else:
        answer = await other.execute(first.server_object / 8)
    answer.expect(code=UNAUTHORIZED)
    await other.control()
    (await first.read(lifetime)).expect(name="unchanged", code=CONTENT, value=first.provided.lifetime)
