"""The handshake of DTLS while the network damages what it carries."""

import asyncio

from conformance.dtls.events import Established
from conformance.dtls.records import ContentType
from conformance.faults import Corrupt, Direction, Fault, Layer, Match
from conformance.messages.codes import CHANGED, CONTENT, CREATED
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, Subject

FIRST_TIMEOUT = 0.3
"""Seconds after which the tester repeats a flight, so that a case need not wait for the usual second."""
MODEL = "/3/0/1"
HANDSHAKE = Match(content_type=int(ContentType.HANDSHAKE), epoch=0)


@testcase(
    "SFLT-SEC-01",
    verifies=["SEC-003", "HLF-036"],
    clause="RFC 6347 §4.1.2.7, §4.2.4; RFC 5246 §7.4.9",
    applies="server",
    security=("psk",),
    network=True,
)
@vary(way=list(Direction))
@vary(number=[1, 2])
async def test_a_damaged_handshake_gives_no_wrong_association(
    server: Server, way: Direction, number: int
) -> None:
    """A handshake message of which one bit is changed is repeated, or ends the handshake: what is completed
    works, and after what is not, the next handshake does.

    Nothing protects a handshake until its Finished, so that its failure is noted alone. A server that keeps
    what is left of it for a while may answer another one from the same address later: that is a warning.
    """
    device = await server.device(connect=False)
    server.network.disturb(Fault(Layer.RECORD, way, Corrupt(1, "any"), HANDSHAKE, first=number))
    first = await device.dtls.attempt(initial_timeout=FIRST_TIMEOUT, within=server.ixit.reaction_time)
    complete = isinstance(first, Established)
    server.context.record.note(f"the damaged handshake: {'completed' if complete else first}")
    if complete:
        await expect_both_ways(server, device, "first")
    else:
        # what is still said of it is not said of the next
        await asyncio.sleep(server.ixit.quiet_time)
    server.network.calm()
    device.dtls.abandon()
    again = await device.dtls.attempt(initial_timeout=FIRST_TIMEOUT, within=2 * server.ixit.reaction_time)
    done, wanted = isinstance(again, Established), "a completed handshake"
    server.context.record.judge(
        "again.complete",
        wanted,
        wanted if done else None,
        actual=wanted if done else str(again),
        level=Level.SHOULD,
        subject=Subject("handshake", device.dtls.client.last_frame),
    )
    if done:
        await expect_both_ways(server, device, "again")


async def expect_both_ways(server: Server, device: TesterDevice, name: str) -> None:
    """Expect that the association serves what the device tells and what the server asks."""
    (await device.register()).expect(name=f"{name}-register", code=CREATED)
    await server.knows(device)
    (await device.update()).expect(name=f"{name}-update", code=CHANGED)
    if server.context.ics["verb_read"]:
        device.set(MODEL, name)
        (await server.read(device, MODEL)).expect(
            name=f"{name}-read", outcome="response", code=CONTENT, value=name
        )
