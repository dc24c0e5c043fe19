"""The Registration Update Trigger, by which a server makes a device contact it (LwM2M Core 1.1.1 §6.2.2)."""

import asyncio

from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Code
from conformance.messages import Update
from conformance.messages.codes import CHANGED
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, Subject

CLAUSE = "LwM2M Core 1.1.1 §6.2.2, §E.2"
APPLIES = "device & update_trigger"
UPDATE_TRIGGER = 8


@testcase("REG-TRG-01", verifies=["HLF-011", "HLF-019"], clause=CLAUSE, applies=APPLIES)
async def test_every_trigger_brings_an_update(device: Device) -> None:
    """Three executions of the trigger one after another bring three Updates."""
    await device.registered()
    for number in (1, 2, 3):
        triggered = await device.execute(device.server_object / UPDATE_TRIGGER)
        triggered.expect(name=f"trigger-{number}", code=CHANGED)
        update = await device.next(Update, name=f"update-{number}")
        update.expect(name=f"update-{number}", location=device.current.location)


@testcase("REG-TRG-02", verifies=["HLF-011", "HLF-019"], clause=CLAUSE, applies=f"{APPLIES} & lwm2m >= 1.1")
@vary(transport=["in_use", "not_offered"])
async def test_trigger_with_a_transport_brings_an_update(device: Device, transport: str) -> None:
    """The trigger takes a transport as argument; where the device does not have that, it uses its own."""
    await device.registered()
    offered = str(device.context.ics["binding"])
    letter = "U" if transport == "in_use" else next(letter for letter in "NHMST" if letter not in offered)
    level = Level.MUST if transport == "in_use" else Level.SHOULD
    triggered = await device.execute(device.server_object / UPDATE_TRIGGER, f"0='{letter}'")
    triggered.expect(code=CHANGED, level=level)
    if triggered.code == CHANGED:
        update = await device.next(Update)
        update.expect(location=device.current.location)


@testcase("REG-TRG-03", verifies=["HLF-011", "HLF-019"], clause=CLAUSE, applies=APPLIES)
async def test_trigger_during_an_update(device: Device) -> None:
    """A trigger that comes while an Update waits for its answer is answered, then or when that has come,
    and should bring another."""
    came, answer_now = asyncio.Event(), asyncio.Event()

    async def hold(_operation: object, _incoming: Incoming) -> Response:
        came.set()
        await answer_now.wait()
        return Response(Code.CHANGED)

    await device.registered()
    path = device.server_object / UPDATE_TRIGGER
    device.server.script_next(Update, hold)
    (await device.execute(path)).require(code=CHANGED)
    try:
        await asyncio.wait_for(came.wait(), device.ixit.reaction_time)
    except TimeoutError:
        raise Inconclusive("preamble: no Update came after the Registration Update Trigger") from None
    waiting = asyncio.ensure_future(device.execute(path))
    await asyncio.wait([waiting], timeout=device.ixit.quiet_time)
    answer_now.set()
    (await waiting).expect(name="trigger-during-update", code=CHANGED)
    await device.next(Update, name="first-update")
    another = await device.server.next((Update,), device.ixit.reaction_time)
    device.context.record.judge(
        "update.received",
        True,
        another is not None,
        subject=Subject("operation", another[1].frame if another else None),
        what="another Update:",
        level=Level.SHOULD,
    )
