"""Bootstrap-Delete, and what it does not touch (LwM2M Core 1.1.1 §6.1.7.6)."""

from conformance.matching import code_class, containing, excluding, unordered
from conformance.messages import Path, Register
from conformance.messages.bootstrap import BootstrapDelete
from conformance.messages.codes import CHANGED, DELETED
from conformance.roles import Device
from conformance.roles.tester_bootstrap_server import Settings
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, Subject

BOOTSTRAP = ("bootstrap",)


async def listed(device: Device, *object_ids: int) -> list[str]:
    """The Instances of these Objects that a Bootstrap-Discover shows."""
    return [str(path) for number in object_ids for path in await device.bootstrap.instances(number)]


def judge_list(device: Device, check: str, expectation: object, found: list[str]) -> None:
    subject = Subject("payload")
    device.context.record.judge(check, expectation, found, subject=subject, what="the Instances")


async def finish_with(device: Device, settings: Settings) -> None:
    """Give the device its account again, and let it register."""
    await device.bootstrap.provision(settings)
    (await device.bootstrap.finish()).expect(code=CHANGED)


@testcase(
    "BS-DEL-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.6",
    ets="int-4",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_everything_is_deleted(device: Device) -> None:
    """A Delete of the root removes every account but the bootstrap account, and leaves the Device Object."""
    await device.bootstrap.requested()
    own = str(await device.bootstrap.own_account())
    given = await device.bootstrap.provision()
    second = device.bootstrap.server_values(given.ssid + 1, 900)
    (await device.bootstrap.write(given.server.parent / 1, second)).require(code=CHANGED)
    deleted = await device.bootstrap.delete()
    deleted.expect(code=DELETED)
    judge_list(device, "accounts.left", [own], await listed(device, 0, 1))
    judge_list(device, "device.kept", containing("/3/0"), await listed(device, 3))
    await finish_with(device, given)


@testcase(
    "BS-DEL-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.6",
    ets="int-4",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_all_instances_of_an_object_are_deleted(device: Device) -> None:
    """A Delete of the Server Object is answered 2.02 and removes all its Instances, and no others."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    second = device.bootstrap.server_values(given.ssid + 1, 900)
    (await device.bootstrap.write(given.server.parent / 1, second)).require(code=CHANGED)
    deleted = await device.bootstrap.delete("/1")
    deleted.expect(code=DELETED)
    judge_list(device, "servers.left", [], await listed(device, 1))
    judge_list(device, "security.kept", containing(str(given.security)), await listed(device, 0))
    await finish_with(device, given)


@testcase(
    "BS-DEL-03",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.6",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(object_id=[0, 1])
async def test_one_instance_is_deleted(device: Device, object_id: int) -> None:
    """A Delete of an Instance is answered 2.02 and removes that one, and no other of its Object."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    added = await second_instance(device, given, object_id)
    deleted = await device.bootstrap.delete(added)
    deleted.expect(code=DELETED)
    found = await listed(device, 0, 1)
    judge_list(device, "instance.gone", excluding(str(added)), found)
    judge_list(device, "others.kept", containing(str(given.security), str(given.server)), found)
    (await device.bootstrap.finish()).expect(code=CHANGED)


async def second_instance(device: Device, given: Settings, object_id: int) -> Path:
    """Write one more Instance of Object 0 or 1, beside those of the account."""
    if object_id == 0:
        path, values = (
            await device.bootstrap.free_security_instance(),
            device.bootstrap.security_values(given.ssid + 1),
        )
    else:
        path, values = (
            Path(1, given.server[1] + 1),
            device.bootstrap.server_values(given.ssid + 1, 900),
        )
    (await device.bootstrap.write(path, values)).require(code=CHANGED)
    return path


@testcase(
    "BS-DEL-04",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.6",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(target=["bootstrap-account", "device"])
async def test_what_a_device_needs_is_immune(device: Device, target: str) -> None:
    """A Delete of the bootstrap account or of the Device Object leaves it where it is."""
    await device.bootstrap.requested()
    own = await device.bootstrap.own_account()
    path = own if target == "bootstrap-account" else Path(3, 0)
    deleted = await device.bootstrap.delete(path)
    deleted.expect(outcome="response")
    if deleted.code == DELETED:
        deleted.note("answered as if it had been done")
    judge_list(device, "instance.kept", containing(str(path)), await listed(device, path[0]))
    await device.bootstrap.provision()
    (await device.bootstrap.finish()).expect(code=CHANGED)


@testcase(
    "BS-DEL-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.6",
    ets="int-4",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_security_object_is_cleared(device: Device) -> None:
    """A Delete of the Security Object is answered 2.02 and leaves the bootstrap account alone."""
    await device.bootstrap.requested()
    own = str(await device.bootstrap.own_account())
    given = await device.bootstrap.provision()
    deleted = await device.bootstrap.delete("/0")
    deleted.expect(code=DELETED)
    judge_list(device, "accounts.left", [own], await listed(device, 0))
    await finish_with(device, given)


@testcase(
    "BS-DEL-06",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.6; RFC 7252 §6.5",
    ets="int-4",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_root_is_written_in_two_ways(device: Device) -> None:
    """A Delete with one empty Uri-Path should be a Delete of the root; refused, it deletes nothing."""
    await device.bootstrap.requested()
    own = str(await device.bootstrap.own_account())
    given = await device.bootstrap.provision()
    deleted = await device.bootstrap.perform(BootstrapDelete(), path=("",))
    deleted.expect(code=DELETED, level=Level.SHOULD)
    kept = [] if deleted.code == DELETED else [str(given.security), str(given.server)]
    judge_list(device, "accounts.left", unordered(own, *kept), await listed(device, 0, 1))
    await finish_with(device, given)


@testcase(
    "BS-DEL-07",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.6; LwM2M Transport 1.1.1 §6.7",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(target=["resource", "unknown-object", "unknown-instance"])
async def test_what_is_no_instance_is_not_deleted(device: Device, target: str) -> None:
    """A Delete of a Resource, or of what is not there, should be refused, and nothing else is lost."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    paths = {
        "resource": given.server / 1,
        "unknown-object": Path(4242),
        "unknown-instance": given.server.parent / 4242,
    }
    deleted = await device.bootstrap.delete(paths[target])
    deleted.expect(outcome="response")
    deleted.expect(code=code_class(4), level=Level.SHOULD)
    found = await listed(device, 0, 1)
    judge_list(device, "others.kept", containing(str(given.security), str(given.server)), found)
    if target == "resource" and deleted.code == DELETED:
        await device.bootstrap.provision(given)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    register = await device.next(Register)
    register.expect(lifetime=given.lifetime)
