"""How a device takes the answer to its Register, or the want of one (LwM2M Core 1.1.1 §6.2.1, §6.3)."""

import asyncio
from collections.abc import Awaitable, Callable

from conformance.bindings.coap_datagrams import Address, DeviceOperation
from conformance.coap.endpoint import Incoming, Response, Trace
from conformance.coap.message import Code, Message, Type
from conformance.coap.options import Option, OptionNumber
from conformance.matching import matches
from conformance.messages import Deregister, Execute, Path, Register, Update
from conformance.messages.codes import CHANGED
from conformance.roles import Answer, Arrival, Device
from conformance.roles.other_server import another_in_its_place
from conformance.testcase import testcase, vary
from conformance.verdicts import HarnessError, Inconclusive, Level, Subject

AnswerRegister = Callable[[Register, Incoming], Awaitable[Response | None]]
REFUSALS = {"4.00": Code.BAD_REQUEST, "4.03": Code.FORBIDDEN, "4.12": Code.PRECONDITION_FAILED}
LOCATIONS = {
    "one_letter": ("rd", "7"),
    "several_segments": ("rd", "eu-west", "5a3f", "0"),
    "longest_segment": ("rd", "x" * 255),
    "reserved_characters": ("rd", "a?b&c=%20 é"),
    "slash_in_segment": ("rd", "a/b"),
}


async def register_again(device: Device, answer: AnswerRegister) -> None:
    """Preamble: the device loses its registration, and `answer` answers the Register that follows."""

    async def script(operation: DeviceOperation, incoming: Incoming) -> Response | None:
        if not isinstance(operation, Register):
            raise HarnessError(f"the script for Register was given {operation}")
        return await answer(operation, incoming)

    await device.registered()
    await device.control()
    await device.server.next((Register,), 0)
    device.server.answer_next(Update, Code.NOT_FOUND)
    device.server.script_next(Register, script)
    triggered = await device.execute(device.server_object / 8)
    triggered.require(code=CHANGED)


async def next_register(device: Device, within: float | None = None) -> Arrival[Register]:
    """Preamble: the Register after the lost registration. Whether it has to come is judged by REG-LT-03."""
    limit = within or device.ixit.reaction_time
    found = await device.server.next((Register,), limit)
    if found is None or not isinstance(found[0], Register):
        device.check_alive()
        raise Inconclusive(f"preamble: no Register within {limit:.1f} s of an Update that was answered 4.04")
    await asyncio.sleep(device.ixit.settle_time)
    return Arrival(device.context.record, found[0], found[1])


def accept_at(device: Device, register: Register, incoming: Incoming, location: tuple[str, ...]) -> Response:
    """The right answer to a Register, with a Location of the case's choice."""
    device.server.accept(register, incoming)
    chosen, registration = device.server.registrations.popitem()
    registration.location = location or chosen
    device.server.registrations[registration.location] = registration
    options = (Option(OptionNumber.LOCATION_PATH, part.encode()) for part in registration.location)
    return Response(Code.CREATED, options=tuple(options))


def level_of(location: str) -> Level:
    """A slash within a segment is legal CoAP, but no known server gives one: a warning will do."""
    return Level.SHOULD if location == "slash_in_segment" else Level.MUST


async def expect_update_at(device: Device, location: tuple[str, ...], level: Level = Level.MUST) -> None:
    """Let the device send another Update than that of the preamble, and judge where it goes."""
    await device.control()
    await device.server.next((Update,), 0)
    triggered = await device.execute(device.server_object / 8)
    triggered.expect(code=CHANGED)
    update = await device.next(Update, name="later-update")
    update.expect(name="later-update", location=location, level=level)
    if update.message.location != location:
        await next_register(device)


