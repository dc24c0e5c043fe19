"""Observe, Notify and Send while the network loses, copies, delays and spoils messages."""

from conformance.faults.troubles import Trouble
from conformance.messages import Path, Send
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device, variable
from conformance.roles.disturbed_device import DisturbedDevice
from conformance.roles.observation import Observation
from conformance.testcase import NOSEC, testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

CLAUSE = "RFC 7252 §4.2, §4.3, §4.5"
SECURITY = (NOSEC, "psk")
CHANGING = "device & (ixit.observable | ixit.writable_integer)"
TOLD = [trouble for trouble in Trouble if trouble is not Trouble.TRUNCATED]
"""An acknowledgement is a header, of which nothing can be cut that leaves something to be rejected."""


@testcase(
    "FLT-OBS-01",
    verifies=["HLF-028", "HLF-036"],
    clause=f"{CLAUSE}; RFC 7641 §4.1",
    applies=CHANGING,
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_observe_survives(device: Device, fault: Trouble) -> None:
    """An Observe that is in trouble is answered, and the change after it is told, once as it should be."""
    await device.registered()
    changing, disturbed = await variable(device, 20), DisturbedDevice(device, fault, amid=True)
    observed: list[Observation] = []

    async def observe():
        observed.append(await device.observe(changing.path))
        return observed[-1].first

    answer = await disturbed.answered("Observe", observe)
    if not disturbed.is_done(answer, CONTENT):
        return
    answer.expect(value=20)
    await disturbed.settled()
    await changing.becomes(30)
    told = await observed[-1].next_but([20], device.ixit.reaction_time)
    told.expect(value=30, newer=True)
    second = await observed[-1].next_or_none(device.ixit.quiet_time)
    device.context.record.judge(
        "second.absent",
        None,
        second and second.value,
        subject=Subject("notification.absent", second.frame if second else None),
        what="told again:",
        level=Level.SHOULD,
    )


@testcase(
    "FLT-NTF-01",
    verifies=["HLF-028", "HLF-036"],
    clause=f"{CLAUSE}; RFC 7641 §4.5",
    applies=CHANGING,
    security=SECURITY,
    network=True,
)
@vary(fault=TOLD)
async def test_notification_survives(device: Device, fault: Trouble) -> None:
    """A confirmable notification in trouble is repeated until acknowledged, and the next one follows."""
    await device.registered()
    changing = await variable(device, 20)
    observation = await device.observe(changing.path)
    observation.first.require(code=CONTENT)
    await changing.becomes(25)
    first = await observation.next(name="before")
    if not first.confirmable:
        raise NotApplicable("the SUT notifies in non-confirmable messages")
    told = await DisturbedDevice(device, fault, amid=True).told(observation, changing, 30)
    told.expect(newer=True)
    await changing.becomes(35)
    (await observation.next(name="next")).expect(name="next", value=35, newer=True)


@testcase(
    "FLT-SND-01",
    verifies=["HLF-028", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.4.6",
    applies="device & lwm2m >= 1.1 & send & ixit.observable",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_send_survives(device: Device, fault: Trouble) -> None:
    """A Send that is in trouble is repeated as it was, and arrives once."""
    await device.registered()
    unmuted = await device.write(device.server_object / 23, False)
    if unmuted.code != CHANGED:
        raise NotApplicable(f"the SUT does not take /1/x/23, which mutes Send: {unmuted.code}")
    path = str(Path.of(device.ixit.observable))
    sent = await DisturbedDevice(device, fault, amid=True).asked(
        Send, lambda: device.trigger("send", paths=[path])
    )
    sent.expect(confirmable=True)
