"""A server that lost its end of an association answers nothing of it any more."""

from conformance.clock import now
from conformance.coap.parameters import TransmissionParameters
from conformance.dtls.events import Established
from conformance.roles.device import Device
from conformance.roles.other_server import started_anew
from conformance.testcase import SECURITY, testcase
from conformance.verdicts import Level, Subject


@testcase(
    "SEC-END-01",
    verifies=["SEC-003", "HLF-036", "HLF-037"],
    clause="RFC 7252 §4.2, LwM2M Core 1.1.1 §6.2.1.1",
    applies="device",
    security=SECURITY,
    network=True,
    wait=10,
)
async def test_a_dead_association_is_given_up(device: Device) -> None:
    """A device whose server lost the association begins another when its message was sent for the last time.

    No clause sets a time: a device that stays on the dead association as long as a message is repeated, and
    longer, gets a warning.
    """
    await device.registered()
    await device.dtls.handshake(name="handshake-before")
    await device.control()
    seconds = longest_exchange(device) + device.ixit.reaction_time
    device.context.more_time(seconds)
    device.server.forget()
    device.dtls.channel.transport.abandon(device.current.remote)
    began = now()
    await device.trigger("update")
    another = await device.dtls.channel.next(Established, seconds)
    device.context.record.note(
        f"the SUT begins another association after {now() - began:.1f} s"
        if another
        else f"the SUT stays on the dead association for {seconds:.0f} s and more",
        ambiguity="B156",
    )
    device.context.record.judge(
        "handshake.begun",
        "a completed handshake",
        "a completed handshake" if another else "none",
        subject=Subject("handshake", another.frame if another else None),
        limit=seconds,
        level=Level.SHOULD,
    )
    if another is None:
        await started_anew(device)
    else:
        await device.back()


def longest_exchange(device: Device) -> float:
    """MAX_TRANSMIT_WAIT of the device in seconds (RFC 7252 §4.8.2)."""
    return TransmissionParameters(ack_timeout=device.ixit.ack_timeout).max_transmit_wait
