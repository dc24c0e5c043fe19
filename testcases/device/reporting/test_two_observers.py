"""Two servers that observe one value: attributes, notifications, cancellation (LwM2M Core 1.1.1 §6.4)."""

from conformance.matching import PRESENT, between, containing
from conformance.messages import Deregister, Register
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Account, Device, Observation, variable
from conformance.roles.observation import Variable
from conformance.roles.several_servers import provisioned, shared_number
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

APPLIES = (
    "device & bootstrap & multiple_servers & observe & write_attributes"
    " & (ixit.observable | ixit.writable_integer)"
)
CANCELLING = "device & bootstrap & multiple_servers & observe & (ixit.observable | ixit.writable_integer)"
ATTRIBUTES = "LwM2M Core 1.1.1 §5.1.1, §5.1.2"
PERIOD = 2


async def observed_by_both(
    device: Device, *, token: bytes | None = None, default: int | None = None, **attributes: float
) -> tuple[Variable, Observation, Observation]:
    """A number with the value 20 that both servers observe, the second one with these attributes, or with
    this Default Minimum Period in seconds."""
    await provisioned(device, *shared_number(device))
    changing, second = await variable(device, 20), device.account(2)
    if default and (await second.write(second.server_object / 2, default)).code != CHANGED:
        raise NotApplicable("the SUT does not take a Default Minimum Period")
    if attributes and (await second.write_attributes(changing.path, **attributes)).code != CHANGED:
        raise NotApplicable(f"the SUT does not take {attributes}")
    observations = [await account.observe(changing.path, token=token) for account in device.accounts]
    for observation in observations:
        observation.first.require(code=CONTENT, observe=PRESENT)
    return changing, observations[0], observations[1]


@testcase("SRV-OBS-01", verifies=["HLF-028"], clause="LwM2M Core 1.1.1 §6.4.1", applies=CANCELLING, servers=2)
async def test_each_observer_is_told(device: Device) -> None:
    """A change of a value that two servers observe is told to either of them."""
    changing, first, second = await observed_by_both(device)
    await changing.becomes(25)
    for number, observation in enumerate((first, second), 1):
        told = await observation.next(name=f"notification-{number}")
        told.expect(name=f"notification-{number}", value=25)


@testcase("SRV-OBS-02", verifies=["HLF-021", "HLF-029"], clause=ATTRIBUTES, applies=APPLIES, servers=2)
async def test_threshold_holds_for_its_server(device: Device) -> None:
    """A threshold that one server set keeps a change from that server, and not from the other."""
    changing, first, second = await observed_by_both(device, gt=50)
    await changing.becomes(30)
    (await first.next()).expect(value=30)
    await second.none(name="below")
    await changing.becomes(70)
    (await second.next(name="above")).expect(name="above", value=70)
    (await first.next(name="first")).expect(name="first", value=70)


@testcase(
    "SRV-OBS-03",
    verifies=["HLF-016", "HLF-018"],
    clause=ATTRIBUTES,
    applies=APPLIES,
    servers=2,
    wait=2 * PERIOD,
)
async def test_maximum_period_holds_for_its_server(device: Device) -> None:
    """A maximum period that one server set brings notifications of what has not changed to that one only."""
    _, first, second = await observed_by_both(device, pmax=PERIOD)
    limit = PERIOD + device.ixit.timing_tolerance + device.ixit.reaction_time
    (await second.next(within=limit)).expect(value=20)
    await first.none(name="first")


@testcase("SRV-OBS-04", verifies=["HLF-018"], clause=ATTRIBUTES, applies=APPLIES, servers=2, wait=PERIOD)
async def test_minimum_period_holds_for_its_server(device: Device) -> None:
    """A minimum period that one server set holds a change back from it, while the other is told at once."""
    changing, first, second = await observed_by_both(device, pmin=PERIOD)
    tolerance = device.ixit.timing_tolerance
    await changing.becomes(30)
    prompt = await first.next(name="first")
    prompt.expect(name="first", value=30)
    prompt.expect(name="first", seconds=between(0, PERIOD - tolerance), level=Level.SHOULD)
    told = await second.next(within=PERIOD + tolerance + device.ixit.reaction_time)
    told.expect(value=30, seconds=between(PERIOD - tolerance, PERIOD + tolerance + device.ixit.reaction_time))