def judge_ignored(device: Device, answer: Answer, check: str, level: Level = Level.MUST) -> None:
    """The request was left without an answer; an error answer serves nobody either and is tolerated."""
    device.context.record.judge(
        check,
        "timeout",
        answer.code or answer.outcome,
        subject=Subject("outcome", answer.frame),
        what="the exchange ends with",
        tolerated=matches(r"reset|unreachable|[45]\.\d\d"),
        level=level,
    )


@testcase(
    "REG-ANS-01",
    verifies=["HLF-019", "HLF-036"],
    clause="RFC 7252 §5.2.2, §5.3.2",
    applies="device & update_trigger",
    fresh=True,
)
@vary(order=["ack_first", "ack_last"])
async def test_separate_response_is_taken(device: Device, order: str) -> None:
    """A 2.01 in a message of its own is taken, also when it overtakes the empty ACK."""
    outcome: list[str] = []

    async def script(register: Register, incoming: Incoming) -> None:
        if order == "ack_first":
            await incoming.acknowledge()
        response = accept_at(device, register, incoming, ())
        mid, token = device.endpoint.new_mid(), incoming.message.token
        created = Message(Type.CON, response.code, mid, token, response.options)
        limit = device.ixit.reaction_time
        outcome.append((await device.endpoint.exchange(incoming.remote, created, limit=limit)).outcome)
        await incoming.acknowledge()

    await register_again(device, script)
    again = await next_register(device, 2 * device.ixit.reaction_time)
    device.context.record.judge(
        "separate-response.outcome",
        "acknowledged",
        outcome[0],
        subject=Subject("outcome", again.frame),
        what="a confirmable 2.01 in a message of its own",
    )
    await expect_update_at(device, device.current.location)


@testcase(
    "REG-ANS-02",
    verifies=["HLF-019", "HLF-020"],
    clause="LwM2M Core 1.1.1 §6.2.1, §6.2.2; RFC 7252 §5.10.7",
    ets="int-101",
    applies="device & update_trigger",
    fresh=True,
)
@vary(location=list(LOCATIONS))
async def test_update_goes_to_the_location_that_was_given(device: Device, location: str) -> None:
    """An Update goes to the Location of the 2.01, whatever that Location looks like."""

    async def script(register: Register, incoming: Incoming) -> Response:
        return accept_at(device, register, incoming, LOCATIONS[location])

    await register_again(device, script)
    await next_register(device)
    await expect_update_at(device, LOCATIONS[location], level_of(location))


@testcase(
    "REG-ANS-03",
    verifies=["HLF-019", "HLF-020"],
    clause="LwM2M Core 1.1.1 §6.2.1, §6.2.3; RFC 7252 §5.10.7",
    applies="device & update_trigger & deregister",
    fresh=True,
    final_control=False,
)
@vary(location=list(LOCATIONS))
async def test_deregister_goes_to_the_location_that_was_given(device: Device, location: str) -> None:
    """A De-register goes to the Location of the 2.01, whatever that Location looks like."""

    async def script(register: Register, incoming: Incoming) -> Response:
        return accept_at(device, register, incoming, LOCATIONS[location])

    await register_again(device, script)
    await next_register(device)
    await device.control()
    await device.trigger("deregister")
    leave = await device.next(Deregister)
    leave.expect(location=LOCATIONS[location], level=level_of(location))


