"""A network that is bad for a while: silence, loss, a narrow path, a new address behind a NAT."""

from conformance.faults import Direction, Fault, Layer, Loss, Match, Mtu, Mute, Rebind
from conformance.formats import Value
from conformance.messages import Path, Read, Update, Write
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.content import payload_of
from conformance.roles import Device
from conformance.roles.comeback import expect_back
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

TO_SUT, FROM_SUT = Direction.TO_SUT, Direction.FROM_SUT
NARROW = 600
"""Octets of a datagram that still pass; a Register of most devices does."""
SZX, SIZE = 2, 64
LONG = "".join(f"line {number:03}; " for number in range(80))
FIFTH, ROUNDS = 0.2, 6
PATIENCE = 12.0


@testcase(
    "FLT-NET-01",
    verifies=["HLF-019", "HLF-036"],
    clause="RFC 7252 §4.2; LwM2M Core 1.1.1 §6.2.2",
    applies="device & lifetime_writable",
    network=True,
    wait=3.0,
)
async def test_device_outlives_a_silence(device: Device) -> None:
    """While nothing passes for a time an Update is repeated, and it arrives once the network is back."""
    device.context.need_repetition(2)
    location = (await device.registered()).location
    silence = 2 * device.ixit.ack_timeout
    update = Match(operation="Update", request=True)
    device.network.disturb(Fault(Layer.MESSAGE, FROM_SUT, Mute(silence), update))
    lifetime = device.lifetime + 60
    (await device.write(device.server_object / 1, lifetime)).require(code=CHANGED)
    came = await device.next(Update, device.ixit.reaction_time + 3 * silence)
    came.expect(location=location, lifetime=lifetime)


@testcase(
    "FLT-NET-02",
    verifies=["HLF-036"],
    clause="RFC 7252 §4.2, §4.5",
    applies="device & ixit.writable_integer",
    network=True,
    wait=10.0,
)
@vary(lossy=[TO_SUT, FROM_SUT])
async def test_every_operation_comes_through_a_loss_in_one_direction(
    device: Device, lossy: Direction
) -> None:
    """While one message in five is lost in one direction, every Write is done and every Read answered."""
    await device.registered()
    path = Path(*device.writable("integer"))
    level = Level.MUST if lossy is TO_SUT else Level.SHOULD
    device.network.disturb(Fault(Layer.DATAGRAM, lossy, Loss(FIFTH, SEEDS[lossy]), count=None))
    for number in range(ROUNDS):
        written = await device.perform(write_of(device, path, 10 + number), limit=PATIENCE)
        written.expect(name=f"write-{number}", code=CHANGED, level=level)
        answer = await device.perform(Read(path), limit=PATIENCE)
        answer.expect(name=f"read-{number}", code=CONTENT, value=10 + number, level=level)
        if not (written.answered and answer.answered):
            break
    device.network.calm()


SEEDS = {TO_SUT: 2, FROM_SUT: 3}
"""With these at most two in a row are lost, and something is."""


@testcase(
    "FLT-NET-03",
    verifies=["HLF-034", "HLF-036"],
    clause="RFC 7959 §2.4",
    applies="device & blockwise & ixit.writable_string",
    network=True,
)
async def test_long_value_comes_through_a_narrow_path(device: Device) -> None:
    """Where datagrams above 600 octets are lost, a server that asks for small blocks gets a long value."""
    await device.registered()
    path = device.writable("string")
    written = await device.write(path, LONG, szx=SZX)
    if written.code != CHANGED:
        raise NotApplicable(f"the SUT does not take a text of {len(LONG)} octets: {written.code}")
    device.network.disturb(Fault(Layer.DATAGRAM, FROM_SUT, Mtu(NARROW), count=None))
    plain = await device.perform(Read(path), limit=device.ixit.quiet_time)
    if plain.answered:
        raise NotApplicable("the SUT answers a plain Read in datagrams that pass")
    if plain.exchange.acknowledged:
        raise NotApplicable("the SUT repeats a separate answer that is lost, and may wait with others")
    device.context.record.note(f"it answers a plain Read of {len(LONG)} octets in longer datagrams")
    answer = await device.perform(Read(path), szx=SZX)
    answer.expect(code=CONTENT, value=LONG)


@testcase(
    "FLT-NET-04",
    verifies=["HLF-019", "HLF-036"],
    clause="LwM2M Transport 1.1.1 §6.4.3; RFC 7959 §2.5",
    applies="device & update_trigger & blockwise & ixit.writable_string",
    network=True,
)
async def test_device_comes_back_behind_a_new_address(device: Device) -> None:
    """A NAT that gives the device another address amid a transfer ends that alone: the next one is whole."""
    await device.registered()
    path, text = device.writable("string"), LONG[: 4 * SIZE]
    (await device.write(path, "before")).require(code=CHANGED)
    amid = Match(operation="Write", block=1, request=False)
    device.network.disturb(Fault(Layer.MESSAGE, FROM_SUT, Rebind(), amid))
    broken = await device.perform(write_of(device, path, text), limit=device.ixit.quiet_time, szx=SZX)
    broken.require(outcome="timeout")
    await device.trigger("update")
    await expect_back(device)
    (await device.write(path, text, szx=SZX)).expect(name="again", code=CHANGED)
    (await device.read(path)).expect(name="read-back", code=CONTENT, value=text)


def write_of(device: Device, path: Path, value: Value) -> Write:
    """The Write of a value, for a limit of its own."""
    return Write(
        path, payload_of(path, value, device.format_for(path, structured=False), device.context.type_of)
    )
