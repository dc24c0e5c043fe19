"""What a bootstrap server writes: whole accounts, apart, beside its own (LwM2M Core 1.1.1 §6.1.2)."""

from conformance.matching import containing, unordered
from conformance.messages import Path
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

MANDATORY = {0: (0, 1, 2, 10), 1: (0, 1, 7)}
"""Resources of an account without keys that have to be written, by Object: those that have no default."""
NOTIFICATION_STORING = 6
SECURITY = "Short Server IDs of Object 0"


@testcase(
    "BSS-ACC-01",
    verifies=["HLF-019", "OSR-001"],
    clause="LwM2M Core 1.1.1 §6.1.2",
    applies="bootstrap_server & verb_provision",
)
async def test_several_accounts_are_written_apart(bootstrap_server: BootstrapServer) -> None:
    """Two accounts arrive as two, each with its pair of Instances."""
    wanted = account(ssid=11, lifetime=1100), account(ssid=22, lifetime=2200)
    device = await bootstrap_server.provisioned(*wanted)
    await device.requested()
    await device.expect_finished()
    record, held = bootstrap_server.context.record, device.objects.values
    record.judge("accounts.security", unordered(11, 22), device.short_server_ids, what=SECURITY)
    servers = [(held.get(each / 0), held.get(each / 1)) for each in device.objects.at(1)]
    expected = unordered((11, 1100), (22, 2200))
    record.judge("accounts.server", expected, servers, what="Short Server IDs and lifetimes of Object 1")


@testcase(
    "BSS-ACC-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.2, §6.1.7.3",
    applies="bootstrap_server & verb_provision & asks_first",
)
@vary(instance=[0, 1, 5])
async def test_own_account_stays(bootstrap_server: BootstrapServer, instance: int) -> None:
    """A bootstrap server that asks first writes beside its own account, wherever the device has it.

    Nothing forbids it to write over that account, after which the device can be bootstrapped no more.
    """
    device = await bootstrap_server.provisioned(account(ssid=4711))
    device.move_bootstrap_account(instance)
    uri = Path(0, instance, 0)
    before = device.objects.values[uri]
    await device.requested()
    await device.expect_finished()
    record, own = bootstrap_server.context.record, [str(each) for each in device.bootstrap_accounts]
    record.judge("accounts.security", [4711], device.short_server_ids, what=SECURITY)
    kept, what = device.objects.values.get(uri), "the URI of the bootstrap server"
    record.judge("accounts.bootstrap", [f"/0/{instance}"], own, what="bootstrap accounts", level=Level.SHOULD)
    record.judge("accounts.uri", before, kept, what=what, level=Level.SHOULD)


@testcase(
    "BSS-ACC-03",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §E.1, §E.2",
    applies="bootstrap_server & verb_provision",
    versions="each",
)
async def test_accounts_are_whole(bootstrap_server: BootstrapServer) -> None:
    """Every mandatory Resource of an account is written, with the URI and the binding of the user.

    Notification Storing is mandatory and has a default, so that a device can make up for it.
    """
    uri = "coap://127.0.0.1:20333"
    device = await bootstrap_server.provisioned(account(uri=uri, ssid=4711))
    await device.requested()
    await device.expect_finished()
    record, held = bootstrap_server.context.record, device.objects.values
    written = {0: device.server_accounts[0], 1: device.objects.at(1)[0]}
    for object_id, resources in MANDATORY.items():
        found = sorted({path[2] for path in held if path[:2] == written[object_id]})
        record.judge(f"account.object-{object_id}", containing(*resources), found, what="Resources written")
    if written[1] / NOTIFICATION_STORING not in held:
        record.note("/1/x/6, which is mandatory, is left to its default")
    record.judge("account.uri", uri, held[written[0] / 0], what="/0/x/0")
    record.judge("account.binding", "U", held[written[1] / 7], what="/1/x/7")


@testcase(
    "BSS-ACC-04",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.3.3",
    applies="bootstrap_server & verb_provision",
)
async def test_each_device_gets_its_own(bootstrap_server: BootstrapServer) -> None:
    """Two devices that ask at the same time get what was provisioned for each."""
    devices = [
        await bootstrap_server.provisioned(
            account(ssid=ssid), name=f"{bootstrap_server.context.endpoint}-{ssid}"
        )
        for ssid in (101, 202)
    ]
    for device in reversed(devices):
        await device.requested()
    for number, device in enumerate(devices):
        await device.expect_finished(name=f"session-{number}")
    held = [device.short_server_ids for device in devices]
    record = bootstrap_server.context.record
    record.judge("accounts.own", [[101], [202]], held, what="Short Server IDs written")
