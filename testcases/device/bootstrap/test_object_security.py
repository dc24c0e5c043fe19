"""A device is given an OSCORE context by a bootstrap server, and uses it (LwM2M Transport 1.1.1 §5.4)."""

from conformance.messages import Register
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.device import Device
from conformance.roles.given_context import given_context
from conformance.testcase import OSCORE, testcase


@testcase(
    "BS-OSC-01",
    verifies=["SEC-001", "SEC-002", "HLF-019", "HLF-038"],
    clause="LwM2M Transport 1.1.1 §5.4",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=("bootstrap",),
    security=(OSCORE,),
)
async def test_a_device_registers_under_the_context_that_it_was_given(device: Device) -> None:
    """A device that is bootstrapped under OSCORE registers under the other context that its account links
    to, and is read under it."""
    await device.bootstrap.requested()
    settings = await given_context(device)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    register = await device.next(Register, device.ixit.restart_time)
    register.expect(endpoint=device.context.endpoint, lifetime=settings.lifetime)
    answer = await device.read(settings.server / 1)
    answer.expect(code=CONTENT, value=settings.lifetime)
    device.oscore.expect_no_incident()
