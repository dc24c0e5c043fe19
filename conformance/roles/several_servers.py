"""A device with accounts at several servers of the tester, and what each server may do to it.

A case that declares ``servers=2`` starts with ``await provisioned(device, …)``; from then on the operations
of server 2 are those of ``device.account(2)``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag

from conformance.messages import Path, Register
from conformance.messages.codes import CHANGED, DELETED
from conformance.messages.content import Values
from conformance.roles.account import Account, PathLike
from conformance.roles.device import Device
from conformance.roles.settings import Settings

MAX_ID = 65535
"""In an Access Control Instance: for the Object itself, and owned by no server but the bootstrap."""


class Rights(IntFlag):
    """The bits of an ACL entry (LwM2M Core 1.1.1 E.3)."""

    NONE = 0
    READ = 1
    WRITE = 2
    EXECUTE = 4
    DELETE = 8
    CREATE = 16


ALL = Rights.READ | Rights.WRITE | Rights.EXECUTE | Rights.DELETE
"""Every right on an Object Instance."""


@dataclass(frozen=True)
class Access:
    """An Access Control Instance to be: servers are given by their number, from 1.

    `target` is an Object Instance, or an Object for the right to create. `rights` has an ACL entry for each
    server that it names, and for `others`, the servers without one, where that is given.
    """

    target: PathLike
    owner: int | None = None
    rights: Mapping[int, Rights] = field(default_factory=dict)
    others: Rights | None = None

    def values(self, accounts: Sequence[Account]) -> dict[int, Values]:
        """The Resources of the Instance (LwM2M Core 1.1.1 §8.1.2)."""
        target = Path.of(self.target)
        ids = {number: accounts[number - 1].provided.ssid for number in self.rights}
        entries = {ids[number]: int(rights) for number, rights in self.rights.items()}
        if self.others is not None:
            entries[0] = int(self.others)
        owner = MAX_ID if self.owner is None else accounts[self.owner - 1].provided.ssid
        values: dict[int, Values] = {0: target[0], 1: target[1] if len(target) > 1 else MAX_ID, 3: owner}
        return values | ({2: entries} if entries else {})


def shared(target: PathLike) -> Access:
    """An Object Instance of server 1 to which every other server has every right."""
    return Access(target, owner=1, others=ALL)


async def provisioned(device: Device, *access: Access) -> Mapping[Path, Path]:
    """Have the bootstrap server give the device an account at each server of the tester, and wait until it
    is registered at all of them: the preamble of a case with several servers.

    Each server owns its own Server Instance. A device with the Access Control Object gets an Instance of it
    for each `access`, and the Access Control Instance of each target is returned; one without that Object
    gives every server every right (LwM2M Core 1.1.1 §8). Access Control Instances that it had go first: no
    target has two.

    Raises:
        Inconclusive: a step of it did not come about.
    """
    controls = await bootstrapped(device, *access)
    for account in device.accounts:
        await account.registered()
        await account.server.next((Register,), 0)
    return controls


async def bootstrapped(
    device: Device, *access: Access, more: Mapping[int, Mapping[int, Values]] | None = None
) -> Mapping[Path, Path]:
    """The same, without waiting for the registrations; `more` has further Resources of the Server Instance
    for each server, by its number."""
    controls = await accounts_written(device, *access, more=more)
    (await device.bootstrap.finish()).require(code=CHANGED)
    return controls


async def accounts_written(
    device: Device, *access: Access, more: Mapping[int, Mapping[int, Values]] | None = None
) -> Mapping[Path, Path]:
    """The same, without Finish: the session is open for further steps of the case."""
    bootstrap, accounts, chance = device.bootstrap, device.accounts, device.context.chance
    await bootstrap.requested()
    taken = await bootstrap.instances(0)
    free = (Path(0, number) for number in range(MAX_ID) if Path(0, number) not in taken)
    numbers = chance.sample(range(200, 60_000), len(accounts))
    lifetimes = chance.sample(range(600, 6_000), len(accounts))
    for index, (account, ssid, lifetime) in enumerate(zip(accounts, numbers, lifetimes, strict=True)):
        further = (more or {}).get(index + 1, {})
        account.settings = Settings(next(free), Path(1, index), ssid, lifetime, further)
        await bootstrap.provision(account.settings, account)
    own = [Access(account.server_object, owner=number) for number, account in enumerate(accounts, 1)]
    return await _access_controls(device, [*own, *access])


async def _access_controls(device: Device, wanted: Sequence[Access]) -> dict[Path, Path]:
    if not device.context.ics["access_control"]:
        return {}
    for stale in await device.bootstrap.instances(2):
        (await device.bootstrap.delete(stale)).require(code=DELETED)
    written: dict[Path, Path] = {}
    for number, entry in enumerate(wanted):
        path = Path(2, number)
        (await device.bootstrap.write(path, entry.values(device.accounts))).require(code=CHANGED)
        written[Path.of(entry.target)] = path
    return written


def shared_number(device: Device) -> tuple[Access, ...]:
    """Every right for all servers on the Instances of the numbers that `variable` may change."""
    numbers = (device.ixit.observable, device.ixit.writable_integer)
    return tuple(shared(path) for path in dict.fromkeys(Path(*path[:2]) for path in numbers if path))
