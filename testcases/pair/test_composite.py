"""Several Resources in one request of the server's user (LwM2M Core 1.1.1 §6.3.8, §6.3.9, §6.4.4, §6.4.5)."""

from conformance.matching import PRESENT, covering, unordered
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.pair.pair import Pair
from conformance.pair.reporting import acknowledged, not_notified, notified, told_values
from conformance.testcase import testcase

LIFETIME = 1
INTEGER, STRING = 47, "LwM2M ü"
CHANGED_TO = 23
OBSERVED = "device & lwm2m >= 1.1 & observe_composite & ixit.observable"
OBSERVING = "server & verb_read & verb_observe_composite"


def observed_paths(pair: Pair) -> list[Path]:
    """The Resource that changes, and the lifetime."""
    return [Path.of(pair.device.context.ixit.observable), pair.device.server_object / LIFETIME]


@testcase(
    "PAIR-CMP-01",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.8",
    applies="device & lwm2m >= 1.1 & read_composite & lifetime_readable",
    partner="server & verb_read & verb_read_composite",
)
async def test_user_reads_several_paths_at_once(pair: Pair) -> None:
    """The values of two Objects that the user reads at once are those that the device told."""
    register = await pair.registered()
    lifetime, manufacturer = str(pair.device.server_object / LIFETIME), "/3/0/0"
    alone = await pair.read(manufacturer)
    alone.answer.require(code=CONTENT, value=PRESENT)
    read = await pair.read_composite([lifetime, manufacturer])
    read.request.expect(name="read-composite", paths=unordered(lifetime, manufacturer))
    read.expect_values({lifetime: register.lifetime, manufacturer: alone.answer.value})
    read.answer.expect(resources=unordered(lifetime, manufacturer))


@testcase(
    "PAIR-CMP-02",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.9",
    applies="device & lwm2m >= 1.1 & write_composite & ixit.writable_integer & ixit.writable_string",
    partner="server & verb_read & verb_write_composite",
)
async def test_user_writes_several_values_at_once(pair: Pair) -> None:
    """Two values that the user writes at once arrive in one request, and are read back."""
    await pair.registered()
    integer, string = (str(pair.device.writable(kind)) for kind in ("integer", "string"))
    values: dict[str, int | str] = {integer: INTEGER, string: STRING}
    written = await pair.write_composite(values)
    written.request.expect(name="write-composite", values=values)
    written.expect(CHANGED)
    for name, (path, value) in zip(("read-integer", "read-string"), values.items(), strict=True):
        (await pair.read(path, name=name)).expect_value(value)


@testcase(
    "PAIR-CMP-03",
    verifies=["HLF-017", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.4.4",
    applies=OBSERVED,
    partner=f"{OBSERVING} & event_notify",
)
async def test_user_learns_a_change_of_several_paths(pair: Pair) -> None:
    """A change of one of two Resources that are observed together is told with its value."""
    await pair.registered()
    paths = observed_paths(pair)
    observed = await pair.observe_composite(paths)
    observed.request.expect(name="observe-composite", paths=unordered(*map(str, paths)))
    observed.expect(CONTENT, observe=PRESENT)
    after = pair.wire.last
    await pair.device.asked("set", path=str(paths[0]), value=CHANGED_TO)
    notification, seen = await notified(pair, observed, after)
    changed = {str(paths[0]): CHANGED_TO}
    notification.expect(values=covering(changed))
    await acknowledged(pair, seen)
    await told_values(pair, notification, changed)


@testcase(
    "PAIR-CMP-04",
    verifies=["HLF-018", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.4.5",
    applies=OBSERVED,
    partner=f"{OBSERVING} & verb_cancel",
)
async def test_server_cancels_a_composite_observation(pair: Pair) -> None:
    """A composite observation that the server cancels by the same request with Observe 1 ends."""
    await pair.registered()
    paths = observed_paths(pair)
    observed = await pair.observe_composite(paths)
    observed.expect(CONTENT, observe=PRESENT)
    cancelled = await pair.cancel_composite()
    first = observed.request
    cancelled.request.expect(name="cancel-composite", token=first.token, paths=unordered(*first.paths))
    cancelled.expect(CONTENT, observe=None, clause="RFC 7641 §4.1")
    after = pair.wire.last
    await pair.device.asked("set", path=str(paths[0]), value=CHANGED_TO)
    await not_notified(pair, observed, after)
