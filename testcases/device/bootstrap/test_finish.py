"""Bootstrap-Finish (LwM2M Core 1.1.1 §6.1.6, §6.1.7.2)."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.bindings.coap_datagrams import CoapRequest, perform
from conformance.coap.message import Code
from conformance.matching import matches, one_of
from conformance.messages import Deregister, Path, Register
from conformance.messages.bootstrap import BootstrapRequest
from conformance.messages.codes import BAD_REQUEST, CHANGED, NOT_ACCEPTABLE
from conformance.messages.content import Values
from conformance.roles import Answer, Device
from conformance.roles.further_bootstrap import expect_in_use, trigger_bootstrap
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, Subject

BOOTSTRAP = ("bootstrap",)
REFUSED = matches(r"[45]\.\d\d")


@testcase(
    "BS-FIN-01",
    verifies=["HLF-019", "OSR-001"],
    clause="LwM2M Core 1.1.1 §6.1.2, §6.1.6, §6.1.7.2",
    ets="int-9",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(fault=["nothing", "no-server", "no-account", "ids-differ"])
async def test_unusable_settings_are_told(device: Device, fault: str) -> None:
    """Finish with settings that cannot work is answered 4.06; put right, they are taken."""
    await device.bootstrap.requested()
    given = await device.bootstrap.new_settings()
    security: Mapping[int, Values] = device.bootstrap.security_values(given.ssid)
    server = device.bootstrap.server_values(given.ssid + (fault == "ids-differ"), given.lifetime)
    parts = [(given.security, security), (given.server, server)]
    wrong = {"nothing": [], "no-server": parts[:1], "no-account": parts[1:], "ids-differ": parts}
    for number, (path, values) in enumerate(wrong[fault], 1):
        written = await device.bootstrap.write(path, values)
        if written.code != CHANGED:
            written.expect(name=f"write-{number}", code=REFUSED)
            written.note("settings that cannot work are refused at the Write", ambiguity="Q28")
    finished = await device.bootstrap.finish()
    finished.expect(code=NOT_ACCEPTABLE, tolerated={"code": REFUSED})
    await device.bootstrap.in_session()
    await device.bootstrap.provision(given)
    (await device.bootstrap.finish()).expect(name="put-right", code=CHANGED)
    register = await device.next(Register)
    register.expect(lifetime=given.lifetime)


@testcase(
    "BS-FIN-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.2, §6.1.6",
    ets="int-9",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_there_is_one_bootstrap_account(device: Device) -> None:
    """A second bootstrap account is refused at the Write, or by 4.06 at Finish, or replaces the first."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    second = await device.bootstrap.free_security_instance()
    written = await device.bootstrap.write(second, device.bootstrap.bootstrap_values())
    listed = await device.bootstrap.instances(0)
    finished = await device.bootstrap.finish()
    doubled = sum(not has_ssid for has_ssid in listed.values()) > 1
    refused = written.code != CHANGED
    written.note(f"a second bootstrap account was answered {written.code}", ambiguity="B021")
    finished.expect(code=NOT_ACCEPTABLE if doubled and not refused else CHANGED, tolerated={"code": REFUSED})
    if finished.code != CHANGED:
        await device.bootstrap.in_session()
        await device.bootstrap.delete(given.security)
        await device.bootstrap.provision(replace(given, security=second))
        (await device.bootstrap.finish()).expect(name="put-right", code=CHANGED)


@testcase(
    "BS-FIN-03",
    verifies=["HLF-019", "HLF-031"],
    clause="LwM2M Core 1.1.1 §3.2, §6.1.7.2",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_server_cannot_finish(device: Device) -> None:
    """A Bootstrap-Finish of a server, outside of any bootstrap, has no effect on the registration."""
    await device.bootstrap.complete()
    await device.server.next((Register,), 0)
    await device.control()
    limit = device.ixit.reaction_time
    request = CoapRequest(Code.POST, ("bs",))
    exchange = await perform(device.endpoint, device.current.remote, request, limit=limit)
    answer = Answer(device.context.record, "bootstrap-finish", Path(), exchange, limit=limit)
    answer.expect(code=REFUSED, level=Level.SHOULD)
    for lost in (Deregister, Register):
        await device.none(lost)


@testcase(
    "BS-FIN-04",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §3.2, §6.1.7.2",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
async def test_finish_closes_the_session(device: Device) -> None:
    """A Bootstrap-Write after Finish should not be taken: the session is over."""
    given = await device.bootstrap.complete()
    other = device.bootstrap.server_values(given.ssid, given.lifetime + 1)
    written = await device.bootstrap.write(given.server, other)
    device.context.record.judge(
        "write.refused",
        one_of("timeout", "reset", "unreachable", "4.xx"),
        f"{written.code[0]}.xx" if written.code else written.outcome,
        subject=Subject("outcome", written.frame),
        what="a Write after Finish ends with",
        tolerated=one_of("5.xx", "rejected"),
        level=Level.SHOULD,
    )
    await device.control()


@testcase(
    "BS-FIN-05",
    verifies=["HLF-019", "HLF-010"],
    clause="LwM2M Core 1.1.1 §6.1.3.4, §6.1.7.5",
    ets="int-5",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
async def test_second_bootstrap_changes_the_settings(device: Device) -> None:
    """A device that is bootstrapped once more uses the new lifetime."""
    given = await device.bootstrap.complete()
    await device.control()
    await device.server.next((Register,), 0)
    (await trigger_bootstrap(device)).require(code=CHANGED)
    await device.bootstrap.next(BootstrapRequest)
    await device.server.next((Register,), 0)
    lifetime = await device.bootstrap.write(given.server / 1, given.lifetime + 33)
    lifetime.expect(code=CHANGED)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await expect_in_use(device, given.lifetime + 33)


@testcase(
    "BS-FIN-06",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.5, §E.1",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_keys_may_be_left_out_without_security(device: Device) -> None:
    """An account in mode NoSec without key Resources is taken, or refused with 4.00 or 4.06."""
    await device.bootstrap.requested()
    given = await device.bootstrap.new_settings()
    values = device.bootstrap.security_values(given.ssid)
    keyless = {number: value for number, value in values.items() if number not in (3, 4, 5)}
    written = await device.bootstrap.write(given.security, keyless)
    written.expect(code=one_of(CHANGED, BAD_REQUEST))
    server = device.bootstrap.server_values(given.ssid, given.lifetime)
    (await device.bootstrap.write(given.server, server)).require(code=CHANGED)
    finished = await device.bootstrap.finish()
    finished.expect(code=one_of(CHANGED, NOT_ACCEPTABLE))
    finished.note(f"key Resources left out: Write {written.code}, Finish {finished.code}", ambiguity="Q29")
    if finished.code != CHANGED:
        await device.bootstrap.in_session(judged=True)
        await device.bootstrap.provision(given)
        (await device.bootstrap.finish()).expect(name="put-right", code=CHANGED)
    register = await device.next(Register)
    register.expect(lifetime=given.lifetime)
