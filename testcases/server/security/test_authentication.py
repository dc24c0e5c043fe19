"""Device and server prove to each other who they are (LwM2M Transport 1.1.1 §5.2)."""

from conformance.messages.codes import CONTENT, CREATED
from conformance.messages.path import Path
from conformance.roles.server import Server
from conformance.testcase import SECURITY, testcase

MODEL = Path(3, 0, 1)


@testcase(
    "SSEC-AUTH-01",
    verifies=["SEC-001", "SEC-003", "HLF-037"],
    clause="LwM2M Transport 1.1.1 §5.2",
    applies="server & verb_read",
    security=SECURITY,
)
async def test_a_device_that_was_let_in_is_registered_and_read(server: Server) -> None:
    """A device that its user let in registers over DTLS, and the server shows the credential it was given.

    What the server asks afterwards comes over the same association.
    """
    device = await server.device(connect=False)
    handshake = await device.dtls.handshake()
    handshake.expect(credential=device.dtls.expected)
    (await device.register()).expect(code=CREATED)
    await server.knows(device)
    device.set(MODEL, "behind the handshake")
    (await server.read(device, MODEL)).expect(outcome="response", code=CONTENT, value="behind the handshake")
