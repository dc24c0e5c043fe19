"""The account of the bootstrap server itself: a device has one (LwM2M Core 1.1.1 §6.1.2)."""

from conformance.messages import Path
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.testcase import testcase

PRESENT = Path(0, 0)
"""Where the device has its account at the bootstrap server."""


@testcase(
    "BSS-ACC-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.2",
    applies="bootstrap_server & verb_provision",
)
async def test_one_bootstrap_account_is_left(bootstrap_server: BootstrapServer) -> None:
    """After a session the device has one account at a bootstrap server; that it is another one is noted.

    Several would make it refuse Finish. What the bootstrap server writes of itself is left to it (B021).
    """
    device = await bootstrap_server.provisioned(account(ssid=4711))
    await device.requested()
    await device.expect_finished()
    left, record = device.bootstrap_accounts, bootstrap_server.context.record
    record.judge("accounts.bootstrap", 1, len(left), what="bootstrap accounts")
    record.judge("accounts.security", [4711], device.short_server_ids, what="Short Server IDs of Object 0")
    if left != [PRESENT]:
        record.note(f"it wrote an account of its own at {left[0]}", ambiguity="B021")
