"""Access control and bootstrap: what a bootstrap server may do, and what goes with an account."""

from conformance.formats import Value
from conformance.matching import matches
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, DELETED, NOT_ACCEPTABLE, NOT_FOUND
from conformance.roles import Device
from conformance.roles.several_servers import Access, Rights, accounts_written, provisioned
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, Subject

APPLIES = "device & bootstrap & multiple_servers & access_control"
REMOVAL = "LwM2M Transport 1.1.1 §5.2.5"
NEW, OWNER = 77, 3
REFUSED = matches(r"[45]\.\d\d")


@testcase(
    "ACL-BS-01", verifies=["HLF-031", "HLF-019"], clause="LwM2M Core 1.1.1 §6.1.2", applies=APPLIES, servers=2
)
async def test_bootstrap_is_under_no_access_control(device: Device) -> None:
    """A bootstrap server writes to Instances that belong to servers alone: no right is asked of it."""
    await provisioned(device)
    await device.bootstrap.asked_again()
    for number, account in enumerate(device.accounts, 1):
        answer = await device.bootstrap.write(account.server_object / 1, 6000 + number)
        answer.expect(name=f"write-{number}", code=CHANGED)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    for number, account in enumerate(device.accounts, 1):
        await account.back()
        device.context.record.judge(
            f"registered-{number}.lifetime",
            6000 + number,
            account.current.lifetime,
            subject=Subject("registration"),
            what="the lifetime that the device registered is",
            clause="LwM2M Core 1.1.1 §6.2.1, §6.2.2",
        )
        await account.control()


@testcase(
    "ACL-BS-02",
    verifies=["HLF-031"],
    clause=REMOVAL,
    applies=f"{APPLIES} & create & discover & ixit.creatable_object & ixit.creatable_values",
    servers=2,
    final_control=False,
)
async def test_what_one_server_owned_goes_with_its_account(device: Device) -> None:
    """When the bootstrap server removes an account, an Instance that only that server could use goes too."""
    target = Path(device.ixit.creatable_object or 0, NEW)
    values: dict[int, Value] = {int(key): value for key, value in device.ixit.creatable_values.items()}
    control = (await accounts_written(device, Access(target, owner=2)))[target]
    (await device.bootstrap.write(target, values)).require(code=CHANGED)
    (await device.bootstrap.delete(device.account(2).provided.security)).expect(code=DELETED)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await device.registered()
    for name, path in (("target", target), ("control", control)):
        listed = await device.discover(path)
        listed.expect(name=name, code=NOT_FOUND)
    await device.control()


@testcase(
    "ACL-BS-03",
    verifies=["HLF-031"],
    clause=REMOVAL,
    applies=f"{APPLIES} & ixit.writable_integer",
    servers=2,
    final_control=False,
)
async def test_what_was_shared_gets_another_owner(device: Device) -> None:
    """When the bootstrap server removes the account of an owner, a server with rights becomes the owner."""
    path = Path.of(device.ixit.writable_integer)
    access = Access(path.parent, owner=2, rights={1: Rights.READ | Rights.WRITE})
    control = (await accounts_written(device, access))[path.parent]
    (await device.bootstrap.delete(device.account(2).provided.security)).expect(code=DELETED)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await device.registered()
    (await device.read(control / OWNER)).expect(code=CONTENT, value=device.provided.ssid)
    await device.control()


@testcase(
    "ACL-BS-04",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.2, §6.1.6",
    applies="device & bootstrap & multiple_servers",
    servers=2,
)
@vary(fault=["same_id", "no_pair"])
async def test_accounts_that_are_no_pairs_are_told(device: Device, fault: str) -> None:
    """Finish is answered 4.06 when two accounts have one Short Server ID, or one has no counterpart.

    The first account can be used nevertheless, and only a detected inconsistency has to be reported: what
    does not look for it is warned of.
    """
    await accounts_written(device)
    first, second = device.account(1).provided, device.account(2).provided
    number = first.ssid if fault == "same_id" else first.ssid + second.ssid
    wrong = device.bootstrap.server_values(number, second.lifetime)
    answer = await device.bootstrap.write(second.server, wrong)
    if answer.code != CHANGED:
        answer.expect(name="write", code=REFUSED)
        answer.note("settings that cannot work are refused at the Write", ambiguity="Q28")
    else:
        finished = await device.bootstrap.finish()
        finished.expect(code=NOT_ACCEPTABLE, tolerated={"code": REFUSED}, level=Level.SHOULD)
        await device.bootstrap.in_session()
        await device.bootstrap.provision(first, device)
        await device.bootstrap.provision(second, device.account(2))
    (await device.bootstrap.finish()).expect(name="put-right", code=CHANGED)
