"""The handshake of a device while the network damages what it carries."""

from dataclasses import replace

from conformance.dtls.events import Established, Failed
from conformance.faults import Direction
from conformance.roles.damaged_handshake import damage
from conformance.roles.device import Device
from conformance.roles.other_server import other_server, started_anew
from conformance.roles.secured_device import FIRST_TIMEOUT
from conformance.sut.adapter import VerbFailedError
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, Subject


@testcase(
    "FLT-SEC-04",
    verifies=["SEC-003", "HLF-036"],
    clause="RFC 6347 §4.1.2.7, §4.2.4; RFC 5246 §7.4.9",
    applies="device",
    security=("psk",),
    network=True,
)
@vary(way=list(Direction))
@vary(number=[1, 2])
async def test_a_damaged_handshake_gives_no_wrong_association(
    device: Device, way: Direction, number: int
) -> None:
    """A handshake message of which one bit is changed is repeated, or ends the handshake: what is completed
    works, and after what is not, the device makes another handshake.

    Nothing protects a handshake until its Finished, so that its failure is noted alone. One that does not end
    is ended by the tester, as a server may. A device that lost its registration over it comes back when its
    own time for that has come, which is not waited for; another one that stays away gets a warning.
    """
    await device.registered()
    dtls, seconds = device.dtls, device.ixit.reaction_time
    await dtls.handshake(name="handshake-before")
    how = replace(dtls.channel.configuration, initial_timeout=FIRST_TIMEOUT, refuse_undecryptable=True)
    async with other_server(device, how):
        device.network.disturb(damage(way, number))
        await dtls.begun_anew()
        ended = await dtls.channel.next((Established, Failed), 2 * seconds)
        complete = ended and isinstance(ended.event, Established) and await device.back()
    device.network.calm()
    device.context.record.note(f"the damaged handshake: {'completed' if complete else dtls.failure}")
    if complete:
        await device.control()
        while await dtls.channel.next(Established, 0):
            device.context.record.note("the SUT has made a further one since")
        await dtls.begun_anew()
    else:
        await asked_for_another(device, stuck=ended is None)
    await expect_back(device)


async def asked_for_another(device: Device, *, stuck: bool) -> None:
    """End a handshake that came to no end, and give the device a reason for another where it makes none."""
    if stuck:
        device.dtls.refuse()
    if await device.dtls.channel.comes(Established, Failed, device.ixit.reaction_time):
        return
    if not stuck:
        device.dtls.close()
        device.dtls.refuse()
    try:
        await device.trigger("update")
    except VerbFailedError as refused:
        device.context.record.note(f"no other handshake can be asked for: {refused}")
        await started_anew(device)


async def expect_back(device: Device) -> None:
    """The device makes a handshake and says something over it, which should be so; records
    ``again.complete`` and ``again.received``. One that stays away is started anew."""
    record, seconds = device.context.record, 2 * device.ixit.reaction_time
    happened = await device.dtls.channel.next(Established, seconds)
    wanted, subject = "a completed handshake", Subject("handshake", happened.frame if happened else None)
    there = wanted if happened else None
    record.judge("again.complete", wanted, there, level=Level.SHOULD, subject=subject, limit=seconds)
    back = await device.back() if happened else None
    if happened:
        wanted, subject = "a Register or an Update", Subject("operation", back.frame if back else None)
        there = wanted if back else None
        record.judge("again.received", wanted, there, level=Level.SHOULD, subject=subject)
    if back is None:
        await started_anew(device)
        await device.registered()
