"""Update: what a device tells of changes, and when it renews its registration (LwM2M Core 1.1.1 §6.2.2)."""

from conformance.messages import Update
from conformance.messages.codes import CHANGED
from conformance.roles import Device
from conformance.testcase import testcase


@testcase(
    "REG-UPD-01",
    verifies=["HLF-019", "HLF-020"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    ets="int-104",
    applies="device & update_trigger",
    versions="each",
)
async def test_trigger_without_change_brings_an_empty_update(device: Device):
    """The Registration Update Trigger makes the device send an Update that repeats nothing unchanged."""
    location = (await device.registered()).location
    triggered = await device.execute(device.server_object / 8)
    triggered.expect(code=CHANGED)
    update = await device.next(Update)
    update.expect(location=location, parameter_names=[], payload=b"")
