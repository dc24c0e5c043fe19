"""When a device registers first, and with which server (LwM2M Core 1.1.1 §6.2.1.1).

No keyword stands in that clause: what a device that claims these settings does otherwise is a warning.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from conformance.bindings.coap_datagrams import DeviceOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Code
from conformance.formats import Value
from conformance.matching import between
from conformance.messages import Register, Update
from conformance.messages.codes import CHANGED
from conformance.roles import Device
from conformance.roles.several_servers import bootstrapped
from conformance.testcase import testcase, vary
from conformance.verdicts import HarnessError, Inconclusive, Level

CLAUSE = "LwM2M Core 1.1.1 §6.2.1.1, §E.2"
APPLIES = "device & bootstrap & registration_order & lwm2m >= 1.1"
TWO_SERVERS = f"{APPLIES} & multiple_servers"
PRIORITY, INITIAL_DELAY, FAILURE_BLOCK, ON_FAILURE = 13, 14, 15, 16
DELAY = 2
HELD = 0.5
"""Seconds for which a server keeps a device waiting for the answer to its Register."""
ONE_ATTEMPT: Mapping[int, Value] = {ON_FAILURE: False, 17: 1, 18: 1, 19: 2, 20: 5}
"""Failures lead to another sequence after 2 s, and not to a bootstrap."""


async def time_of_register(device: Device, number: int, within: float) -> float:
    """When the device registers with a server; preamble."""
    account = device.account(number)
    found = await account.server.next((Register,), within)
    if found is None:
        device.check_alive()
        raise Inconclusive(f"no Register came to server {number} within {within:.1f} s")
    return found[1].time


def judge_time(device: Device, check: str, seconds: float, low: float, high: float) -> None:
    """So many seconds passed; a warning otherwise."""
    device.context.record.judge(
        check, between(low, high), round(seconds, 3), what="seconds:", level=Level.SHOULD
    )


@testcase(
    "REG-ORD-01",
    verifies=["HLF-019"],
    clause=CLAUSE,
    applies=APPLIES,
    launch_options=("bootstrap",),
    wait=DELAY,
)
async def test_initial_delay_is_waited(device: Device) -> None:
    """After a bootstrap the device waits the Initial Registration Delay before it registers."""
    await device.bootstrap.requested()
    given = await device.bootstrap.new_settings()
    await device.bootstrap.provision(replace(given, more={INITIAL_DELAY: DELAY}))
    finished = await device.bootstrap.finish()
    finished.require(code=CHANGED)
    since = finished.exchange.response.time if finished.exchange.response else 0.0
    limit = DELAY + device.ixit.reaction_time
    passed = await time_of_register(device, 1, limit) - since
    judge_time(device, "initial-delay.seconds", passed, DELAY - device.ixit.timing_tolerance, limit)


@testcase(
    "REG-ORD-02",
    verifies=["HLF-019"],
    clause=CLAUSE,
    applies=f"{APPLIES} & update_trigger",
    launch_options=("bootstrap",),
    wait=DELAY + 3.0,
)
async def test_initial_delay_is_for_the_first_registration(device: Device) -> None:
    """A device that was registered once since its bootstrap registers again without the initial delay."""
    delay = device.ixit.reaction_time + DELAY
    await device.bootstrap.requested()
    given = await device.bootstrap.new_settings()
    await device.bootstrap.provision(replace(given, more={INITIAL_DELAY: int(delay)}))
    (await device.bootstrap.finish()).require(code=CHANGED)
    await time_of_register(device, 1, delay + device.ixit.reaction_time)
    await device.control()
    device.server.answer_next(Update, Code.NOT_FOUND)
    (await device.execute(device.server_object / 8)).require(code=CHANGED)
    found = await device.server.next((Update,), device.ixit.reaction_time)
    if found is None:
        raise Inconclusive("preamble: no Update came")
    passed = await time_of_register(device, 1, delay + device.ixit.reaction_time) - found[1].time
    judge_time(device, "register-anew.seconds", passed, 0, int(delay) - device.ixit.timing_tolerance)


def hold_register(device: Device, number: int) -> asyncio.Event:
    """Let a server answer the next Register late; the event is set when it does."""
    answered = asyncio.Event()
    server = device.account(number).server

    async def script(register: DeviceOperation, incoming: Incoming) -> Response:
        if not isinstance(register, Register):
            raise HarnessError(f"the script for Register was given {register}")
        await asyncio.sleep(HELD)
        answered.set()
        return server.accept(register, incoming)

    server.script_next(Register, script)
    return answered


@testcase("REG-ORD-03", verifies=["HLF-019"], clause=CLAUSE, applies=TWO_SERVERS, servers=2)
@vary(first=[1, 2])
async def test_servers_are_registered_in_their_order(device: Device, first: int) -> None:
    """The server with the smaller Priority Order comes first, the other when that one has answered."""
    second = 3 - first
    hold_register(device, first)
    await bootstrapped(device, more={first: {PRIORITY: 1}, second: {PRIORITY: 2}})
    limit = 2 * device.ixit.reaction_time + HELD
    early = await time_of_register(device, first, limit)
    late = await time_of_register(device, second, limit)
    judge_time(device, "second-register.seconds", late - early, HELD, limit)


@testcase(
    "REG-ORD-04",
    verifies=["HLF-019"],
    clause=CLAUSE,
    applies=f"{TWO_SERVERS} & communication_retry",
    servers=2,
    wait=DELAY,
)
async def test_failing_server_blocks_the_next(device: Device) -> None:
    """With Registration Failure Block the next server waits until the failing one has taken the device."""
    device.server.answer_next(Register, Code.FORBIDDEN)
    blocking = {PRIORITY: 1, FAILURE_BLOCK: True, **ONE_ATTEMPT}
    await bootstrapped(device, more={1: blocking, 2: {PRIORITY: 2}})
    await time_of_register(device, 1, device.ixit.reaction_time)
    accepted = await time_of_register(device, 1, DELAY + device.ixit.reaction_time)
    late = await time_of_register(device, 2, device.ixit.reaction_time)
    judge_time(device, "second-register.seconds", late - accepted, 0, device.ixit.reaction_time)


@testcase(
    "REG-ORD-05",
    verifies=["HLF-019"],
    clause=CLAUSE,
    applies=f"{TWO_SERVERS} & communication_retry",
    servers=2,
    wait=DELAY,
    final_control=False,
)
@vary(other=["next_in_order", "not_in_order"])
async def test_failing_server_holds_up_no_other(device: Device, other: str) -> None:
    """Without Registration Failure Block a failing server does not keep the device from the next one, and
    never from one that has no Priority Order.

    How it tries again at a server that does not block, the clause leaves open.
    """
    device.server.answer_next(Register, Code.FORBIDDEN)
    failing = {PRIORITY: 1, FAILURE_BLOCK: other == "not_in_order", **ONE_ATTEMPT}
    behind: Mapping[int, Value] = {PRIORITY: 2} if other == "next_in_order" else {}
    await bootstrapped(device, more={1: failing, 2: behind})
    failed = await time_of_register(device, 1, device.ixit.reaction_time)
    prompt = await time_of_register(device, 2, DELAY + device.ixit.reaction_time)
    judge_time(
        device, "other-register.seconds", prompt - failed, -DELAY, DELAY - device.ixit.timing_tolerance
    )
    await device.account(2).control()
    if other == "not_in_order":
        await time_of_register(device, 1, DELAY + device.ixit.reaction_time)
        await device.control()
