"""Notify: when a change is told, what a notification holds and how it is numbered (Core 1.1.1 §6.4.2)."""

from conformance.matching import ABSENT, PRESENT, covering, excluding
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, CREATED, DELETED, NOT_FOUND
from conformance.messages.content import Values
from conformance.roles import Device, Observation, variable
from conformance.roles.observation import Notification, Variable
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, NotApplicable, Subject

NOTIFY = "LwM2M Core 1.1.1 §6.4.2"
CHANGING = "device & observe & (ixit.observable | ixit.writable_integer)"
MINIMUM_PERIOD = 2
WORST_RETRANSMISSION = 46.5
"""ACK_TIMEOUTs from the first transmission to the time-out of the last: 31 times 1.5 (RFC 7252 §4.8.2)."""


async def observed(device: Device, path: Path) -> Observation:
    """An observation that the device took up."""
    observation = await device.observe(path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    return observation


async def watched(device: Device, level: str = "resource") -> tuple[Variable, Observation]:
    """A number with the value 20, and the observation of it, its Instance or its Object."""
    changing = await variable(device, 20)
    return changing, await observed(device, changing.at(level))


@testcase(
    "REP-NTF-01",
    verifies=["HLF-017", "HLF-028"],
    clause=NOTIFY,
    applies="device & observe & ixit.observable",
)
async def test_change_in_the_device_is_told(device: Device) -> None:
    """A value that changes in the device is told with the token of the observation, in its format."""
    await device.registered()
    path = Path.of(device.ixit.observable)
    await device.trigger("set", path=str(path), value=20)
    observation = await observed(device, path)
    await device.trigger("set", path=str(path), value=30)
    told = await observation.next()
    told.expect(code=CONTENT, observe=PRESENT, value=30)
    told.expect(format=observation.first.format, clause="RFC 7641 §4.2")


@testcase(
    "REP-NTF-02",
    verifies=["HLF-017", "HLF-028"],
    clause=NOTIFY,
    applies="device & observe & ixit.writable_integer",
)
async def test_change_by_a_write_is_told(device: Device) -> None:
    """A value that the server itself changes by a Write is told, too."""
    await device.registered()
    path = device.writable("integer")
    (await device.write(path, 20)).require(code=CHANGED)
    observation = await observed(device, path)
    (await device.write(path, 30)).require(code=CHANGED)
    told = await observation.next()
    told.expect(code=CONTENT, observe=PRESENT, value=30)


@testcase("REP-NTF-03", verifies=["HLF-028", "HLF-033"], clause=NOTIFY, applies=CHANGING)
@vary(level=["object", "instance"])
async def test_change_below_is_told(device: Device, level: str) -> None:
    """An Object or Instance that is observed tells the change of a Resource, with the path of the value."""
    await device.registered()
    changing, observation = await watched(device, level)
    await changing.becomes(30)
    told = await observation.next_with(changing.path, 30)
    told.expect(code=CONTENT, values=covering({str(changing.path): 30}))
    told.expect(resources=excluding(*unreadable_below(device, changing.at("instance"))))
    if set(told.paths) != set(observation.first.paths):
        told.note(f"it holds {len(told.paths)} of {len(observation.first.paths)} values", ambiguity="Q06")


def unreadable_below(device: Device, instance: Path) -> list[str]:
    """The Resources of an Instance that its definition does not let a server read."""
    definition = device.context.model.object(instance[0])
    resources = definition.resources.values() if definition else ()
    return [str(instance / item.id) for item in resources if "R" not in item.operations]


@testcase("REP-NTF-04", verifies=["HLF-017"], clause="RFC 7641 §4.4", applies=CHANGING)
async def test_notifications_are_numbered_in_their_order(device: Device) -> None:
    """Each notification has an Observe value that orders it after the one before."""
    await device.registered()
    changing, observation = await watched(device)
    for value in (30, 40, 50):
        await changing.becomes(value)
        told = await observation.next(name=f"told-{value}")
        told.expect(name=f"told-{value}", value=value, newer=True)


@testcase("REP-NTF-05", verifies=["HLF-018", "HLF-017"], clause="LwM2M Core 1.1.1 §5.1.2", applies=CHANGING)
async def test_no_minimum_period_holds_back_by_default(device: Device) -> None:
    """Without pmin and default period, a second change is told as promptly as the first."""
    await device.registered()
    default = device.server_object / MINIMUM_PERIOD
    written = await device.read(default)
    if written.code == CONTENT and written.value != 0:
        raise NotApplicable(f"{default} of the SUT is {written.value!r} from the start")
    changing, observation = await watched(device)
    await changing.becomes(30)
    (await observation.next(name="first-change")).expect(name="first-change", value=30)
    await changing.becomes(40)
    (await observation.next(name="second-change")).expect(name="second-change", value=40)


@testcase("REP-NTF-06", verifies=["HLF-028"], clause="RFC 7641 §1.3", applies=CHANGING)
async def test_latest_of_quick_changes_is_told_in_the_end(device: Device) -> None:
    """Of changes in quick succession some may be left out, but not the last one."""
    await device.registered()
    changing, observation = await watched(device)
    for value in (30, 40, 50, 60, 70):
        await changing.becomes(value)
    told = await observation.next()
    for _ in range(4):
        if told.value == 70:
            break
        told = await observation.next_or_none(device.ixit.reaction_time) or told
    told.expect(name="last-told", code=CONTENT, value=70)


async def created(device: Device) -> Path:
    """A new Instance of the Object in which the profile lets Instances be created."""
    object_id = device.ixit.creatable_object or 0
    values: dict[int, Values] = {int(key): value for key, value in device.ixit.creatable_values.items()}
    answer = await device.create(object_id, values)
    answer.require(code=CREATED)
    return Path.parse(answer.location or "")


@testcase(
    "REP-NTF-07",
    verifies=["HLF-028", "HLF-033"],
    clause="LwM2M Core 1.1.1 §6.4.1, RFC 7641 §1.3",
    applies="device & observe & create & delete & ixit.creatable_object",
)
async def test_object_tells_of_instances_that_come_and_go(device: Device) -> None:
    """An Object that is observed should tell that an Instance was created, and that it was deleted."""
    await device.registered()
    keeper = await created(device)
    observation = await device.observe(keeper.parent)
    observation.first.expect(code=CONTENT, observe=PRESENT)
    path = await created(device)
    await expect_instances(device, observation, "created", path, there=True)
    (await device.delete(path)).require(code=DELETED)
    await expect_instances(device, observation, "deleted", path, there=False)


async def expect_instances(
    device: Device, observation: Observation, name: str, path: Path, *, there: bool
) -> None:
    """A notification should come; the Instance is among those that it holds, or that a later one holds, or
    not any more."""
    told = await observation.next_or_none(device.ixit.reaction_time)
    while told is not None and told.code == CONTENT and holds(told, path) != there:
        later = await observation.next_or_none(device.ixit.quiet_time)
        if later is None:
            break
        told = later
    record = device.context.record
    record.judge(f"{name}.received", True, told is not None, level=Level.SHOULD, what="a notification:")
    if told is not None:
        told.expect(name=name, code=CONTENT)
        record.judge(
            f"{name}.instances",
            there,
            holds(told, path),
            subject=Subject("notification.instances", told.frame),
            what=f"{path!s} in the notification:",
        )


def holds(told: Notification, instance: Path) -> bool:
    return any(Path.parse(item)[:2] == tuple(instance) for item in told.paths)


@testcase(
    "REP-NTF-08",
    verifies=["HLF-028"],
    clause="RFC 7641 §4.2",
    applies="device & observe & create & delete & ixit.creatable_object",
)
async def test_deleted_instance_ends_its_observation(device: Device) -> None:
    """The observation of an Instance that is deleted ends, with a last 4.04 that has no Observe option."""
    await device.registered()
    path = await created(device)
    observation = await observed(device, path)
    (await device.delete(path)).require(code=DELETED)
    told = await observation.next_or_none(device.ixit.reaction_time)
    device.context.record.judge(
        "last.received",
        NOT_FOUND,
        told.code if told else None,
        level=Level.SHOULD,
        subject=Subject("notification.code", told.frame if told else None),
        what="a last notification with code",
    )
    if told is None:
        observation.first.note("the end of the observation is not told", ambiguity="Q21")
    else:
        told.expect(name="last", observe=ABSENT)
    await observation.none(name="later")


@testcase("REP-NTF-09", verifies=["HLF-036"], clause="RFC 7252 §4.2", applies=CHANGING, wait=4)
async def test_confirmable_notification_is_sent_again(device: Device) -> None:
    """A confirmable notification that is not acknowledged is sent again, with its Message ID."""
    device.context.need_repetition()
    await device.registered()
    changing, observation = await watched(device)
    observation.ignore_next()
    await changing.becomes(30)
    told = await observation.next()
    if not told.confirmable:
        raise NotApplicable("the SUT notifies in non-confirmable messages")
    again = device.ixit.ack_timeout * 1.5 + device.ixit.timing_tolerance
    other = await observation.any_more(again)
    transmissions = [
        line["frame"]
        for line in device.context.messages
        if line["direction"] == "in" and line["type"] == "CON" and line["mid"] == told.message.mid
    ]
    device.context.record.judge(
        "retransmission.received",
        True,
        len(transmissions) > 1,
        subject=Subject("message", transmissions[-1]),
        what=f"sent again with Message ID {told.message.mid}:",
        limit=again,
    )
    device.context.record.judge("other.absent", None, other and repr(other.message), what="another message")


@testcase(
    "REP-NTF-10",
    verifies=["HLF-036", "HLF-028"],
    clause="RFC 7641 §4.5",
    applies=CHANGING,
    wait=100,
    launch={"lifetime": "600"},
)
async def test_unanswered_notification_ends_the_observation(device: Device) -> None:
    """When a confirmable notification was never acknowledged, its observer is removed."""
    await device.registered()
    changing, observation = await watched(device)
    observation.ignore_next()
    await changing.becomes(30)
    told = await observation.next()
    if not told.confirmable:
        raise NotApplicable("the SUT notifies in non-confirmable messages")
    wait = device.ixit.ack_timeout * WORST_RETRANSMISSION + device.ixit.timing_tolerance
    if await observation.any_more(wait):
        raise Inconclusive("preamble: another notification came during the retransmission")
    await device.registered()
    await changing.becomes(40)
    await observation.none(device.ixit.reaction_time)
