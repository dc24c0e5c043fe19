"""The handshake of DTLS while the network damages what it carries."""

from conformance.faults import Direction
from conformance.messages.codes import CHANGED, CONTENT, CREATED
from conformance.roles.damaged_handshake import damage, expect_no_wrong_association
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import testcase, vary

MODEL = "/3/0/1"


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

    async def serves(name: str) -> None:
        await expect_both_ways(server, device, name)

    await expect_no_wrong_association(server, device.dtls, damage(way, number), serves)


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