@testcase(
    "SRV-OBS-05",
    verifies=["HLF-028"],
    clause="LwM2M Core 1.1.1 §6.4.3, RFC 7641 §3.6, §4.1",
    applies=CANCELLING,
    servers=2,
)
@vary(who=[1, 2])
@vary(means=["reset", "observe_1"])
async def test_cancel_is_of_one_server(device: Device, who: int, means: str) -> None:
    """The server that cancels is told nothing more, the other one goes on: also with one token for both."""
    changing, *both = await observed_by_both(device, token=b"\x5a\xc1")
    cancelled, kept = both[who - 1], both[2 - who]
    await ended(device.account(who), changing, cancelled, means)
    if means == "reset":
        (await kept.next(name="meanwhile")).expect(name="meanwhile", value=25)
    await changing.becomes(40)
    (await kept.next(name="kept")).expect(name="kept", value=40)
    await cancelled.none(name="cancelled")


async def ended(account: Account, changing: Variable, observation: Observation, means: str) -> None:
    """Cancel one observation, and see that the device has heard of it."""
    if means == "observe_1":
        (await account.cancel(observation)).require(code=CONTENT)
        return
    observation.reset_next()
    await changing.becomes(25)
    (await observation.next(name="reset")).require(confirmable=True)
    await account.control()


@testcase(
    "SRV-OBS-06",
    verifies=["HLF-028", "HLF-008"],
    clause="LwM2M Core 1.1.1 §6.2.3, §6.4.1",
    applies=f"{CANCELLING} & disable & disable_timeout",
    servers=2,
    wait=PERIOD,
)
async def test_observations_go_with_their_registration(device: Device) -> None:
    """A server that disables the device ends its own observations at most, the other server keeps its own."""
    changing, kept, lost = await observed_by_both(device)
    disabling = device.account(2)
    (await disabling.write(disabling.server_object / 5, PERIOD)).require(code=CHANGED)
    await disabling.server.next((Register,), 0.01)
    (await disabling.execute(disabling.server_object / 4)).require(code=CHANGED)
    await disabling.next(Deregister)
    await changing.becomes(30)
    (await kept.next(name="meanwhile")).expect(name="meanwhile", value=30)
    await disabling.next(Register, within=PERIOD + device.ixit.timing_tolerance + device.ixit.reaction_time)
    await changing.becomes(40)
    (await kept.next(name="afterwards")).expect(name="afterwards", value=40)
    found = await lost.any_more(device.ixit.quiet_time)
    if found is not None:
        found.note("an observation outlives the registration in which it was made", ambiguity="Q21")
    await device.control()


@testcase(
    "SRV-OBS-07",
    verifies=["HLF-029"],
    clause="LwM2M Core 1.1.1 §5.1.1, §6.3.2",
    applies=f"{APPLIES} & discover",
    servers=2,
)
async def test_discover_shows_own_attributes(device: Device) -> None:
    """Discover shows a server the attributes that it set, and none that the other one set."""
    await provisioned(device, *shared_number(device))
    path, second = (await variable(device, 20)).path, device.account(2)
    (await device.write_attributes(path, pmax=600)).require(code=CHANGED)
    (await second.write_attributes(path, pmin=7)).require(code=CHANGED)
    for number, expected in ((1, {"pmax": "600"}), (2, {"pmin": "7"})):
        listed = await device.account(number).discover(path)
        listed.expect(name=f"discover-{number}", code=CONTENT, targets=containing(str(path)))
        shown = {
            name: text for name, text in listed.attributes(str(path)).items() if name in ("pmin", "pmax")
        }
        device.context.record.judge(f"discover-{number}.attributes", expected, shown)


@testcase("SRV-OBS-08", verifies=["HLF-018"], clause=ATTRIBUTES, applies=CANCELLING, servers=2, wait=PERIOD)
async def test_default_period_is_that_of_the_account(device: Device) -> None:
    """The Default Minimum Period of a Server Instance should hold changes back from its server only."""
    changing, first, second = await observed_by_both(device, default=PERIOD)
    tolerance = device.ixit.timing_tolerance
    await changing.becomes(30)
    prompt = await first.next(name="first")
    prompt.expect(name="first", value=30)
    prompt.expect(name="first", seconds=between(0, PERIOD - tolerance), level=Level.SHOULD)
    told = await second.next(within=PERIOD + tolerance + device.ixit.reaction_time)
    told.expect(value=30)
    whole = between(PERIOD - tolerance, PERIOD + tolerance + device.ixit.reaction_time)
    told.expect(seconds=whole, level=Level.SHOULD)
