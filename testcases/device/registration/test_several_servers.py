"""Registrations with two servers side by side (LwM2M Core 1.1.1 §6.2)."""

from conformance.coap.codes import Code
from conformance.matching import containing
from conformance.messages import Deregister, Register, Update
from conformance.messages.codes import CHANGED, CREATED, DELETED
from conformance.roles import Account, Device
from conformance.roles.several_servers import Access, Rights, bootstrapped, provisioned
from conformance.testcase import testcase, vary
from conformance.verdicts import Subject

TWO_SERVERS = "device & bootstrap & multiple_servers"
NEW_INSTANCE = 77
AWAY = 2
"""Seconds for which the device is sent away from one server."""


async def note_new_registration(other: Account) -> None:
    """Note a Register to the server that was left alone, which no clause forbids, and see that the device
    serves it."""
    found = await other.server.next((Register,), other.context.ixit.quiet_time)
    if found is not None:
        other.context.record.note("the other server got a new Register too", frame=found[1].frame)
    await other.control()


@testcase(
    "SRV-REG-01", verifies=["HLF-019"], clause="LwM2M Core 1.1.1 §6.2.1", applies=TWO_SERVERS, servers=2
)
async def test_device_registers_with_every_server(device: Device) -> None:
    """A device with two server accounts registers with both servers, with the lifetime of each account."""
    await bootstrapped(device)
    for number, account in enumerate(device.accounts, 1):
        register = await account.next(Register, name=f"register-{number}")
        register.expect(name=f"register-{number}", lifetime=account.provided.lifetime)


@testcase(
    "SRV-REG-02",
    verifies=["HLF-011"],
    clause="LwM2M Core 1.1.1 §6.2.2, §E.2",
    applies=f"{TWO_SERVERS} & update_trigger",
    servers=2,
)
@vary(who=[1, 2])
async def test_trigger_brings_an_update_to_the_server_that_asks(device: Device, who: int) -> None:
    """The Registration Update Trigger of one server makes the device send an Update to that server."""
    await provisioned(device)
    asking, other = device.account(who), device.account(3 - who)
    (await asking.execute(asking.server_object / 8)).expect(code=CHANGED)
    update = await asking.next(Update)
    update.expect(location=asking.current.location)
    if await other.server.next((Update,), device.ixit.quiet_time):
        update.note("the other server got an Update too", ambiguity="B033")


@testcase(
    "SRV-REG-03",
    verifies=["HLF-010", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2, §6.2.2",
    applies=f"{TWO_SERVERS} & lifetime_writable",
    servers=2,
)
@vary(who=[1, 2])
async def test_new_lifetime_is_of_one_registration(device: Device, who: int) -> None:
    """A lifetime that one server writes is announced to it, and not to the other, which keeps its own."""
    await provisioned(device)
    writing, other = device.account(who), device.account(3 - who)
    (await writing.write(writing.server_object / 1, 7200)).expect(code=CHANGED)
    (await writing.next(Update)).expect(lifetime=7200)
    told = await other.server.next((Update,), device.ixit.quiet_time)
    found = told[0].lifetime if told and isinstance(told[0], Update) else None
    device.context.record.judge(
        "other.lifetime", None, found, subject=Subject("lifetime", told[1].frame if told else None)
    )
    (await other.read(other.server_object / 1)).expect(value=other.provided.lifetime)


@testcase(
    "SRV-REG-04",
    verifies=["HLF-008", "HLF-041", "HLF-042"],
    clause="LwM2M Core 1.1.1 §E.2",
    applies=f"{TWO_SERVERS} & disable & disable_timeout",
    servers=2,
    wait=AWAY,
)
@vary(who=[1, 2])
async def test_disable_is_for_one_server(device: Device, who: int) -> None:
    """A device that one server disables leaves that server alone, and serves the other all the while."""
    await provisioned(device)
    disabling, other = device.account(who), device.account(3 - who)
    (await disabling.write(disabling.server_object / 5, AWAY)).require(code=CHANGED)
    await disabling.server.next((Register,), 0.01)
    (await disabling.execute(disabling.server_object / 4)).expect(code=CHANGED)
    await disabling.next(Deregister)
    await other.none(Deregister, name="other.deregister")
    await disabling.next(Register, within=AWAY + device.ixit.timing_tolerance + device.ixit.reaction_time)
    await note_new_registration(other)


@testcase(
    "SRV-REG-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies=f"{TWO_SERVERS} & create & ixit.creatable_object & ixit.creatable_values",
    servers=2,
)
async def test_new_instance_is_announced_to_every_server(device: Device) -> None:
    """An Instance that one server created stands in the Update to either server."""
    object_id = device.ixit.creatable_object or 0
    await provisioned(device, Access((object_id,), rights={1: Rights.CREATE}))
    values = {int(number): value for number, value in device.ixit.creatable_values.items()}
    (await device.create(object_id, values, NEW_INSTANCE)).require(code=CREATED)
    new = f"/{object_id}/{NEW_INSTANCE}"
    for number, account in enumerate(device.accounts, 1):
        update = await account.next(Update, name=f"update-{number}")
        update.expect(name=f"update-{number}", objects=containing(new))


@testcase(
    "SRV-REG-06",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2",
    applies=f"{TWO_SERVERS} & update_trigger",
    servers=2,
)
@vary(who=[1, 2])
async def test_lost_registration_is_renewed_at_its_server(device: Device, who: int) -> None:
    """A device that one server no longer knows registers there anew, and goes on serving the other."""
    await provisioned(device)
    forgetting, other = device.account(who), device.account(3 - who)
    await forgetting.server.next((Register,), 0.01)
    await other.server.next((Register,), 0.01)
    forgetting.server.answer_next(Update, Code.NOT_FOUND)
    (await forgetting.execute(forgetting.server_object / 8)).require(code=CHANGED)
    await forgetting.next(Register)
    await note_new_registration(other)


@testcase(
    "SRV-REG-07",
    verifies=["HLF-019"],
    clause="LwM2M Transport 1.1.1 §5.2.5; LwM2M Core 1.1.1 §6.1.3.3",
    applies=TWO_SERVERS,
    servers=2,
    final_control=False,
)
async def test_removed_account_is_left_alone(device: Device) -> None:
    """A bootstrap that removes one of two accounts ends that registration, and the other one goes on."""
    await provisioned(device)
    removed = device.account(2)
    await device.bootstrap.asked_again()
    (await device.bootstrap.delete(removed.provided.security)).expect(code=DELETED)
    while await removed.server.next((Update, Deregister), 0):
        pass
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await device.back()
    await device.control()
    found = await removed.server.next((Register, Update), device.ixit.reaction_time)
    device.context.record.judge(
        "removed.absent",
        None,
        type(found[0]).__name__ if found else None,
        subject=Subject("operation", found[1].frame if found else None),
    )
    await device.control()
