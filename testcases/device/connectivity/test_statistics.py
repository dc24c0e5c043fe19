"""Connectivity Statistics: what a device counts between Start and Stop (Object 7, Core 1.1.1 §E.8)."""

from asyncio import get_running_loop, sleep

from conformance.matching import PRESENT, between, containing
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Answer, Device
from conformance.roles.expectation import UnreadableError
from conformance.roles.observation import Observation
from conformance.roles.optional import read_optional
from conformance.roles.settling import read_until
from conformance.roles.traffic import Traffic
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

CLAUSE = "LwM2M Core 1.1.1 §E.8"
STATISTICS = Path(7, 0)
SMS_SENT, SMS_RECEIVED, SENT, RECEIVED, LARGEST, AVERAGE, START, STOP, PERIOD = (
    STATISTICS / number for number in range(9)
)
KILOBYTES = {"sent": SENT, "received": RECEIVED}
ENOUGH = 2048
"""Octets that move a counter of kilobytes, whatever the device takes for one, and without its headers."""
AT_MOST = ENOUGH - 1
"""Kilobytes, and fewer than `ENOUGH` has octets: all that the device sends over IP counts, to whomever."""
HEADERS = 48
"""Octets of UDP and IPv6."""
LARGEST_DATAGRAM = 65535
COLLECTION = 1


async def collecting(device: Device, period: int = 0, name: str = "start") -> None:
    """Set the Collection Period, where there is one, and start to collect."""
    held = await device.read(PERIOD)
    if held.code == CONTENT and held.value != period:
        (await device.write(PERIOD, period)).require(code=CHANGED)
    (await device.execute(START)).expect(name=name, code=CHANGED)


def number(answer: Answer) -> int:
    """The counter that was read; raises UnreadableError."""
    if not isinstance(answer.value, int):
        raise UnreadableError(f"{answer.value!r} at {answer.path} is no counter")
    return answer.value


async def counted(device: Device, counter: Path) -> Answer:
    """Read a counter, and for the reaction time again while it is 0: no text says how often it is renewed."""
    return await read_until(device, counter, lambda answer: answer.value != 0)


@testcase("STA-01", verifies=["HLF-023"], clause=CLAUSE, applies="device & object(7) & discover")
async def test_start_and_stop_are_listed(device: Device) -> None:
    """Object 7 has Start and Stop."""
    await device.registered()
    answer = await device.discover(STATISTICS)
    answer.expect(code=CONTENT, targets=containing(str(START), str(STOP)))


