"""The attributes edge, con and hqmax of LwM2M 1.2 (LwM2M Core 1.2 §5.1.2)."""

from conformance.matching import PRESENT, code_class
from conformance.messages import Path, Register, Update
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT
from conformance.roles import Device, Observation, variable
from conformance.roles.observation import Variable
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, NotApplicable, Subject

ATTRIBUTES = "LwM2M Core 1.2 §5.1.2"
VERSION = "device & lwm2m >= 1.2 & observe & write_attributes"
EDGE = f"{VERSION} & attributes_edge & ixit.writable_boolean"
CHANGING = "(ixit.observable | ixit.writable_integer)"
CON = f"{VERSION} & attributes_con & {CHANGING}"
HQMAX = f"{VERSION} & attributes_hqmax & ixit.observable"
STORING = 6
AWAY = 1


async def watched(device: Device, path: Path) -> Observation:
    observation = await device.observe(path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    return observation


@testcase("REP-EDGE-01", verifies=["HLF-021", "HLF-029"], clause=ATTRIBUTES, applies=EDGE, fresh=True)
@vary(edge=[0, 1])
async def test_edge_of_a_boolean_is_told(device: Device, edge: int) -> None:
    """With edge 1 a Boolean is told when it becomes true, with edge 0 when it becomes false, and not else."""
    await device.registered()
    path = device.writable("boolean")
    before, after = not edge, bool(edge)
    (await device.write(path, before)).require(code=CHANGED)
    (await device.write_attributes(path, edge=edge)).expect(code=CHANGED)
    observation = await watched(device, path)
    (await device.write(path, after)).require(code=CHANGED)
    told = await observation.next(name="edge")
    told.expect(name="edge", code=CONTENT, value=after)
    (await device.write(path, before)).require(code=CHANGED)
    await observation.none(name="back")
    (await device.write(path, after)).require(code=CHANGED)
    told = await observation.next(name="again")
    told.expect(name="again", code=CONTENT, value=after)


@testcase("REP-CON-01", verifies=["HLF-036", "HLF-016"], clause=ATTRIBUTES, applies=CON, fresh=True)
@vary(level=["object", "instance", "resource"])
async def test_notifications_are_confirmable_where_con_says_so(device: Device, level: str) -> None:
    """With con 1, set on the Resource or inherited, a notification is confirmable."""
    await device.registered()
    changing = await variable(device, 20)
    (await device.write_attributes(changing.at(level), con=1)).expect(code=CHANGED)
    await expect_confirmable(changing, await watched(device, changing.path))


async def expect_confirmable(changing: Variable, observation: Observation) -> None:
    """The change of the number is told in a confirmable message."""
    await changing.becomes(30)
    told = await observation.next()
    told.expect(code=CONTENT, confirmable=True)


@testcase("REP-CON-02", verifies=["HLF-016"], clause=ATTRIBUTES, applies=CON, fresh=True)
async def test_notifications_need_not_be_confirmable(device: Device) -> None:
    """With con 0 a change is told, and may be told in either kind of message (RFC 7641 §4.5)."""
    await device.registered()
    changing = await variable(device, 20)
    (await device.write_attributes(changing.path, con=0)).expect(code=CHANGED)
    observation = await watched(device, changing.path)
    await changing.becomes(30)
    told = await observation.next()
    told.expect(code=CONTENT, value=30)
    if told.confirmable:
        told.note("confirmable with con 0")


@testcase("REP-CON-03", verifies=["HLF-036", "HLF-016"], clause=ATTRIBUTES, applies=CON, fresh=True)
async def test_one_confirmable_part_makes_all_confirmable(device: Device) -> None:
    """With con 0 on an Instance and con 1 on a Resource in it, a notification of all is confirmable."""
    await device.registered()
    changing = await variable(device, 20)
    (await device.write_attributes(changing.at("instance"), con=0)).expect(name="instance", code=CHANGED)
    (await device.write_attributes(changing.path, con=1)).expect(name="resource", code=CHANGED)
    observation = await watched(device, changing.at("instance"))
    await expect_confirmable(changing, observation)


@testcase("REP-HQ-01", verifies=["HLF-017"], clause=ATTRIBUTES, applies=HQMAX, fresh=True, wait=AWAY)
async def test_latest_entries_of_the_queue_are_told(device: Device) -> None:
    """Of more changes while offline than hqmax the latest are told afterwards, the oldest were dropped."""
    told = await told_after(device, hqmax=2, values=(30, 40, 50))
    queue = [value for value in told if value in (40, 50)]
    device.context.record.judge("queue.kept", [40, 50], queue, subject=Subject("values"), what="told")
    device.context.record.judge("queue.dropped", False, 30 in told, subject=Subject("values"), what="30 told")


async def told_after(device: Device, *, hqmax: int, values: tuple[int, ...]) -> list[object]:
    """The values that come, each where it changes, after the device was offline while they changed."""
    await device.registered()
    path = Path.of(device.ixit.observable)
    await device.trigger("set", path=str(path), value=20)
    (await device.write_attributes(path, hqmax=hqmax)).expect(name="hqmax", code=CHANGED)
    written = await device.write(device.server_object / STORING, True)
    if written.code != CHANGED:
        raise NotApplicable(f"the SUT does not let /1/x/6 be written: {written.code}")
    observation = await watched(device, path)
    while await device.server.next((Update, Register), 0):
        pass
    await device.trigger("offline", seconds=AWAY)
    for value in values:
        await device.trigger("set", path=str(path), value=value)
    back = await device.server.next((Update, Register), AWAY + device.ixit.reaction_time)
    if back is None:
        raise Inconclusive("preamble: the SUT did not come back with an Update")
    if isinstance(back[0], Register):
        raise NotApplicable("the SUT comes back with a new registration, which ends its observations")
    found: list[object] = []
    while (told := await observation.next_or_none(device.ixit.reaction_time)) is not None:
        entries = sorted(told.entries, key=lambda entry: entry.time or 0)
        found += [entry.value for entry in entries if found[-1:] != [entry.value]]
    await device.control()
    return found


@testcase("REP-HQ-02", verifies=["HLF-017"], clause=ATTRIBUTES, applies=HQMAX, fresh=True, wait=AWAY)
async def test_empty_queue_keeps_nothing(device: Device) -> None:
    """With hqmax 0 what changes while the device is offline should not be told afterwards."""
    told = await told_after(device, hqmax=0, values=(30,))
    subject = Subject("values")
    device.context.record.judge("told", [], told, subject=subject, what="told", level=Level.SHOULD)


REFUSED = {
    "edge": ["2", "-1", "true"],
    "con": ["2", "-1", "true"],
    "hqmax": ["-1", "1.5", "many"],
}


@testcase(
    "REP-ATT-20",
    verifies=["HLF-016"],
    clause="LwM2M Core 1.2 §5.1.2; LwM2M Transport 1.2 §6.7",
    applies=VERSION,
)
@vary(attribute=list(REFUSED))
async def test_invalid_values_are_refused(device: Device, attribute: str) -> None:
    """Values that edge, con and hqmax cannot have are answered 4.00."""
    if not device.context.ics[f"attributes_{attribute}"]:
        raise NotApplicable(f"the SUT does not claim attributes_{attribute}")
    await device.registered()
    path = device.writable("boolean")
    for number, text in enumerate(REFUSED[attribute], 1):
        written = await device.write_attributes(path, **{attribute: text})
        written.expect(name=f"value-{number}", code=BAD_REQUEST, tolerated={"code": code_class(4)})


@testcase("REP-EDGE-02", verifies=["HLF-016"], clause="LwM2M Core 1.2 §5.1.1, §5.1.2", applies=EDGE)
@vary(target=["object", "instance", "integer"])
async def test_edge_is_for_booleans_only(device: Device, target: str) -> None:
    """An edge on an Object, on an Instance or on a number should be answered 4.00."""
    await device.registered()
    path = device.writable("boolean")
    paths = {"object": Path(path[0]), "instance": path.parent}
    written = await device.write_attributes(paths.get(target) or device.writable("integer"), edge=1)
    written.expect(outcome="response")
    written.expect(code=BAD_REQUEST, tolerated={"code": code_class(4)}, level=Level.SHOULD)
