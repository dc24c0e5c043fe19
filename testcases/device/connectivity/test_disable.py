"""Disable: a device that is sent away leaves, keeps silent and comes back by itself (Core 1.1.1 §E.2)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from conformance.coap.carrier import Address
from conformance.coap.codec import encode
from conformance.coap.codes import Code
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Message, Type, request_options
from conformance.matching import PRESENT, between, one_of
from conformance.messages import Deregister, Path, Register, Send, Unknown, Update
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Answer, Arrival, Device
from conformance.testcase import testcase
from conformance.verdicts import Inconclusive, NotApplicable, Subject

CLAUSE = "LwM2M Core 1.1.1 §E.2"
DISABLE, DISABLE_TIMEOUT, UPDATE_TRIGGER = 4, 5, 8
AWAY = 3
"""Seconds for which the device is sent away."""
LONG_AWAY = 30
LOOK = 0.5
ANYTHING: tuple[type[Any], ...] = (Register, Update, Deregister, Send, Unknown)


async def sent_away(device: Device, turn: str = "") -> Arrival[Deregister]:
    """Write the Disable Timeout, execute Disable, and expect a De-register."""
    (await device.write(device.server_object / DISABLE_TIMEOUT, AWAY)).require(code=CHANGED)
    await device.server.next((Register,), 0.01)
    answer = await device.execute(device.server_object / DISABLE)
    answer.expect(name=f"disable{turn}", code=CHANGED)
    return await device.next(Deregister, name=f"deregister{turn}")


async def expect_return(device: Device, left: Arrival[Deregister], turn: str = "") -> Arrival[Register]:
    """The device registers again when the Disable Timeout is over, not before, and said nothing meanwhile."""
    tolerance, reaction = device.ixit.timing_tolerance, device.ixit.reaction_time
    back = await device.next(Register, within=AWAY + tolerance + reaction, name=f"register{turn}")
    device.context.record.judge(
        f"return{turn}.seconds",
        between(AWAY - tolerance, AWAY + tolerance + reaction),
        round(back.received_at - left.received_at, 3),
        subject=Subject("time", back.frame),
        what="seconds from De-register to Register",
    )
    device.context.record.judge(
        f"silence{turn}.operations",
        [],
        [type(each).__name__ async for each in arrived_between(device, left, back)],
        subject=Subject("operations", back.frame),
        what="operations between De-register and Register",
    )
    return back


async def arrived_between(
    device: Device, left: Arrival[Deregister], back: Arrival[Register]
) -> AsyncIterator[object]:
    """The operations that no one took yet and that came after the De-register and before the Register."""
    while (found := await device.server.next(ANYTHING, 0)) is not None:
        if (left.frame or 0) < (found[1].frame or 0) < (back.frame or 0):
            yield found[0]


async def ask_halfway(device: Device, remote: Address) -> Answer:
    """Read the Device Object, with one message and no other, when half of the Disable Timeout is over."""
    await asyncio.sleep(AWAY / 2)
    path, limit = Path(3, 0), AWAY + device.ixit.reaction_time
    mid, token = device.endpoint.new_mid(), device.endpoint.new_token()
    message = Message(Type.CON, Code.GET, mid, token, request_options(path=path.segments))
    exchange = await device.endpoint.exchange(remote, encode(message), limit=limit)
    return Answer(device.context.record, "disabled-read", path, exchange, limit=limit)


async def expect_silence(device: Device, seconds: float) -> None:
    """Nothing comes from the device for some seconds; records ``silence.absent``."""
    found = await device.server.next(ANYTHING, seconds)
    device.context.record.judge(
        "silence.absent",
        None,
        type(found[0]).__name__ if found else None,
        subject=Subject("operation", found[1].frame if found else None),
        what=f"nothing for {seconds:.1f} s, not",
    )


@testcase(
    "DIS-01",
    verifies=["HLF-041", "HLF-042", "HLF-008"],
    clause=CLAUSE,
    applies="device & disable & disable_timeout",
    wait=AWAY,
    revision=2,
)
async def test_disabled_device_leaves_and_comes_back(device: Device) -> None:
    """A disabled device answers, de-registers, keeps silent for the Disable Timeout, and registers again."""
    await device.registered()
    remote = device.current.remote
    left = await sent_away(device)
    asking = asyncio.ensure_future(ask_halfway(device, remote))
    try:
        back = await expect_return(device, left)
        answer = asking.result() if asking.done() else None
    finally:
        asking.cancel()
    came_before = answer is not None and (answer.frame is None or answer.frame < (back.frame or 0))
    device.context.record.judge(
        "disabled-read.outcome",
        one_of("silence", "timeout", "unreachable"),
        answer.outcome if answer and came_before else "silence",
        subject=Subject("outcome", answer.frame if answer else None),
        what="answer to a Read while disabled:",
    )


@testcase(
    "DIS-02",
    verifies=["HLF-041", "HLF-042", "HLF-008"],
    clause=CLAUSE,
    applies="device & disable & disable_timeout & update_trigger",
    wait=AWAY,
)
async def test_disable_during_an_update_ends_too(device: Device) -> None:
    """A device that is disabled while it waits for the answer to its Update leaves and comes back as well."""
    came, answer_now = asyncio.Event(), asyncio.Event()

    async def hold(_operation: object, _incoming: Incoming) -> Response:
        came.set()
        await answer_now.wait()
        return Response(Code.CHANGED)

    await device.registered()
    server_object = device.server_object
    (await device.write(server_object / DISABLE_TIMEOUT, AWAY)).require(code=CHANGED)
    await device.server.next((Register,), 0.01)
    device.server.script_next(Update, hold)
    (await device.execute(server_object / UPDATE_TRIGGER)).require(code=CHANGED)
    try:
        await asyncio.wait_for(came.wait(), device.ixit.reaction_time)
    except TimeoutError:
        raise Inconclusive("preamble: no Update came after the Registration Update Trigger") from None
    disable = asyncio.ensure_future(device.execute(server_object / DISABLE))
    await asyncio.wait([disable], timeout=LOOK)
    answer_now.set()
    (await disable).expect(name="disable", code=CHANGED)
    left = await device.next(Deregister)
    await expect_return(device, left)


@testcase(
    "DIS-03",
    verifies=["HLF-042"],
    clause=CLAUSE,
    applies="device & disable",
    fresh=True,
    final_control=False,
    wait=AWAY,
)
async def test_device_stays_away_by_default(device: Device) -> None:
    """Without a Disable Timeout that a server wrote, a disabled device does not return for a long time."""
    await device.registered()
    await device.control()
    timeout = await device.read(device.server_object / DISABLE_TIMEOUT)
    preset = timeout.value if timeout.code == CONTENT else 86400
    if not isinstance(preset, int) or preset < LONG_AWAY:
        raise NotApplicable(f"the SUT starts with a Disable Timeout of {preset!r} s")
    await device.server.next((Register,), 0.01)
    answer = await device.execute(device.server_object / DISABLE)
    answer.expect(name="disable", code=CHANGED)
    await device.next(Deregister)
    await expect_silence(device, AWAY)


@testcase(
    "DIS-04",
    verifies=["HLF-041", "HLF-042", "HLF-008"],
    clause=CLAUSE,
    applies="device & disable & disable_timeout",
    wait=2 * AWAY,
)
async def test_device_is_disabled_again(device: Device) -> None:
    """A device that came back can be disabled again, and comes back again."""
    await device.registered()
    for turn in ("-1", "-2"):
        left = await sent_away(device, turn)
        await expect_return(device, left, turn)
        await device.control()


@testcase(
    "DIS-05",
    verifies=["HLF-042", "HLF-041"],
    clause=CLAUSE,
    applies="device & disable & disable_timeout & observe & write_attributes & ixit.observable",
    wait=AWAY,
)
async def test_disabled_device_reports_nothing(device: Device) -> None:
    """A device that has to report every second sends no notification while it is disabled."""
    await device.registered()
    path = Path.of(device.ixit.observable)
    (await device.write_attributes(path, pmax=1)).require(code=CHANGED)
    observation = await device.observe(path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    left = await sent_away(device)
    back = await expect_return(device, left)
    told = [received.frame for received in observation.handle.notifications]
    device.context.record.judge(
        "notification.absent",
        [],
        [frame for frame in told if (left.frame or 0) < frame < (back.frame or 0)],
        subject=Subject("notifications", back.frame),
        what="frames of notifications between De-register and Register",
    )