@testcase(
    "REG-ANS-04",
    verifies=["HLF-019", "HLF-036"],
    clause="RFC 7252 §4.2, §4.4",
    applies="device & update_trigger",
    fresh=True,
    wait=3.0,
)
async def test_unanswered_register_is_sent_again(device: Device) -> None:
    """A Register that is not answered is sent again, the same message, and its late answer counts."""
    device.context.need_repetition()
    sent: list[Trace] = []
    second = asyncio.Event()
    listener = device.endpoint.on_message

    def watch(trace: Trace) -> None:
        if listener:
            listener(trace)
        message = trace.message
        if trace.direction == "in" and message and message.code == Code.POST and message.uri_path == ("rd",):
            sent.append(trace)
            if len(sent) == 2:
                second.set()

    async def script(register: Register, incoming: Incoming) -> Response:
        await second.wait()
        return device.server.accept(register, incoming)

    device.endpoint.on_message = watch
    await device.registered()
    sent.clear()
    await register_again(device, script)
    limit = 1.5 * device.ixit.ack_timeout + device.ixit.reaction_time
    found = await device.server.next((Register,), limit)
    if found is None and not sent:
        raise Inconclusive("preamble: no Register came after an Update that was answered 4.04")
    device.context.record.judge(
        "register.received",
        True,
        found is not None,
        subject=Subject("operation", found[1].frame if found else sent[0].frame),
        what="Register again, as it was not answered:",
        limit=limit,
    )
    await asyncio.sleep(device.ixit.settle_time)
    device.context.record.judge(
        "retransmission.datagram",
        sent[0].data,
        sent[1].data,
        subject=Subject("datagram", sent[1].frame),
        what="the retransmission",
    )
    await expect_update_at(device, device.current.location)


@testcase(
    "REG-ANS-05",
    verifies=["HLF-019", "HLF-031"],
    clause="LwM2M Core 1.1.1 §6.3",
    applies="device",
    fresh=True,
)
async def test_operations_before_registration_are_ignored(device: Device) -> None:
    """A device that starts ignores operations until its Register is answered, and serves them then."""
    came: asyncio.Queue[Address] = asyncio.Queue()
    answer_now = asyncio.Event()

    async def hold(register: DeviceOperation, incoming: Incoming) -> Response | None:
        came.put_nowait(incoming.remote)
        await answer_now.wait()
        return device.server.accept(register, incoming) if isinstance(register, Register) else None

    await device.registered()
    await device.control()
    await device.server.next((Register,), 0)
    device.server.script_next(Register, hold)
    await another_in_its_place(device)
    try:
        remote = await asyncio.wait_for(came.get(), device.ixit.reaction_time)
    except TimeoutError:
        raise Inconclusive("preamble: no Register came after the reset") from None
    path, limit = Path.of("/3/0"), device.ixit.quiet_time
    exchange = await device.endpoint.request(remote, Code.GET, path=path.segments, limit=limit)
    answer_now.set()
    judge_ignored(
        device, Answer(device.context.record, "read", path, exchange, limit=limit), "early-read.outcome"
    )
    await device.next(Register)


@testcase(
    "REG-ANS-06",
    verifies=["HLF-019", "HLF-031"],
    clause="LwM2M Core 1.1.1 §6.2, §6.3",
    applies="device & update_trigger",
    fresh=True,
    final_control=False,
)
@vary(code=list(REFUSALS))
async def test_refused_device_is_not_registered(device: Device, code: str) -> None:
    """A device whose Register was refused should serve no operation, and send no Update even when asked to.

    Both are warnings: an Update that Execute /1/x/8 asks for is what that Resource demands, and no clause
    says of a device that was refused, but only of one whose lifetime has ended, that it must not send one.
    """

    async def refuse(register: Register, incoming: Incoming) -> Response:
        device.server.script_next(Register, again)
        return Response(REFUSALS[code])

    async def again(register: DeviceOperation, incoming: Incoming) -> Response:
        device.server.script_next(Register, again)
        return Response(REFUSALS[code])

    await register_again(device, refuse)
    await next_register(device)
    await device.server.next((Update,), 0)
    trigger = Execute(device.server_object / 8)
    refused = await device.perform(trigger, limit=device.ixit.quiet_time)
    judge_ignored(device, refused, "refused-trigger.outcome", Level.SHOULD)
    update = await device.server.next((Update,), device.ixit.quiet_time)
    device.context.record.judge(
        "update.absent",
        None,
        update and update[1].message.summary(),
        subject=Subject("operation", update[1].frame if update else None),
        what="Update without registration:",
        level=Level.SHOULD,
    )
