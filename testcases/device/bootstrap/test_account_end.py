"""How accounts end: by the account timeout, and by a Bootstrap-Delete (Core 1.1.1 §6.1.3.3, §6.1.7.6)."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from conformance.matching import PRESENT, containing, excluding
from conformance.messages import Path, Register
from conformance.messages.bootstrap import BootstrapRequest
from conformance.messages.codes import CHANGED, CONTENT, DELETED
from conformance.roles import Device, variable
from conformance.roles.further_bootstrap import expect_in_use, trigger_bootstrap
from conformance.roles.tester_bootstrap_server import Settings
from conformance.sut.adapter import VerbFailedError
from conformance.testcase import testcase
from conformance.verdicts import Subject

BOOTSTRAP = ("bootstrap",)
ACCOUNT_TIMEOUT = 12
TIMEOUT = 2


async def with_account_timeout(device: Device, seconds: int) -> Settings:
    """A whole bootstrap that gives the bootstrap account itself a timeout; waits until that has passed."""
    await device.bootstrap.requested()
    own = await device.bootstrap.own_account()
    values = {**device.bootstrap.bootstrap_values(), ACCOUNT_TIMEOUT: seconds}
    (await device.bootstrap.write(own, values)).require(code=CHANGED)
    settings = await device.bootstrap.provision()
    (await device.bootstrap.finish()).require(code=CHANGED)
    await device.registered()
    await device.control()
    await asyncio.sleep(TIMEOUT + device.ixit.timing_tolerance)
    await device.server.next((Register,), 0)
    return settings


@testcase(
    "BS-END-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.3.3, §E.1",
    applies="device & bootstrap & bootstrap_account_timeout",
    launch_options=BOOTSTRAP,
    versions="each",
    wait=3.0,
)
async def test_bootstrap_account_ends_with_its_timeout(device: Device) -> None:
    """After the Bootstrap-Server Account Timeout a device asks its bootstrap server no more."""
    await with_account_timeout(device, TIMEOUT)
    with suppress(VerbFailedError):
        await device.trigger("bootstrap")
    await device.bootstrap.none(BootstrapRequest, device.ixit.reaction_time)
    await device.registered()
    await device.control()


@testcase(
    "BS-END-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.3.3, §E.1",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    wait=3.0,
)
async def test_account_timeout_of_zero_is_no_timeout(device: Device) -> None:
    """With a Bootstrap-Server Account Timeout of 0 the account stays, and so does the way to bootstrap."""
    settings = await with_account_timeout(device, 0)
    with suppress(VerbFailedError):
        await device.trigger("bootstrap")
    await device.bootstrap.next(BootstrapRequest)
    await device.server.next((Register,), 0)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await expect_in_use(device, settings.lifetime)


@testcase(
    "BS-END-03",
    verifies=["HLF-019", "OSR-001"],
    clause="LwM2M Transport 1.1.1 §5.2.5",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_server_instance_goes_with_its_account(device: Device) -> None:
    """A Delete of the Security Instance of a server takes its Server Instance along, and no other."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    second = replace(given, security=await device.bootstrap.free_security_instance(), server=Path(1, 1))
    second = replace(second, ssid=given.ssid + 1)
    await device.bootstrap.provision(second)
    deleted = await device.bootstrap.delete(second.security)
    deleted.expect(code=DELETED)
    found = [str(path) for path in await device.bootstrap.instances(1)]
    finished = await device.bootstrap.finish()
    if finished.code == CHANGED:
        if str(second.server) in found:
            deleted.note(f"{second.server} was listed until the end: it has to be gone after it")
        found = list((await device.next(Register)).message.objects)
    for name, expectation in (
        ("server.gone", excluding(str(second.server))),
        ("others.kept", containing(str(given.server))),
    ):
        device.context.record.judge(name, expectation, found, subject=Subject("payload"), what="Object 1")
    finished.expect(code=CHANGED)


@testcase(
    "BS-END-04",
    verifies=["HLF-019", "HLF-028"],
    clause="LwM2M Transport 1.1.1 §5.2.5; LwM2M Core 1.1.1 §6.1.3.3",
    applies="device & bootstrap & lwm2m >= 1.1 & observe & (ixit.observable | ixit.writable_integer)",
    launch_options=BOOTSTRAP,
)
async def test_observations_go_with_their_account(device: Device) -> None:
    """When the account of a server was deleted, nothing is told with a token of its observations."""
    given = await device.bootstrap.complete()
    changing = await variable(device, 20)
    observation = await device.observe(changing.path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    await device.server.next((Register,), 0)
    (await trigger_bootstrap(device)).require(code=CHANGED)
    await device.bootstrap.requested()
    (await device.bootstrap.delete(given.security)).require(code=DELETED)
    await device.server.next((Register,), 0)
    await device.bootstrap.provision(replace(given, ssid=given.ssid + 1, lifetime=given.lifetime + 1))
    (await device.bootstrap.finish()).expect(code=CHANGED)
    register = await device.next(Register)
    register.expect(lifetime=given.lifetime + 1)
    await changing.becomes(30)
    await observation.none()
