"""When a device tries to register again, as its bootstrap told it (LwM2M Core 1.1.1 §6.2.1.1).

No keyword stands in that clause: what a device that claims these settings does otherwise is a warning.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from conformance.bindings.coap_datagrams import DeviceOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Code, Message, Type
from conformance.formats import Value
from conformance.matching import between
from conformance.messages import Register, Update
from conformance.messages.bootstrap import BootstrapRequest
from conformance.messages.codes import CHANGED
from conformance.roles import Device
from conformance.roles.settings import Settings
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, Subject

CLAUSE = "LwM2M Core 1.1.1 §6.2.1.1"
APPLIES = "device & bootstrap & communication_retry & lwm2m >= 1.1"
BOOTSTRAP = ("bootstrap",)
ON_FAILURE, COUNT, TIMER, SEQUENCE_DELAY, SEQUENCES = 16, 17, 18, 19, 20
LONG = 3600
"""Seconds that no case waits."""
LOOK = 5.0
MOST = 5
"""The recommended Communication Retry Count, whose attempts take a quarter of an hour."""


def fail_next(device: Device, times: int, failure: str) -> None:
    """Let the next Registers fail: ``refused`` by 4.03, ``reset`` without a word of the server."""

    async def reset(_register: DeviceOperation, incoming: Incoming) -> None:
        device.endpoint.send(incoming.remote, Message(Type.RST, Code.EMPTY, incoming.message.mid))

    for _ in range(times):
        if failure == "reset":
            device.server.script_next(Register, reset)
        else:
            device.server.answer_next(Register, Code.FORBIDDEN)


async def bootstrapped(device: Device, settings: Mapping[int, Value]) -> Settings:
    """Preamble: a bootstrap that gives the device these Resources of the Server Object."""
    await device.bootstrap.requested()
    given = replace(await device.bootstrap.new_settings(), more=settings)
    await device.bootstrap.provision(given)
    (await device.bootstrap.finish()).require(code=CHANGED)
    return given


async def attempt(device: Device, within: float) -> Incoming | None:
    """The next Register, if one comes."""
    found = await device.server.next((Register,), within)
    return found[1] if found else None


async def first_attempt(device: Device) -> Incoming:
    """Preamble: the Register that begins it all."""
    found = await attempt(device, device.ixit.reaction_time)
    if found is None:
        device.check_alive()
        raise Inconclusive("preamble: no Register came")
    return found


async def expect_attempt_after(device: Device, check: str, before: Incoming, seconds: float) -> Incoming:
    """The next Register should come so many seconds after the one before, and not much later."""
    limit = seconds + device.ixit.reaction_time
    found = await attempt(device, limit)
    device.context.record.judge(
        f"{check}.seconds",
        between(seconds - device.ixit.timing_tolerance, limit),
        round(found.time - before.time, 3) if found else None,
        subject=Subject("time", found.frame if found else before.frame),
        what="seconds from one attempt to the next:",
        level=Level.SHOULD,
    )
    if found is None:
        device.check_alive()
        raise Inconclusive(f"no attempt to register followed within {limit:.1f} s")
    return found


async def lose_registration(device: Device) -> None:
    """Preamble: the server forgets the device, and lets it notice."""
    await device.server.next((Register,), 0)
    device.server.answer_next(Update, Code.NOT_FOUND)
    (await device.execute(device.server_object / 8)).require(code=CHANGED)


async def judge_bootstrap(device: Device, expected: bool, after: float = 0.0) -> bool:
    """Whether the device asks its bootstrap server for help, when it has had so many seconds for that."""
    limit = after + device.ixit.reaction_time if expected else 0
    found = await device.bootstrap.server.next((BootstrapRequest,), limit)
    device.context.record.judge(
        "bootstrap-request.received",
        expected,
        found is not None,
        subject=Subject("operation", found[1].frame if found else None),
        what="a Bootstrap-Request:",
        level=Level.SHOULD,
    )
    return found is not None


async def finish_another_bootstrap(device: Device, given: Settings, *, asked: bool) -> None:
    """Bootstrap the device, which asked for it or is made to, to the same account again."""
    if not asked:
        await device.bootstrap.asked_again()
    await device.bootstrap.provision(given)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await device.registered()


@testcase(
    "REG-RTY-01", verifies=["HLF-019"], clause=CLAUSE, applies=APPLIES, launch_options=BOOTSTRAP, wait=3.0
)
@vary(failure=["refused", "reset"])
async def test_delay_doubles_with_each_attempt(device: Device, failure: str) -> None:
    """A Register that fails is tried again after the Communication Retry Timer, then after twice that."""
    fail_next(device, 2, failure)
    await bootstrapped(device, {ON_FAILURE: False, COUNT: 4, TIMER: 1, SEQUENCE_DELAY: LONG, SEQUENCES: 1})
    first = await first_attempt(device)
    second = await expect_attempt_after(device, "retry-1", first, 1)
    await expect_attempt_after(device, "retry-2", second, 2)


@testcase(
    "REG-RTY-02", verifies=["HLF-019"], clause=CLAUSE, applies=APPLIES, launch_options=BOOTSTRAP, wait=5.0
)
async def test_another_sequence_begins_after_its_delay(device: Device) -> None:
    """After Communication Retry Count attempts comes the Sequence Delay, and the delays begin anew."""
    fail_next(device, 3, "refused")
    await bootstrapped(device, {ON_FAILURE: False, COUNT: 2, TIMER: 1, SEQUENCE_DELAY: 3, SEQUENCES: 3})
    first = await first_attempt(device)
    second = await expect_attempt_after(device, "retry-1", first, 1)
    third = await expect_attempt_after(device, "sequence-2", second, 3)
    await expect_attempt_after(device, "sequence-2-retry-1", third, 1)


@testcase(
    "REG-RTY-03",
    verifies=["HLF-019"],
    clause=f"{CLAUSE}, §E.2",
    applies=APPLIES,
    launch_options=BOOTSTRAP,
    wait=2.0,
)
async def test_refused_device_keeps_trying(device: Device) -> None:
    """A refused device whose Bootstrap on Registration Failure is false tries on instead of bootstrapping."""
    fail_next(device, 1, "refused")
    settings: Mapping[int, Value] = {ON_FAILURE: False, COUNT: 1, TIMER: 1, SEQUENCE_DELAY: 2, SEQUENCES: 3}
    given = await bootstrapped(device, settings)
    await first_attempt(device)
    second = await attempt(device, 2 + device.ixit.reaction_time)
    asked = await judge_bootstrap(device, False)
    device.context.record.judge(
        "retry.received",
        True,
        second is not None,
        subject=Subject("operation", second.frame if second else None),
        what="another attempt to register:",
        level=Level.SHOULD,
    )
    if asked:
        await finish_another_bootstrap(device, given, asked=True)


@testcase(
    "REG-RTY-04",
    verifies=["HLF-019", "GISFI-6.18b"],
    clause=f"{CLAUSE}, §E.2",
    applies=APPLIES,
    launch_options=BOOTSTRAP,
    wait=4.0,
)
async def test_bootstrap_follows_when_all_sequences_failed(device: Device) -> None:
    """A device that no server answers asks its bootstrap server once all attempts of all sequences failed."""
    fail_next(device, 4, "reset")
    given = await bootstrapped(
        device, {ON_FAILURE: True, COUNT: 2, TIMER: 1, SEQUENCE_DELAY: 2, SEQUENCES: 2}
    )
    asked = await judge_bootstrap(device, True, after=4)
    attempts = 0
    while await device.server.next((Register,), 0):
        attempts += 1
    device.context.record.judge(
        "register.attempts", 4, attempts, what="attempts before that:", level=Level.SHOULD
    )
    await finish_another_bootstrap(device, given, asked=asked)


@testcase("REG-RTY-05", verifies=["HLF-019"], clause=CLAUSE, applies=APPLIES, launch_options=BOOTSTRAP)
async def test_bootstrap_on_failure_is_the_default(device: Device) -> None:
    """A device that was told nothing of Bootstrap on Registration Failure bootstraps when it fails."""
    fail_next(device, 1, "reset")
    given = await bootstrapped(device, {COUNT: 1, TIMER: 1, SEQUENCE_DELAY: LONG, SEQUENCES: 1})
    await first_attempt(device)
    asked = await judge_bootstrap(device, True)
    await finish_another_bootstrap(device, given, asked=asked)


@testcase(
    "REG-RTY-06", verifies=["HLF-019"], clause=CLAUSE, applies=APPLIES, launch_options=BOOTSTRAP, wait=4.0
)
async def test_success_begins_the_count_anew(device: Device) -> None:
    """A registration that succeeded after failures leaves nothing of their delays to the next one."""
    fail_next(device, 2, "refused")
    await bootstrapped(device, {ON_FAILURE: False, COUNT: 4, TIMER: 1, SEQUENCE_DELAY: LONG, SEQUENCES: 1})
    first = await first_attempt(device)
    second = await expect_attempt_after(device, "retry-1", first, 1)
    await expect_attempt_after(device, "retry-2", second, 2)
    await device.control()
    fail_next(device, 1, "refused")
    await lose_registration(device)
    again = await first_attempt(device)
    await expect_attempt_after(device, "retry-anew", again, 1)


@testcase(
    "REG-RTY-07",
    verifies=["HLF-019"],
    clause=CLAUSE,
    applies="device & update_trigger",
    fresh=True,
    final_control=False,
    wait=LOOK,
)
@vary(lost=["4.04", "reset", "ignored"])
async def test_failing_device_does_not_flood_its_server(device: Device, lost: str) -> None:
    """A device whose Update failed, and then each Register, leaves time between its attempts."""
    await device.registered()
    await device.control()
    await device.server.next((Register,), 0)

    async def fail(_operation: DeviceOperation, incoming: Incoming) -> Response | None:
        if lost == "reset":
            device.endpoint.send(incoming.remote, Message(Type.RST, Code.EMPTY, incoming.message.mid))
        return Response(Code.NOT_FOUND) if lost == "4.04" else None

    async def refuse(operation: DeviceOperation, incoming: Incoming) -> Response | None:
        device.server.script_next(Register, refuse)
        return Response(Code.FORBIDDEN) if lost == "4.04" else await fail(operation, incoming)

    device.server.script_next(Update, fail)
    device.server.script_next(Register, refuse)
    (await device.execute(device.server_object / 8)).require(code=CHANGED)
    if await device.server.next((Update,), device.ixit.reaction_time) is None:
        raise Inconclusive("preamble: no Update came")
    until, attempts = asyncio.get_running_loop().time() + LOOK, 0
    while await attempt(device, until - asyncio.get_running_loop().time()):
        attempts += 1
    device.context.record.judge(
        "register.attempts",
        between(0, MOST),
        attempts,
        what=f"attempts to register within {LOOK:.0f} s:",
        level=Level.SHOULD,
    )


@testcase(
    "REG-RTY-08",
    verifies=["HLF-010", "HLF-019"],
    clause="LwM2M Core 1.2 §E.2",
    applies="device & bootstrap & communication_retry & lwm2m >= 1.2",
    launch_options=BOOTSTRAP,
)
async def test_server_reads_the_settings(device: Device) -> None:
    """From 1.2 on the server reads what bootstrap set for failures: /1/x/16 and the retry settings."""
    settings = {ON_FAILURE: False, COUNT: 4, TIMER: 7, SEQUENCE_DELAY: LONG, SEQUENCES: 2}
    await bootstrapped(device, settings)
    await device.registered()
    for number, value in settings.items():
        (await device.read(device.server_object / number)).expect(name=f"read-{number}", value=value)


@testcase(
    "REG-RTY-09",
    verifies=["HLF-010", "HLF-019"],
    clause="LwM2M Core 1.2 §6.2.1.1, §E.2",
    applies="device & bootstrap & communication_retry & lwm2m >= 1.2",
    launch_options=BOOTSTRAP,
    wait=2.0,
)
async def test_server_sets_the_retry_timer(device: Device) -> None:
    """From 1.2 on the server writes the Communication Retry Timer, which holds for the next failure."""
    await bootstrapped(device, {ON_FAILURE: False, COUNT: 4, TIMER: LONG, SEQUENCE_DELAY: LONG, SEQUENCES: 1})
    await device.registered()
    (await device.write(device.server_object / TIMER, 2)).expect(code=CHANGED)
    fail_next(device, 1, "refused")
    await lose_registration(device)
    first = await first_attempt(device)
    await expect_attempt_after(device, "retry-1", first, 2)
