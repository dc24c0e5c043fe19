"""An association that is known by its Connection ID outlives a change of address (RFC 9146)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from conformance.coap.message import Message
from conformance.dtls.events import Closed, Established
from conformance.dtls.mux import Moved
from conformance.faults import Direction, Fault, Layer, Rebind
from conformance.messages.codes import CONTENT
from conformance.roles.device import Device
from conformance.roles.other_server import other_server
from conformance.roles.preamble import KNOWN, known
from conformance.roles.sealed import expect_kept, put, sealed, write_message
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
    async with identified(device):
        device.network.disturb(Fault(Layer.DATAGRAM, Direction.FROM_SUT, Rebind()))
        await device.trigger("update")
        first = await device.dtls.channel.next((Moved, Established), device.ixit.reaction_time)
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


@testcase(
    "SEC-CID-02",
    verifies=["SEC-002", "SEC-003"],
    clause="RFC 9146 §3, §6",
    applies="device & ixit.writable_integer",
    security=("psk",),
)
async def test_a_record_under_a_foreign_connection_id_is_dropped(device: Device) -> None:
    """A Write under the keys of the association, with a Connection ID that the device never gave or without
    the one that it gave, changes nothing and is not answered."""
    path = await known(device)
    async with identified(device):
        association = device.dtls.peer.association
        shown = {"unknown": device.context.chance.randbytes(len(association.write_cid) or CID_LENGTH)}
        shown |= {"none": b""} if association.write_cid else {}
        for name, cid in shown.items():
            message = write_message(device, path, 5)
            with association.under_cid(cid):
                put(device, sealed(device, message))
            await expect_kept(device, name)
            (await device.read(path)).expect(name=f"read-back-{name}", code=CONTENT, value=KNOWN["integer"])
            expect_no_answer(device, message, name)
        whole = write_message(device, path, 5)
        put(device, sealed(device, whole), whole)
        (await device.read(path)).expect(name="read-back-whole", code=CONTENT, value=5)


def expect_no_answer(device: Device, message: Message, name: str) -> None:
    """Nothing came to the token of a message; records ``<name>.answers``."""
    context, token = device.context, message.token.hex()
    came = [each for each in context.messages if each["direction"] == "in" and each.get("token") == token]
    frame = came[0]["frame"] if came else None
    context.record.judge(f"{name}.answers", 0, len(came), subject=Subject("message", frame), what="answers")


@asynccontextmanager
async def identified(device: Device) -> AsyncIterator[None]:
    """While this is open, the device is known to its server by a Connection ID: it makes another handshake,
    and says something over it. Records ``handshake-anew.complete`` and ``return.received``.

    Raises:
        NotApplicable: it does not offer to use one.
        CheckFailed: it does not come back.
    """
    await device.dtls.handshake(name="handshake-before")
    configuration = device.dtls.channel.configuration
    async with other_server(device, replace(configuration, cid=device.context.chance.randbytes(CID_LENGTH))):
        await device.dtls.begun_anew()
        handshake = await device.dtls.handshake(name="handshake-anew")
        if handshake.event.read_cid is None:
            raise NotApplicable("the SUT does not offer to use a Connection ID")
        await device.dtls.channel.next(Closed, 0)
        back = await device.back()
        device.context.record.judge(
            "return.received",
            "a message under its Connection ID",
            "a message under its Connection ID" if back else None,
            what="over the new association comes:",
            subject=Subject("operation", back.frame if back else None),
        )
        yield
