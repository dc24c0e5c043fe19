"""What is not authentic, not protected, or not from the server has no effect (RFC 6347 §4.1.2)."""

from conformance.coap.message import Code
from conformance.messages import Update
from conformance.messages.codes import CONTENT
from conformance.roles.crafted import crafted
from conformance.roles.device import Device
from conformance.roles.preamble import KNOWN, known
from conformance.roles.sealed import damages, expect_kept, put, sealed, write_message
from conformance.testcase import SECURITY, testcase

UNAUTHENTIC = "LwM2M Transport 1.1.1 §5.2, RFC 6347 §4.1.2.1, §4.1.2.7"


@testcase(
    "SEC-REC-01",
    verifies=["SEC-002"],
    clause=UNAUTHENTIC,
    applies="device & ixit.writable_integer",
    security=SECURITY,
    standing=True,
)
async def test_a_write_in_a_damaged_record_has_no_effect(device: Device) -> None:
    """A Write whose record was changed, cut, put into another epoch or left in clear changes nothing."""
    path = await known(device)
    for damage, datagram in damages(device, write_message(device, path, 5)).items():
        put(device, datagram)
        await expect_kept(device, damage)
        answer = await device.read(path)
        answer.expect(name=f"read-back-{damage}", code=CONTENT, value=KNOWN["integer"])
    whole = write_message(device, path, 5)
    put(device, sealed(device, whole), whole)
    (await device.read(path)).expect(name="read-back-whole", code=CONTENT, value=5)


@testcase(
    "SEC-REC-02",
    verifies=["SEC-002"],
    clause=UNAUTHENTIC,
    applies="device & execute & update_trigger",
    security=SECURITY,
    standing=True,
)
async def test_an_execute_in_a_damaged_record_has_no_effect(device: Device) -> None:
    """An Execute of the Registration Update Trigger in a damaged record triggers nothing.

    A device that ends its association for such a record is not followed any further.
    """
    await device.registered()
    trigger = crafted(device, Code.POST, device.server_object / 8)
    for damage, datagram in damages(device, trigger).items():
        put(device, datagram)
        if not await expect_kept(device, damage):
            return
    await device.none(Update)
    whole = crafted(device, Code.POST, device.server_object / 8)
    put(device, sealed(device, whole), whole)
    await device.next(Update, name="whole")
