"""Disable: a device that is sent away leaves, keeps silent and comes back by itself (Core 1.1.1 §E.2)."""

import asyncio
from typing import Any

from conformance.coap.codes import Code
from conformance.coap.endpoint import Incoming, Response
from conformance.matching import between, one_of
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


async def expect_return(device: Device, left: Arrival[Deregister], turn: str = "") -> None:
    """The device registers again when the Disable Timeout is over, and not before."""
    tolerance, reaction = device.ixit.timing_tolerance, device.ixit.reaction_time
    back = await device.next(Register, within=AWAY + tolerance + reaction, name=f"register{turn}")
    device.context.record.judge(
        f"return{turn}.seconds",
        between(AWAY - tolerance, AWAY + tolerance + reaction),
        round(back.received_at - left.received_at, 3),
        subject=Subject("time", back.frame),
        what="seconds from De-register to Register",
    )


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
)
async def test_disabled_device_leaves_and_comes_back(device: Device) -> None:
    """A disabled device answers, de-registers, keeps silent for the Disable Timeout, and registers again."""
    await device.registered()
    remote = device.current.remote
    left = await sent_away(device)
    path, limit = Path(3, 0), LOOK
    exchange = await device.endpoint.request(remote, Code.GET, path=path.segments, limit=limit)
    asked = Answer(device.context.record, "disabled-read", path, exchange, limit=limit)
    asked.expect(outcome=one_of("timeout", "unreachable"))
    await expect_silence(device, AWAY - 2 * LOOK - device.ixit.timing_tolerance)
    await expect_return(device, left)


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
