"""Records that hold a request to the device: made without being sent, damaged, kept to be sent again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from conformance.clock import now
from conformance.coap.codec import encode
from conformance.coap.exchange import Trace
from conformance.coap.message import Code, Message
from conformance.dtls.events import Closed, Failed
from conformance.dtls.records import ContentType, Record
from conformance.formats import Value
from conformance.matching import between
from conformance.messages import Path
from conformance.messages.codes import CHANGED
from conformance.messages.content import payload_of
from conformance.roles.crafted import crafted, sent
from conformance.roles.device import Device
from conformance.verdicts import Level

TOKEN = 4
"""Where the token of a message begins (RFC 7252 §3): another one makes no other request of it."""


def write_message(device: Device, path: Path, value: Value) -> Message:
    """A confirmable Write of one value, in a format that the device takes."""
    payload = payload_of(path, value, device.format_for(path), device.context.type_of)
    return crafted(device, Code.PUT, path, payload=payload.data, content_format=payload.content_format)


def sealed(device: Device, message: Message) -> Record:
    """The record in which the message would go to the device next; it is not sent."""
    channel, taken = device.dtls.channel, list[Record]()

    def keep(record: Record) -> list[Record]:
        taken.append(record)
        return []

    channel.script.record = keep
    try:
        channel.transport.send(encode(message), device.current.remote)
    finally:
        channel.script.record = None
    return taken[0]


def put(device: Device, data: bytes | Record, carries: Message | None = None) -> int:
    """Send a datagram as it is from the tester's server to the device; the number of its frame.

    What a datagram `carries` that can be read comes into the evidence as a message.
    """
    address, began = device.dtls.peer.address, now()
    frame = device.dtls.channel.transport.put(bytes(data), address)
    if carries is not None and device.endpoint.on_message is not None:
        local = device.endpoint.local
        device.endpoint.on_message(Trace("out", carries, encode(carries), None, local, address, frame, began))
    return frame


def damages(device: Device, message: Message) -> Mapping[str, bytes]:
    """The message in records each of which has one thing wrong, by what it is."""
    length = len(encode(message))
    negotiated = device.dtls.peer.association.negotiated
    assert negotiated is not None
    tag = negotiated.suite.cipher.tag_length

    def fragment(change: Callable[[bytes], bytes]) -> bytes:
        record = sealed(device, message)
        return bytes(replace(record, fragment=change(record.fragment)))

    whole, other = sealed(device, message), sealed(device, message)
    in_clear = replace(whole, content_type=ContentType.APPLICATION_DATA, cid=None, fragment=encode(message))
    made = {
        "changed-byte": fragment(lambda data: _flipped(data, len(data) - tag - length + TOKEN)),
        "changed-mac": fragment(lambda data: _flipped(data, len(data) - 1)),
        "shortened-fragment": fragment(lambda data: data[:-4]),
        "shortened-datagram": bytes(sealed(device, message))[:-4],
        "another-number": bytes(replace(other, sequence=other.sequence + 40)),
        "next-epoch": bytes(replace(other, epoch=other.epoch + 1)),
        "epoch-zero": bytes(replace(other, epoch=0)),
        "clear-in-epoch-zero": bytes(replace(in_clear, epoch=0)),
        "clear-in-this-epoch": bytes(in_clear),
    }
    return MappingProxyType(made)


def _flipped(data: bytes, index: int) -> bytes:
    return data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]


async def recorded(device: Device, message: Message, name: str) -> Record:
    """Send a request, and give the record in which it went; raises Inconclusive unless it was answered."""
    channel, taken = device.dtls.channel, list[Record]()

    def keep(record: Record) -> list[Record]:
        taken.append(record)
        return [record]

    channel.script.record = keep
    try:
        (await sent(device, message, name)).require(code=CHANGED)
    finally:
        channel.script.record = None
    return taken[0]


async def expect_kept(device: Device, name: str) -> bool:
    """The association outlives a record that was to be dropped; a device that ends it with an alert is waited
    for (RFC 6347 §4.1.2.7 leaves it the choice). Records ``association-<name>.kept``, and tells the same.
    """
    await device.read(device.server_object / 1)
    ended = await device.dtls.channel.next((Failed, Closed), 0)
    device.context.record.judge(
        f"association-{name}.kept",
        "goes on",
        "ended" if ended else "goes on",
        what="the association",
        level=Level.SHOULD,
        clause="RFC 6347 §4.1.2.7",
    )
    if ended is not None:
        await device.trigger("update")
        await device.back()
    return ended is None


def expect_unanswered(device: Device, frame: int) -> None:
    """Nothing came from the device in answer to a record that it was to drop, up to the answer to the request
    after it; records ``replay.unanswered``.

    A device may go without a replay window (RFC 6347 §4.1.2.6, a SHOULD), and tell by the Message ID instead
    that a request came again.
    """
    after = [each for each in device.dtls.channel.datagrams if each.frame > frame]
    answers = [each for each in after if each.incoming and each.holds(ContentType.APPLICATION_DATA)]
    asked = [each for each in after if not each.incoming and each.holds(ContentType.APPLICATION_DATA)]
    device.context.record.judge(
        "replay.unanswered",
        between(0, len(asked)),
        len(answers),
        what="answers to the requests that were new:",
        level=Level.SHOULD,
        clause="RFC 6347 §4.1.2.6",
    )
