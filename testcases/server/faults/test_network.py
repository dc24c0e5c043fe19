"""A network that is bad for a while: silence, loss in one direction, another address behind a NAT."""

from conformance.faults import Direction, Fault, Layer, Loss, Match, Mute, Rebind
from conformance.messages.codes import CHANGED, CONTENT, CREATED
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

TO_SUT, FROM_SUT = Direction.TO_SUT, Direction.FROM_SUT
MODEL, ZONE = "/3/0/1", "/3/0/14"
FIFTH, ROUNDS = 0.2, 5
SEEDS = {TO_SUT: 2, FROM_SUT: 3}
"""With these at most two in a row are lost, and something is."""
READ = Match(operation="Read", request=True)


@testcase(
    "SFLT-NET-01",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §4.2, §4.7",
    applies="server & verb_read",
    network=True,
    wait=3.0,
)
async def test_read_outlives_a_silence(server: Server) -> None:
    """A Read that falls into a time in which nothing passes gives the value once the network is back, or
    ends as one without an answer; then the next one does.

    How often a server asks, and how long its user waits, is its own choice; while it still asks for what its
    user waits for no longer, it may hold the next request back (RFC 7252 §4.7).
    """
    device = await server.registered()
    device.set(ZONE, "+04:30")
    begin = len(server.context.messages)
    silence = 2 * server.ixit.ack_timeout
    await server.network.arrived()
    server.network.disturb(Fault(Layer.MESSAGE, FROM_SUT, Mute(silence), READ))
    result = await server.read(device, ZONE)
    result.expect(outcome="response", code=CONTENT, level=reached(server, begin))
    if result.success:
        result.expect(value="+04:30")
    server.network.calm()
    device.set(ZONE, "-03:00")
    later = await server.read(device, ZONE)
    free = Level.MUST if result.success else Level.SHOULD
    later.expect(name="later", outcome="response", code=CONTENT, level=free)
    if later.success:
        later.expect(name="later", value="-03:00")


@testcase(
    "SFLT-NET-02",
    verifies=["HLF-012", "HLF-019", "HLF-036"],
    clause="RFC 7252 §4.2, §4.5",
    applies="server & verb_read",
    network=True,
    wait=10.0,
)
@vary(lossy=[TO_SUT, FROM_SUT])
async def test_everything_comes_through_a_loss_in_one_direction(server: Server, lossy: Direction) -> None:
    """While one message in five is lost in one direction, every Update is answered and every Read done."""
    device = await server.registered()
    await server.network.arrived()
    server.network.disturb(Fault(Layer.DATAGRAM, lossy, Loss(FIFTH, SEEDS[lossy]), count=None))
    answering = Level.MUST if lossy is TO_SUT else Level.SHOULD
    limit = server.ixit.reaction_time + 8 * device.endpoint.parameters.ack_timeout
    for number in range(ROUNDS):
        update = await device.update(lifetime=1000 + number, limit=limit)
        update.expect(name=f"update-{number}", code=CHANGED, level=answering)
        device.set(ZONE, f"+0{number}:30")
        begin = len(server.context.messages)
        result = await server.read(device, ZONE)
        result.expect(name=f"read-{number}", outcome="response", code=CONTENT, level=reached(server, begin))
        if not (update.answered and result.success):
            break
        result.expect(name=f"read-{number}", value=f"+0{number}:30")
    server.network.calm()


@testcase(
    "SFLT-NET-03",
    verifies=["HLF-019", "HLF-036", "HLF-039"],
    clause="LwM2M Transport 1.1.1 §6.4.3; RFC 7252 §5.3.2",
    applies="server & verb_read",
    network=True,
    wait=3.0,
)
async def test_device_goes_on_behind_another_address(server: Server) -> None:
    """A NAT that gives the device another address amid a Read ends that alone: the device registers again,
    and is asked where it is then.

    What the server makes of the answer from the other address and of an Update from there is left open.
    """
    device = await server.registered()
    device.set(MODEL, "before")
    await server.network.arrived()
    server.network.disturb(
        Fault(Layer.MESSAGE, TO_SUT, Rebind(), Match(operation="Read", request=False, path=MODEL))
    )
    broken = await server.read(device, MODEL)
    if broken.success:
        broken.expect(name="broken", value="before")
    server.context.record.note(f"an answer from another address ends the Read as {broken.outcome}")
    update = await device.update()
    update.note(f"an Update from another address: {update.code or update.outcome}", ambiguity="Q20")
    device.set(MODEL, "behind another address")
    (await device.register()).expect(name="again", code=CREATED)
    await server.knows(device)
    result = await server.read(device, MODEL)
    result.expect(outcome="response", code=CONTENT, value="behind another address")


def reached(server: Server, begin: int) -> Level:
    """How strong it is that a Read since message `begin` gives a value: where no answer came through, the
    server may have stopped asking."""
    answered = any(
        line["direction"] == "out" and line.get("operation") == "Read" and not line.get("lost")
        for line in server.context.messages[begin:]
    )
    return Level.MUST if answered else Level.SHOULD
