"""A bootstrap session as a bootstrap server leads it (LwM2M Core 1.1.1 §6.1.3.3, §6.1.7)."""

from conformance.messages.bootstrap import BootstrapFinish
from conformance.messages.codes import CHANGED
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.testcase import testcase


@testcase(
    "BSS-SES-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.1",
    ets="int-0",
    applies="bootstrap_server & verb_provision",
    versions="each",
)
async def test_session_is_led_to_its_end(bootstrap_server: BootstrapServer) -> None:
    """A Bootstrap-Request is answered 2.04; writes and Finish follow."""
    device = await bootstrap_server.provisioned()
    (await device.request()).expect(code=CHANGED)
    await device.expect_finished()
    finish = await device.next(BootstrapFinish)
    finish.expect(confirmable=True, clause="LwM2M Transport 1.1.1 §6.4")


@testcase(
    "BSS-SES-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.5",
    ets="int-0",
    applies="bootstrap_server & verb_provision",
    versions="each",
)
async def test_device_holds_what_was_provisioned(bootstrap_server: BootstrapServer) -> None:
    """After the session the device holds the account that the user provisioned."""
    device = await bootstrap_server.provisioned(account(ssid=4711, lifetime=1234))
    await device.requested()
    await device.expect_finished()
    held = device.objects.values
    record = bootstrap_server.context.record
    servers = [(held.get(each / 0), held.get(each / 1)) for each in device.objects.at(1)]
    record.judge("account.server", [(4711, 1234)], servers, what="Short Server IDs and lifetimes of Object 1")
    paired = [held.get(instance / 10) for instance in device.server_accounts]
    record.judge("account.security", [4711], paired, what="Short Server IDs of Object 0")
