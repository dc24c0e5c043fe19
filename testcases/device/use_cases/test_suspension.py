"""Use case B.5, suspending connections: some devices are sent away for a time while the others go on."""

from conformance.matching import between
from conformance.messages import Deregister, Path, Register
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.testcase import testcase
from conformance.verdicts import Subject

CLAUSE = "LwM2M Core 1.1.1 §E.2"
DISABLE, DISABLE_TIMEOUT = 4, 5
AWAY = 3
"""Seconds for which the devices of low priority are sent away."""


async def suspend(device: Device) -> tuple[float, float]:
    """Send a device away; gives the monotonic times of its first reaction and of its De-register: from which
    it counts is its choice."""
    (await device.write(device.server_object / DISABLE_TIMEOUT, AWAY)).require(code=CHANGED)
    await device.server.next((Register,), 0.01)
    suspended = await device.execute(device.server_object / DISABLE)
    suspended.expect(name="suspend", code=CHANGED)
    left = (await device.next(Deregister)).received_at
    answer = suspended.exchange.response
    return min(left, answer.time if answer else left), left


@testcase(
    "UC-SUSP-01",
    verifies=["HLF-008", "HLF-041", "HLF-042"],
    clause=CLAUSE,
    applies="device & disable & disable_timeout",
    wait=AWAY,
    devices=3,
)
async def test_low_priority_devices_leave_and_return_while_the_others_are_served(
    devices: list[Device],
) -> None:
    """Two devices are suspended and come back by themselves; the third works on without a break."""
    *low_priority, high_priority = devices
    for device in devices:
        await device.registered()
    left = [await suspend(device) for device in low_priority]
    await high_priority.none(Deregister)
    tolerance, reaction = high_priority.ixit.timing_tolerance, high_priority.ixit.reaction_time
    for device, (suspended, since) in zip(low_priority, left, strict=True):
        back = await device.next(Register, within=AWAY + tolerance + reaction)
        device.context.record.judge(
            "return.seconds",
            between(AWAY - tolerance, AWAY + tolerance + reaction + since - suspended),
            round(back.received_at - suspended, 3),
            subject=Subject("time", back.frame),
            what="seconds from Disable to Register",
        )


@testcase(
    "UC-SUSP-02",
    verifies=["HLF-041", "HLF-042", "HLF-027"],
    clause=CLAUSE,
    applies="device & disable & disable_timeout & ixit.observable",
    wait=AWAY,
    devices=2,
)
async def test_suspended_device_goes_on_with_its_work(devices: list[Device]) -> None:
    """What a suspended device measures meanwhile can be read once it is back, and its settings are kept."""
    suspended, other = devices
    for device in devices:
        await device.registered()
    await suspend(suspended)
    path = suspended.ixit.observable
    await suspended.trigger("set", path=str(Path.of(path)), value=77)
    await other.control()
    await suspended.next(
        Register, within=AWAY + suspended.ixit.timing_tolerance + suspended.ixit.reaction_time
    )
    (await suspended.read(path)).expect(name="measured", code=CONTENT, value=77)
    timeout = await suspended.read(suspended.server_object / DISABLE_TIMEOUT)
    timeout.expect(name="timeout", code=CONTENT, value=AWAY)
