"""Register, Update and De-register while the network loses, copies, delays and spoils messages."""

from conformance.coap.message import Code
from conformance.faults.troubles import Trouble
from conformance.messages import Register, Update
from conformance.messages.codes import CHANGED
from conformance.roles import Answer, Device
from conformance.roles.disturbed import Disturbed
from conformance.testcase import testcase, vary


@testcase(
    "FLT-REG-01",
    verifies=["HLF-019", "HLF-036"],
    clause="RFC 7252 §4.2, §4.3; LwM2M Core 1.1.1 §6.2.1",
    applies="device & update_trigger",
    network=True,
)
@vary(fault=list(Trouble))
async def test_register_survives(device: Device, fault: Trouble) -> None:
    """A Register that is in trouble is repeated as it was, arrives once, and the registration is in use."""
    await device.registered()
    await device.control()
    device.server.answer_next(Update, Code.NOT_FOUND)
    await Disturbed(device, fault).request_of_device(Register, lambda: trigger(device))
    device.server.forget()
    await trigger(device)
    update = await device.next(Update)
    update.expect(location=device.current.location)


async def trigger(device: Device) -> Answer:
    """Make the device send an Update."""
    answer = await device.execute(device.server_object / 8)
    answer.require(code=CHANGED)
    return answer
