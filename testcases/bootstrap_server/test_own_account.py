"""The account of the bootstrap server itself: a device has one (LwM2M Core 1.1.1 §6.1.2)."""

from conformance.matching import between, containing
from conformance.messages import Path
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.testcase import testcase

PRESENT = Path(0, 0)
"""Where the device has its account at the bootstrap server."""
OWN, EARLIER = 3, (0, 1, 2, 4, 5, 6)
"""Where it has it among accounts from before, whose links take several blocks of 64 octets: it is the first
Instance that the first block does not name."""


@testcase(
    "BSS-ACC-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.2",
    applies="bootstrap_server & verb_provision",
)
async def test_one_bootstrap_account_is_left(bootstrap_server: BootstrapServer) -> None:
    """After a session the device has no two accounts at bootstrap servers; another than before is noted.

    Several make it refuse Finish. What the bootstrap server writes of itself is left to it (B021).
    """
    device = await bootstrap_server.provisioned(account(ssid=4711))
    await device.requested()
    await device.expect_finished()
    left, record = device.bootstrap_accounts, bootstrap_server.context.record
    record.judge("accounts.bootstrap", between(0, 1), len(left), what="bootstrap accounts")
    record.judge("accounts.security", [4711], device.short_server_ids, what="Short Server IDs of Object 0")
    if left != [PRESENT]:
        wrote = f"wrote an account of its own at {left[0]}" if left else "wrote over its own account"
        record.note(f"the bootstrap server {wrote}", ambiguity="B021")


@testcase(
    "BSS-BLK-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.3, RFC 7959 §2.4",
    applies="bootstrap_server & verb_provision & asks_first & blockwise",
)
async def test_long_answer_to_discover_is_read_whole(bootstrap_server: BootstrapServer) -> None:
    """A bootstrap server that asks first reads an answer of several blocks whole: its own account stays."""
    device = await bootstrap_server.provisioned(account(ssid=4711))
    device.move_bootstrap_account(OWN)
    for instance in EARLIER:
        device.add_account(instance, ssid=100 + instance)
    device.endpoint.serve_in_blocks_of(2)
    await device.requested()
    await device.expect_finished()
    record, own = bootstrap_server.context.record, [str(each) for each in device.bootstrap_accounts]
    record.judge("accounts.bootstrap", [f"/0/{OWN}"], own, what="bootstrap accounts")
    ids = device.short_server_ids
    record.judge("accounts.security", containing(4711), ids, what="Short Server IDs of Object 0")
