"""Register, Update and De-register while the network loses, copies, delays and spoils messages."""

from conformance.coap.message import Code
from conformance.faults.troubles import Trouble
from conformance.messages import Deregister, Register, Update
from conformance.messages.codes import CHANGED
from conformance.roles import Answer, Arrival, Device
from conformance.roles.disturbed_device import DisturbedDevice
from conformance.testcase import NOSEC, testcase, vary
from conformance.verdicts import NotApplicable

CLAUSE = "RFC 7252 §4.2, §4.3"
SECURITY = (NOSEC, "psk")


@testcase(
    "FLT-REG-01",
    verifies=["HLF-019", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.2.1",
    applies="device & update_trigger",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_register_survives(device: Device, fault: Trouble) -> None:
    """A Register that is in trouble is repeated as it was, arrives once, and the registration is in use."""
    await device.registered()
    await device.control()
    device.server.answer_next(Update, Code.NOT_FOUND)
    await DisturbedDevice(device, fault, amid=True).asked(Register, lambda: trigger(device))
    device.server.forget()
    await trigger(device)
    update = await device.next(Update)
    update.expect(location=device.current.location)


@testcase(
    "FLT-REG-02",
    verifies=["HLF-019", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.2.2",
    applies="device & lifetime_writable",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_update_survives(device: Device, fault: Trouble) -> None:
    """An Update that is in trouble is repeated as it was, arrives once, and says what it has to say."""
    location = (await device.registered()).location
    lifetime = device.lifetime + 60

    async def change() -> None:
        (await device.write(device.server_object / 1, lifetime)).require(code=CHANGED)

    update = await DisturbedDevice(device, fault, amid=True).asked(Update, change)
    update.expect(location=location, lifetime=lifetime)


@testcase(
    "FLT-REG-03",
    verifies=["HLF-019", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.2.3",
    applies="device & deregister",
    security=SECURITY,
    network=True,
    final_control=False,
)
@vary(fault=list(Trouble))
async def test_deregister_survives(device: Device, fault: Trouble) -> None:
    """A De-register in trouble is one message that says where, repeated or not: who leaves may give it up."""
    location = (await device.registered()).location
    await device.control()
    disturbed = DisturbedDevice(device, fault, amid=True)

    async def leaving() -> Arrival[Deregister]:
        found = await device.server.next((Deregister,), disturbed.patience)
        if found is None or not isinstance(found[0], Deregister):
            raise NotApplicable("the SUT gives its De-register up")
        return Arrival(device.context.record, found[0], found[1])

    left = await disturbed.asked(Deregister, lambda: device.trigger("deregister"), leaving, may_give_up=True)
    left.expect(location=location)


async def trigger(device: Device) -> Answer:
    """Make the device send an Update."""
    answer = await device.execute(device.server_object / 8)
    answer.require(code=CHANGED)
    return answer
