"""Device and server prove to each other who they are (LwM2M Transport 1.1.1 §5.2)."""

from conformance.messages import Register
from conformance.roles.device import Device
from conformance.testcase import SECURITY, testcase


@testcase(
    "SEC-AUTH-01",
    verifies=["SEC-001", "SEC-003", "HLF-037"],
    clause="LwM2M Transport 1.1.1 §5.2",
    applies="device",
    security=SECURITY,
)
async def test_the_device_shows_the_credential_that_it_was_given(device: Device) -> None:
    """A device registers over DTLS and shows the credential that it was provisioned with."""
    handshake = await device.dtls.handshake(device.ixit.restart_time)
    handshake.expect(credential=device.dtls.credential)
    register = await device.next(Register)
    register.expect(endpoint=device.context.endpoint)
    await device.control()
