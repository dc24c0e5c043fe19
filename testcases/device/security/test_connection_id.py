"""An association that is known by its Connection ID outlives a change of address (RFC 9146)."""

from dataclasses import replace

from conformance.dtls.events import Established
from conformance.dtls.mux import Moved
from conformance.faults import Direction, Fault, Layer, Rebind
from conformance.roles.device import Device
from conformance.roles.other_server import other_server
from conformance.testcase import SECURITY, testcase
from conformance.verdicts import Level, NotApplicable, Subject

CID_LENGTH = 8


@testcase(
    "SEC-CID-01",
    verifies=["SEC-003", "HLF-037", "HLF-039"],
    clause="RFC 9146 §3, §6, LwM2M Transport 1.1.1 §6.4.3",
    applies="device",
    security=SECURITY,
    network=True,
)
async def test_an_association_outlives_a_change_of_address(device: Device) -> None:
    """A device with a Connection ID whose address changed on the way goes on: what it says is understood.

    It does not know of the change, and may begin another association for reasons of its own.
    """
    await device.registered()
    await device.dtls.handshake(name="handshake-before")
    channel = device.dtls.channel
    giving = replace(channel.configuration, cid=device.context.chance.randbytes(CID_LENGTH))
    async with other_server(device, giving):
        await device.dtls.begun_anew()
        handshake = await device.dtls.handshake(name="handshake-anew")
        if handshake.event.read_cid is None:
            raise NotApplicable("the SUT does not offer to use a Connection ID")
        back = await device.back()
        device.context.record.judge(
            "return.received",
            "a message under its Connection ID",
            "a message under its Connection ID" if back else None,
            what="over the new association comes:",
            subject=Subject("operation", back.frame if back else None),
        )
        device.network.disturb(Fault(Layer.DATAGRAM, Direction.FROM_SUT, Rebind()))
        await device.trigger("update")
        first = await channel.next((Moved, Established), device.ixit.reaction_time)
        device.context.record.judge(
            "handshake.absent",
            "no handshake",
            "a handshake" if first and isinstance(first.event, Established) else "no handshake",
            subject=Subject("handshake", first.frame if first else None),
            what="after a change of the address on the way:",
            level=Level.SHOULD,
            clause="LwM2M Transport 1.1.1 §5.2.1",
        )
        moved = await device.back()
        device.context.record.judge(
            "moved.received",
            "a message from the other address",
            "a message from the other address" if moved else None,
            what="after a change of the address on the way comes:",
            subject=Subject("operation", moved.frame if moved else None),
        )
        await device.control()
