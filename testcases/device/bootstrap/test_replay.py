"""A message of a bootstrap that is recorded and comes again (RFC 6347 §4.1.2.6)."""

from dataclasses import replace

from conformance.messages.codes import CHANGED
from conformance.roles.device import Device
from conformance.roles.given_keys import expect_registered_with_them
from conformance.testcase import SECURITY, testcase


@testcase(
    "BS-SEC-11",
    verifies=["SEC-004", "HLF-019"],
    clause="RFC 6347 §4.1.2.6, RFC 7252 §4.5, §11.4",
    applies="device & bootstrap",
    launch_options=("bootstrap",),
    security=SECURITY,
)
async def test_a_bootstrap_write_that_comes_again_has_no_effect(device: Device) -> None:
    """A recorded Write of the account that comes again after a newer one changes nothing back."""
    channel = device.bootstrap.dtls.channel
    await device.bootstrap.requested()
    old = await device.bootstrap.provision()
    record = channel.script.sent[-1]
    new = replace(old, lifetime=old.lifetime + 1)
    await device.bootstrap.provision(new)
    channel.transport.put(bytes(record), device.bootstrap.dtls.peer.address)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await expect_registered_with_them(device, new)
