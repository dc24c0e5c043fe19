"""The end of an observation: by Reset, by Observe 1, by a new registration (LwM2M Core 1.1.1 §6.4.3)."""

from conformance.coap.codes import Code
from conformance.matching import ABSENT, PRESENT
from conformance.messages import Register, Update
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device, Observation, variable
from conformance.roles.observation import Variable
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, NotApplicable

CANCEL = "LwM2M Core 1.1.1 §6.4.3, RFC 7641 §3.6"
CHANGING = "device & observe & (ixit.observable | ixit.writable_integer)"
RESETS = 3
"""Resets of non-confirmable notifications after which the observer has to be gone (RFC 7641 §4.5)."""


async def watched(device: Device) -> tuple[Variable, Observation]:
    """A number with the value 20, and an observation of it that works."""
    await device.registered()
    changing = await variable(device, 20)
    observation = await device.observe(changing.path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    await changing.becomes(25)
    if await observation.next_or_none(device.ixit.reaction_time) is None:
        raise NotApplicable("the SUT tells no change: there is nothing to cancel")
    return changing, observation


@testcase("REP-CAN-01", verifies=["HLF-028"], clause=CANCEL, ets="int-302", applies=CHANGING)
async def test_reset_cancels(device: Device) -> None:
    """A notification that is answered with a Reset was the last one."""
    changing, observation = await watched(device)
    observation.reset_next()
    await changing.becomes(30)
    told = await observation.next()
    if not told.confirmable:
        told.note("non-confirmable notifications: several Resets are sent")
    value = 30
    for _ in range(0 if told.confirmable else RESETS):
        value += 1
        await changing.becomes(value)
        if await observation.reset_stray(device.ixit.quiet_time) is None:
            break
    await changing.becomes(value + 10)
    await observation.none()


@testcase("REP-CAN-02", verifies=["HLF-028"], clause=CANCEL, ets="int-303", applies=CHANGING)
async def test_observe_1_cancels(device: Device) -> None:
    """The request of the observation with Observe 1 is answered like a Read, and ends the observation."""
    changing, observation = await watched(device)
    answer = await device.cancel(observation)
    answer.expect(code=CONTENT, observe=ABSENT)
    answer.expect(value=25, level=Level.SHOULD)
    await changing.becomes(30)
    await observation.none()


@testcase(
    "REP-CAN-03", verifies=["HLF-028"], clause="RFC 7641 §4.1", applies=f"{CHANGING} & ixit.writable_string"
)
@vary(means=["reset", "observe_1"])
async def test_other_observation_goes_on(device: Device, means: str) -> None:
    """When one of two observations is cancelled the other one still tells."""
    changing, cancelled = await watched(device)
    text = device.writable("string")
    (await device.write(text, "first")).require(code=CHANGED)
    kept = await device.observe(text)
    kept.first.require(code=CONTENT, observe=PRESENT)
    if means == "observe_1":
        (await device.cancel(cancelled)).require(code=CONTENT)
    else:
        cancelled.reset_next()
        await changing.becomes(30)
        await cancelled.next(name="reset")
    (await device.write(text, "second")).require(code=CHANGED)
    told = await kept.next(name="kept")
    told.expect(name="kept", code=CONTENT, value="second")


@testcase("REP-CAN-04", verifies=["HLF-028"], clause="RFC 7641 §3.6, §4.1", applies=CHANGING)
async def test_observe_1_with_another_token_cancels_nothing(device: Device) -> None:
    """Observe 1 with a token that no observation has is a Read, and the observation goes on."""
    changing, observation = await watched(device)
    registration = device.current
    exchange = await device.endpoint.request(
        registration.remote,
        Code.GET,
        path=(*registration.prefix, *changing.path.segments),
        observe=1,
        limit=device.ixit.reaction_time,
    )
    device.context.record.judge(
        "read.code", CONTENT, str(exchange.response.message.code) if exchange.response else exchange.outcome
    )
    await changing.becomes(30)
    told = await observation.next()
    told.expect(code=CONTENT, value=30)


@testcase("REP-CAN-05", verifies=["HLF-028"], clause="LwM2M Core 1.1.1 §6.4.1", applies=CHANGING)
async def test_cancelled_path_is_observed_again(device: Device) -> None:
    """After its cancellation a path can be observed anew, and tells with the new token."""
    changing, cancelled = await watched(device)
    (await device.cancel(cancelled)).require(code=CONTENT)
    observation = await device.observe(changing.path)
    observation.first.expect(code=CONTENT, observe=PRESENT, value=25)
    await changing.becomes(30)
    told = await observation.next()
    told.expect(code=CONTENT, value=30)
    await cancelled.none(name="cancelled")


@testcase(
    "REP-CAN-06",
    verifies=["HLF-028", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.4.1",
    applies=f"{CHANGING} & update_trigger",
    fresh=True,
)
async def test_after_a_new_registration_is_observed_anew(device: Device) -> None:
    """After a new Register a path can be observed anew; what an earlier observation still tells is noted.

    A server has to observe anew what it wants; that a device has to forget is nowhere said, and over a
    restart, after which it registers, it should remember.
    """
    changing, observation = await watched(device)
    while await device.server.next((Update, Register), 0):
        pass
    device.server.answer_next(Update, Code.NOT_FOUND)
    (await device.execute(device.server_object / 8)).require(code=CHANGED)
    await device.next(Update)
    if await device.server.next((Register,), device.ixit.reaction_time) is None:
        raise Inconclusive("preamble: no Register came after the Update was answered 4.04")
    await changing.becomes(30)
    outlived = await observation.any_more(device.ixit.quiet_time)
    if outlived is not None:
        outlived.note("an observation outlives the registration in which it was made", ambiguity="Q21")
    again = await device.observe(changing.path)
    again.first.expect(code=CONTENT, observe=PRESENT)
    await changing.becomes(40)
    told = await again.next()
    told.expect(code=CONTENT, value=40)


@testcase(
    "REP-CAN-07",
    verifies=["HLF-028", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2, §6.4.1",
    applies=f"{CHANGING} & update_trigger",
    fresh=True,
)
async def test_update_leaves_observations_alone(device: Device) -> None:
    """After an Update of the registration the observations go on."""
    changing, observation = await watched(device)
    while await device.server.next((Update,), 0):
        pass
    (await device.execute(device.server_object / 8)).require(code=CHANGED)
    await device.next(Update)
    await changing.becomes(30)
    told = await observation.next()
    told.expect(code=CONTENT, value=30)
