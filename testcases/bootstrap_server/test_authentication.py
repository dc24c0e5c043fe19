"""Device and bootstrap server prove to each other who they are (LwM2M Transport 1.1.1 §5.2)."""

from conformance.messages.codes import CHANGED
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.testcase import SECURITY, testcase


@testcase(
    "BSS-SEC-01",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2.4",
    applies="bootstrap_server & verb_provision",
    security=SECURITY,
)
async def test_a_device_that_was_let_in_is_bootstrapped(bootstrap_server: BootstrapServer) -> None:
    """A device that its user let in is given its account over DTLS, and the bootstrap server shows the
    credential that it was given."""
    device = await bootstrap_server.device(connect=False)
    (await bootstrap_server.provision(device, account(ssid=4711))).require(outcome="response")
    (await device.dtls.handshake()).expect(credential=device.dtls.expected)
    (await device.request()).expect(code=CHANGED)
    await device.expect_finished()
    told = device.short_server_ids
    bootstrap_server.context.record.judge("session.accounts", [4711], told, what="Short Server IDs written")
