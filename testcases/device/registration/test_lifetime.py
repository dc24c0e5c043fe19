"""The lifetime of a registration: renewed in time, begun anew when it is lost (LwM2M Core 1.1.1 §6.2)."""

from conformance.coap.message import Code
from conformance.matching import between, unordered
from conformance.messages import Register, Update
from conformance.messages.codes import CHANGED
from conformance.roles import Arrival, Device
from conformance.testcase import testcase
from conformance.verdicts import NotApplicable, Subject

SHORT = 6


def need_lifetime(device: Device, seconds: int) -> None:
    """Raise NotApplicable when the SUT does not work with so short a lifetime."""
    shortest = device.ixit.shortest_lifetime
    if shortest > seconds:
        raise NotApplicable(f"lifetime of {seconds} s: the profile says shortest_lifetime = {shortest}")


def judge_in_time(device: Device, renewal: Arrival[Update], since: float, lifetime: int, check: str) -> None:
    """The renewal came no later than the lifetime after `since`."""
    device.context.record.judge(
        check,
        between(0, lifetime + device.ixit.timing_tolerance),
        round(renewal.received_at - since, 3),
        subject=Subject("time", renewal.frame),
        what="seconds until the renewal",
    )


@testcase(
    "REG-LT-01",
    verifies=["HLF-019", "HLF-016"],
    clause="LwM2M Core 1.1.1 §6.2, §6.2.2",
    ets="int-107",
    applies="device",
    fresh=True,
    launch={"lifetime": "6"},
    wait=6.0,
)
async def test_registration_is_renewed_before_it_ends(device: Device) -> None:
    """A device sends an Update before its lifetime has passed."""
    need_lifetime(device, SHORT)
    register = await device.next(Register)
    register.require(lifetime=SHORT)
    update = await device.next(Update, within=SHORT + device.ixit.timing_tolerance)
    judge_in_time(device, update, register.received_at, SHORT, "update.in-time")
    passed = update.received_at - register.received_at
    if passed < SHORT / 2:
        update.note(f"renewed after {passed:.1f} s of {SHORT} s", ambiguity="B035")
    update.expect(location=device.current.location)


@testcase(
    "REG-LT-02",
    verifies=["HLF-019", "HLF-010"],
    clause="LwM2M Core 1.1.1 §6.2, §6.2.2",
    ets="int-107",
    applies="device & lifetime_writable",
    wait=6.0,
)
async def test_written_lifetime_is_kept(device: Device) -> None:
    """After a shorter lifetime was written and told, the next Update comes before that lifetime ends."""
    need_lifetime(device, SHORT)
    await device.registered()
    written = await device.write(device.server_object / 1, SHORT)
    written.expect(code=CHANGED)
    told = await device.next(Update, name="first-update")
    told.expect(name="first-update", lifetime=SHORT)
    renewal = await device.next(Update, within=SHORT + device.ixit.timing_tolerance)
    judge_in_time(device, renewal, told.received_at, SHORT, "update.in-time")


@testcase(
    "REG-LT-03",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2, §6.2.2",
    ets="int-105",
    applies="device & update_trigger",
    fresh=True,
    versions="each",
)
async def test_device_registers_again_when_it_is_unknown(device: Device) -> None:
    """An Update that is answered 4.04 is followed by a Register that carries everything again."""
    await device.registered()
    first = device.current.register
    await device.control()
    await device.server.next((Register,), 0)
    device.server.answer_next(Update, Code.NOT_FOUND)
    triggered = await device.execute(device.server_object / 8)
    triggered.expect(code=CHANGED)
    await device.next(Update)
    again = await device.next(Register, within=device.ixit.reaction_time)
    again.expect(
        endpoint=first.endpoint, version=first.version, lifetime=first.lifetime, binding=first.binding
    )
    again.expect(objects=unordered(*first.objects))


@testcase(
    "REG-LT-04",
    verifies=["HLF-019", "HLF-010"],
    clause="LwM2M Core 1.1.1 §6.2.1, §6.2",
    ets="int-105",
    applies="device & update_trigger & lifetime_writable",
    fresh=True,
)
async def test_register_carries_what_was_written_since(device: Device) -> None:
    """A Register after a lost registration carries the lifetime that was written in the meantime."""
    await device.registered()
    await device.server.next((Register,), 0)
    written = await device.write(device.server_object / 1, 900)
    written.require(code=CHANGED)
    told = await device.next(Update, name="first-update")
    told.require(lifetime=900)
    device.server.answer_next(Update, Code.NOT_FOUND)
    triggered = await device.execute(device.server_object / 8)
    triggered.expect(code=CHANGED)
    again = await device.next(Register)
    again.expect(lifetime=900)


@testcase(
    "REG-LT-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1, §6.2.2",
    ets="int-105",
    applies="device & update_trigger",
    fresh=True,
)
async def test_new_registration_has_a_new_location(device: Device) -> None:
    """After it had to register again, a device sends its Updates to the new Location."""
    old = (await device.registered()).location
    await device.control()
    await device.server.next((Register,), 0)
    device.server.answer_next(Update, Code.NOT_FOUND)
    triggered = await device.execute(device.server_object / 8)
    triggered.expect(code=CHANGED)
    lost = await device.next(Update, name="lost-update")
    lost.expect(name="lost-update", location=old)
    await device.next(Register)
    await device.control()
    triggered = await device.execute(device.server_object / 8)
    triggered.expect(name="second-execute", code=CHANGED)
    update = await device.next(Update)
    update.expect(location=device.current.location)
