"""Notification Storing When Disabled or Offline, /1/x/6 (LwM2M Core 1.1.1 E.2)."""

from conformance.matching import PRESENT
from conformance.messages import Path, Register, Update
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device, Observation
from conformance.testcase import testcase
from conformance.verdicts import Inconclusive, Level, NotApplicable, Subject

STORING = 6
AWAY = 1
"""Seconds for which the device is offline."""
APPLIES = "device & observe & ixit.observable"


async def change_while_offline(device: Device, storing: bool, value: int) -> Observation:
    """Observe, let the device go offline, change the value, and wait until it is back."""
    await device.registered()
    path = Path.of(device.ixit.observable)
    await device.trigger("set", path=str(path), value=20)
    written = await device.write(device.server_object / STORING, storing)
    if written.code != CHANGED:
        raise NotApplicable(f"the SUT does not let /1/x/6 be written: {written.code}")
    observation = await device.observe(path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    while await device.server.next((Update, Register), 0):
        pass
    await device.trigger("offline", seconds=AWAY)
    await device.trigger("set", path=str(path), value=value)
    back = await device.server.next((Update, Register), AWAY + device.ixit.reaction_time)
    if back is None:
        raise Inconclusive("preamble: the SUT did not come back with an Update")
    if isinstance(back[0], Register):
        raise NotApplicable("the SUT comes back with a new registration, which ends its observations")
    return observation


@testcase("REP-STO-01", verifies=["HLF-017"], clause="LwM2M Core 1.1.1 §E.2", applies=APPLIES, fresh=True)
async def test_change_while_offline_is_stored(device: Device) -> None:
    """With Notification Storing a change that happens while the device is offline is told afterwards."""
    observation = await change_while_offline(device, True, 30)
    told = await observation.next()
    told.expect(code=CONTENT, value=30)


@testcase("REP-STO-02", verifies=["HLF-017"], clause="LwM2M Core 1.1.1 §E.2", applies=APPLIES, fresh=True)
async def test_change_while_offline_is_discarded(device: Device) -> None:
    """Without Notification Storing it should not be told, and the next change is.

    That the latest state is told in the end is what RFC 7641 §1.3 wants of a server of observations.
    """
    observation = await change_while_offline(device, False, 30)
    found = await observation.next_or_none(device.ixit.quiet_time)
    device.context.record.judge(
        "discarded.absent",
        None,
        None if found is None else str(found.value),
        subject=Subject("notification.absent", found.frame if found else None),
        what="told of the time offline:",
        level=Level.SHOULD,
    )
    await device.trigger("set", path=str(Path.of(device.ixit.observable)), value=40)
    told = await observation.next()
    told.expect(code=CONTENT, value=40)
