"""Notification attributes that the server's user sets (LwM2M Core 1.1.1 §5.1.2, §6.3.4)."""

from conformance.matching import PRESENT, close_to
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.pair.pair import Pair
from conformance.pair.reporting import acknowledged, judge_apart, notified, told
from conformance.testcase import testcase

PMIN, PMAX = 1, 60
CHANGES = (23, 29)


@testcase(
    "PAIR-ATT-01",
    verifies=["HLF-016", "HLF-018"],
    clause="LwM2M Core 1.1.1 §5.1.2",
    applies="device & observe & write_attributes & ixit.observable",
    partner="server & verb_read & verb_observe & verb_write_attributes & event_notify",
)
async def test_device_keeps_the_period_that_the_user_set(pair: Pair) -> None:
    """After the user has set pmin, two changes are told at least so far apart, and none gets lost."""
    await pair.registered()
    path = str(Path.of(pair.device.context.ixit.observable))
    attributes = await pair.write_attributes(path, pmin=PMIN)
    attributes.request.expect(name="write-attributes", attributes={"pmin": str(PMIN)})
    attributes.expect(CHANGED)
    observed = await pair.observe(path)
    observed.expect(CONTENT, observe=PRESENT)
    after, times = pair.wire.last, list[float]()
    for name, value in zip(("first-change", "second-change"), CHANGES, strict=True):
        await pair.device.asked("set", path=path, value=value)
        notification, seen = await notified(pair, observed, after, later=PMIN, name=name)
        notification.expect(value=close_to(value))
        await acknowledged(pair, seen, name)
        await told(pair, path, notification, f"told-{name}")
        after, times = seen.frame, [*times, seen.passage.time]
    judge_apart(pair, times[1] - times[0], PMIN)


@testcase(
    "PAIR-ATT-02",
    verifies=["HLF-018", "HLF-029"],
    clause="LwM2M Core 1.1.1 §6.3.2, §6.3.4",
    applies="device & write_attributes & discover & ixit.observable",
    partner="server & verb_read & verb_write_attributes & verb_discover",
)
async def test_user_finds_the_attributes_again(pair: Pair) -> None:
    """The attributes that the user set are what the user then discovers."""
    await pair.registered()
    path = Path.of(pair.device.context.ixit.observable)
    wanted = {"pmin": str(PMIN), "pmax": str(PMAX)}
    attributes = await pair.write_attributes(path, pmin=PMIN, pmax=PMAX)
    attributes.request.expect(name="write-attributes", attributes=wanted)
    attributes.expect(CHANGED)
    (await pair.discover(path)).expect_links(wanted)
