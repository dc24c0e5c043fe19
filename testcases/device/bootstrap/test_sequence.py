"""The order of registration and bootstrap, and what a failed bootstrap leaves (Core 1.1.1 §6.1.3, §6.1.4)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from conformance.bindings.coap_datagrams import DeviceOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Code
from conformance.matching import containing
from conformance.messages import Path, Register
from conformance.messages.bootstrap import BootstrapRequest
from conformance.messages.codes import CHANGED, DELETED
from conformance.roles import Arrival, Device
from conformance.roles.further_bootstrap import expect_in_use, trigger_bootstrap
from conformance.testcase import testcase
from conformance.verdicts import Level, Subject

BOOTSTRAP = ("bootstrap",)
COMMUNICATION_RETRY = {17: 1, 18: 1, 19: 1, 20: 1}
"""Retry Count, Retry Timer, Sequence Delay Timer and Sequence Retry Count of the Server Object."""
EXCHANGE_LIFETIME = 247.0


@testcase(
    "BS-SEQ-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.4, §6.2.1.1",
    ets="int-7",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
    wait=4.0,
)
async def test_failed_registration_leads_to_bootstrap(device: Device) -> None:
    """A device whose only server refuses it asks the bootstrap server again."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    retry = device.bootstrap.server_values(given.ssid, given.lifetime)
    (await device.bootstrap.write(given.server, {**retry, 16: True, **COMMUNICATION_RETRY})).require(
        code=CHANGED
    )
    accept = refuse_registrations(device)
    (await device.bootstrap.finish()).require(code=CHANGED)
    await device.next(Register)
    request = await device.bootstrap.server.next((BootstrapRequest,), 4 + device.ixit.reaction_time)
    device.context.record.judge(
        "bootstrap-request.received",
        True,
        request is not None,
        subject=Subject("operation", request[1].frame if request else None),
        what="a Bootstrap-Request after the refusal:",
        level=Level.SHOULD,
    )
    accept()
    if request is None:
        await device.bootstrap.asked_again()
    await device.bootstrap.provision(given)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await device.registered()


def refuse_registrations(device: Device) -> Callable[[], None]:
    """Answer 4.03 to every Register, until the function that this returns is called."""
    accepting = asyncio.Event()

    async def script(register: DeviceOperation, incoming: Incoming) -> Response:
        if accepting.is_set() and isinstance(register, Register):
            return device.server.accept(register, incoming)
        device.server.script_next(Register, script)
        return Response(Code.FORBIDDEN)

    device.server.script_next(Register, script)
    return accepting.set


@testcase(
    "BS-SEQ-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.4",
    ets="int-6",
    applies="device & bootstrap & ixit.reboot",
    launch_options=BOOTSTRAP,
)
async def test_known_server_comes_before_the_bootstrap_server(device: Device) -> None:
    """A bootstrapped device that restarts should register at its server, without a further bootstrap."""
    given = await device.bootstrap.complete()
    await device.control()
    await device.server.next((Register,), 0)
    (await device.execute(device.ixit.reboot)).require(code=CHANGED)
    back = await device.server.next((Register,), device.ixit.restart_time)
    device.context.record.judge(
        "register.received",
        True,
        back is not None,
        subject=Subject("operation", back[1].frame if back else None),
        what="a Register with the settings that were kept:",
        level=Level.SHOULD,
    )
    if back is None:
        await device.bootstrap.next(BootstrapRequest)
        await device.bootstrap.provision(given)
        (await device.bootstrap.finish()).expect(code=CHANGED)
        await device.next(Register, name="later-register")
        return
    Arrival(device.context.record, *back).expect(lifetime=given.lifetime)
    await device.bootstrap.none(BootstrapRequest)


@testcase(
    "BS-SEQ-03",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.3.3",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
    wait=250.0,
)
async def test_bootstrap_without_finish_has_failed(device: Device) -> None:
    """A bootstrap that no Finish ends within EXCHANGE_LIFETIME leaves the bootstrap account as it was."""
    given = await device.bootstrap.complete()
    await device.control()
    await device.server.next((Register,), 0)
    (await trigger_bootstrap(device)).require(code=CHANGED)
    await device.bootstrap.requested()
    own = await device.bootstrap.own_account()
    elsewhere = {**device.bootstrap.bootstrap_values(), 0: "coap://127.0.0.1:9"}
    (await device.bootstrap.write(own, elsewhere)).require(code=CHANGED)
    await device.server.next((Register,), EXCHANGE_LIFETIME + device.ixit.reaction_time)
    if await device.bootstrap.server.next((BootstrapRequest,), 0) is None:
        await device.trigger("bootstrap")
        await device.bootstrap.next(BootstrapRequest)
    await device.server.next((Register,), 0)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await expect_in_use(device, given.lifetime)


@testcase(
    "BS-SEQ-04",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.4, §6.2.1",
    ets="int-6",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_no_registration_before_finish(device: Device) -> None:
    """A device registers after Finish was answered, not as soon as it knows a server."""
    await device.bootstrap.requested()
    await device.bootstrap.provision()
    early = await device.server.next((Register,), device.ixit.quiet_time)
    device.context.record.judge(
        "register.early",
        None,
        "Register" if early else None,
        subject=Subject("operation", early[1].frame if early else None),
        what="before Finish",
    )
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await device.next(Register)


@testcase(
    "BS-SEQ-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.2, §6.1.7.6, §6.2.1",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
async def test_account_is_replaced(device: Device) -> None:
    """A second bootstrap that deletes the account and writes another leads to a registration under it."""
    given = await device.bootstrap.complete()
    await device.control()
    await device.server.next((Register,), 0)
    (await trigger_bootstrap(device)).require(code=CHANGED)
    await device.bootstrap.requested()
    (await device.bootstrap.delete("/1")).require(code=DELETED)
    (await device.bootstrap.delete(given.security)).require(code=DELETED)
    await device.server.next((Register,), 0)
    other = replace(given, server=Path(1, 7), ssid=given.ssid + 1, lifetime=given.lifetime + 9)
    await device.bootstrap.provision(other)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    register = await device.next(Register)
    register.expect(lifetime=other.lifetime, objects=containing("/1/7"))
    identifier = await device.read(other.server / 0)
    identifier.expect(name="ssid", value=other.ssid)
