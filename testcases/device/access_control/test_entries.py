"""Where the rights of a server come from: ownership, own entry, default entry (LwM2M Core 1.1.1 §8.2.1)."""

from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, UNAUTHORIZED
from conformance.roles import Account, Device
from conformance.roles.several_servers import ALL, Access, Rights, provisioned
from conformance.testcase import testcase, vary

APPLIES = "device & bootstrap & multiple_servers & access_control & ixit.writable_integer"
CLAUSE = "LwM2M Core 1.1.1 §8.2.1"
ENTRIES: dict[str, Rights | None] = {"none": None, "no_right": Rights.NONE, "read": Rights.READ}
VALUE = 42


async def controlled(device: Device, rights: dict[int, Rights], others: Rights | None = None) -> Path:
    """Two servers and a number that belongs to the first, with these entries."""
    path = Path.of(device.ixit.writable_integer)
    await provisioned(device, Access(path.parent, owner=1, rights=rights, others=others))
    return path


async def expect_rights(account: Account, path: Path, *, read: bool, write: bool) -> None:
    """Read and Write are served or refused; records the checks ``write.code`` and ``read.code``."""
    (await account.write(path, VALUE)).expect(code=CHANGED if write else UNAUTHORIZED)
    (await account.read(path)).expect(code=CONTENT if read else UNAUTHORIZED)


@testcase("ACL-ENTRY-01", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=2)
@vary(default=list(ENTRIES))
async def test_owner_without_entry_has_every_right(device: Device, default: str) -> None:
    """The owner of an Object Instance without an entry of its own may do everything, whatever the default."""
    path = await controlled(device, {}, ENTRIES[default])
    await expect_rights(device, path, read=True, write=True)


@testcase("ACL-ENTRY-02", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=2)
async def test_entry_holds_for_the_owner_too(device: Device) -> None:
    """An owner with an entry of its own has the rights of that entry, and no more."""
    path = await controlled(device, {1: Rights.READ}, ALL)
    await expect_rights(device, path, read=True, write=False)


@testcase("ACL-ENTRY-03", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=2)
async def test_default_entry_is_for_those_without_one(device: Device) -> None:
    """A server without an entry of its own has the rights of the entry 0."""
    path = await controlled(device, {}, Rights.READ)
    await expect_rights(device.account(2), path, read=True, write=False)


@testcase("ACL-ENTRY-04", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=2)
@vary(own=["more", "less"])
async def test_own_entry_replaces_the_default(device: Device, own: str) -> None:
    """A server with an entry of its own has the rights of that entry, be the default more or less."""
    rights, default = (ALL, Rights.NONE) if own == "more" else (Rights.READ, ALL)
    path = await controlled(device, {2: rights}, default)
    await expect_rights(device.account(2), path, read=True, write=own == "more")


@testcase("ACL-ENTRY-05", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=2)
async def test_without_entry_and_default_there_is_no_right(device: Device) -> None:
    """A server that is not the owner, has no entry and no default entry is refused by 4.01."""
    path = await controlled(device, {})
    await device.account(2).control()
    await expect_rights(device.account(2), path, read=False, write=False)


@testcase("ACL-ENTRY-06", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=3)
async def test_entries_are_of_their_servers(device: Device) -> None:
    """Of three servers each has its own rights on one Object Instance: owner, entry, default."""
    path = await controlled(device, {2: ALL}, Rights.READ)
    for number, write in ((1, True), (2, True), (3, False)):
        account, value = device.account(number), VALUE + number
        written = await account.write(path, value)
        written.expect(name=f"write-{number}", code=CHANGED if write else UNAUTHORIZED)
        read = await account.read(path)
        read.expect(name=f"read-{number}", code=CONTENT, value=value if write else VALUE + 2)