@testcase("STA-02", verifies=["HLF-023"], clause=CLAUSE, ets="int-901", applies="device & object(7)")
@vary(counter=["sent", "received"])
async def test_traffic_is_counted(device: Device, counter: str) -> None:
    """After Start, Tx Data /7/0/2 and Rx Data /7/0/3 tell the kilobytes that the device sent and received."""
    await device.registered()
    await read_optional(device, KILOBYTES[counter])
    await collecting(device)
    with Traffic(device) as traffic:
        await traffic.exchange(ENOUGH)
        answer = await counted(device, KILOBYTES[counter])
    answer.expect(name=counter, code=CONTENT, value=between(ENOUGH // 1024 - 1, AT_MOST))
    (await device.execute(STOP)).expect(name="stop", code=CHANGED)


@testcase("STA-03", verifies=["HLF-023"], clause=CLAUSE, ets="int-901", applies="device & object(7)")
@vary(counter=["sent", "received"])
async def test_start_begins_anew(device: Device, counter: str) -> None:
    """Another Start sets the counters back."""
    await device.registered()
    await read_optional(device, KILOBYTES[counter])
    await collecting(device)
    with Traffic(device) as traffic:
        await traffic.exchange(ENOUGH)
    before = await counted(device, KILOBYTES[counter])
    before.expect(name="before", code=CONTENT, value=between(1, AT_MOST))
    (await device.execute(START)).expect(name="start-anew", code=CHANGED)
    answer = await device.read(KILOBYTES[counter])
    answer.expect(name="anew", code=CONTENT, value=between(0, number(before) - 1))


@testcase("STA-04", verifies=["HLF-023"], clause=CLAUSE, ets="int-901", applies="device & object(7)")
@vary(counter=["sent", "received"])
async def test_stop_keeps_what_was_counted(device: Device, counter: str) -> None:
    """After Stop the counters stay as they are, whatever is sent and received."""
    await device.registered()
    await read_optional(device, KILOBYTES[counter])
    await collecting(device)
    with Traffic(device) as traffic:
        await traffic.exchange(ENOUGH)
        (await device.execute(STOP)).expect(name="stop", code=CHANGED)
        await expect_at_rest(device, traffic, KILOBYTES[counter], 1)


async def expect_at_rest(device: Device, traffic: Traffic, counter: Path, least: int) -> None:
    """The counter has counted at least so many kilobytes, and no traffic moves it any more."""
    stopped = await counted(device, counter) if least else await device.read(counter)
    stopped.expect(name="stopped", code=CONTENT, value=between(least, AT_MOST))
    await traffic.exchange(ENOUGH)
    (await device.read(counter)).expect(name="at-rest", code=CONTENT, value=stopped.value)


@testcase("STA-05", verifies=["HLF-010"], clause=CLAUSE, ets="int-905", applies="device & object(7)")
async def test_collection_period_is_written_and_read(device: Device) -> None:
    """Collection Period /7/0/8 reads back as it was written."""
    await device.registered()
    before = await read_optional(device, PERIOD)
    other = 3600 if before.value != 3600 else 7200
    (await device.write(PERIOD, other)).expect(code=CHANGED)
    (await device.read(PERIOD)).expect(name="read-back", code=CONTENT, value=other)
    (await device.write(PERIOD, before.value or 0)).expect(name="restored", code=CHANGED)


@testcase("STA-06", verifies=["HLF-010"], clause=CLAUSE, applies="device & object(7)", wait=COLLECTION)
async def test_collection_ends_with_its_period(device: Device) -> None:
    """When the Collection Period is over the device stops to collect by itself."""
    await device.registered()
    await read_optional(device, SENT)
    before = await read_optional(device, PERIOD)
    started = get_running_loop().time()
    await collecting(device, COLLECTION)
    over = get_running_loop().time() + COLLECTION + device.ixit.timing_tolerance
    with Traffic(device) as traffic:
        await traffic.exchange(ENOUGH)
        in_time = get_running_loop().time() < started + COLLECTION
        await sleep(over - get_running_loop().time())
        await expect_at_rest(device, traffic, SENT, 1 if in_time else 0)
    (await device.write(PERIOD, before.value or 0)).expect(name="restored", code=CHANGED)


@testcase("STA-07", verifies=["HLF-023"], clause=CLAUSE, ets="int-901", applies="device & object(7)")
@vary(size=["largest", "average"])
async def test_message_sizes_are_those_of_the_messages(device: Device, size: str) -> None:
    """Max /7/0/4 and Average Message Size /7/0/5 fit the messages that went to and fro, headers or not.

    What the device sends to others over IP counts as well: it may be larger, or smaller on the average.
    """
    await device.registered()
    path = LARGEST if size == "largest" else AVERAGE
    await read_optional(device, path)
    with Traffic(device) as traffic:
        await collecting(device)
        before = len(traffic.sizes)
        await traffic.exchange(ENOUGH)
        largest = max(traffic.sizes[before:])
        least = largest if size == "largest" else 1
        answer = await read_until(device, path, lambda answer: answer.value != 0)
    answer.expect(name=size, code=CONTENT, value=between(least, LARGEST_DATAGRAM))
    usual = between(min(traffic.sizes), max(traffic.sizes) + HEADERS)
    answer.expect(name=f"{size}-usual", value=usual, level=Level.SHOULD)


@testcase("STA-08", verifies=["HLF-023"], clause=CLAUSE, applies="device & object(7)")
@vary(counter=["sent", "received"])
async def test_no_short_message_is_counted(device: Device, counter: str) -> None:
    """A device that is reached over UDP only counts no SMS, however much it sends and receives."""
    await device.registered()
    if "S" in (device.current.binding or ""):
        raise NotApplicable("the SUT registered for SMS as well")
    path = SMS_SENT if counter == "sent" else SMS_RECEIVED
    await read_optional(device, path)
    await collecting(device)
    with Traffic(device) as traffic:
        await traffic.exchange(ENOUGH)
    (await device.read(path)).expect(name=f"sms-{counter}", code=CONTENT, value=0)


@testcase(
    "STA-09", verifies=["HLF-024"], clause=CLAUSE, ets="int-910", applies="device & object(7) & observe"
)
async def test_counter_is_reported(device: Device) -> None:
    """A server that observes Tx Data /7/0/2 is told when it has grown."""
    await device.registered()
    await read_optional(device, SENT)
    await collecting(device)
    observation = await device.observe(SENT)
    observation.first.require(code=CONTENT, observe=PRESENT)
    first = number(observation.first)
    with Traffic(device) as traffic:
        await traffic.exchange(ENOUGH)
    told = await grown(observation, first, device.ixit.reaction_time)
    device.context.record.judge(
        "grown.received",
        True,
        told is not None,
        subject=Subject("notification.received", told.frame if told else None),
        what=f"a notification with more than {first} kB",
        limit=device.ixit.reaction_time,
    )
    (await device.execute(STOP)).expect(name="stop", code=CHANGED)


async def grown(observation: Observation, value: int, within: float) -> Answer | None:
    """The next notification with a number above this one; None when nothing comes any more."""
    while (told := await observation.next_or_none(within)) is not None:
        if number(told) > value:
            return told
    return None
