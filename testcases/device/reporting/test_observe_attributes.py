"""Notification attributes in the Observe request itself, which LwM2M 1.2 added (LwM2M Core 1.2 §6.4.1)."""

from conformance.matching import ABSENT, PRESENT, between, code_class
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT
from conformance.roles import Device, variable
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

OBSERVATION_ATTRIBUTES = "LwM2M Core 1.2 §6.4.1"
PERIODS = ["HLF-016", "HLF-018", "HLF-028"]
VERSION = "device & lwm2m >= 1.2 & observe & (ixit.observable | ixit.writable_integer)"
APPLIES = f"{VERSION} & attributes_in_observe"
FAR = 20


@testcase("REP-OBA-01", verifies=PERIODS, clause=OBSERVATION_ATTRIBUTES, applies=APPLIES, fresh=True, wait=1)
async def test_observation_has_a_minimum_period_of_its_own(device: Device) -> None:
    """A pmin in the Observe request holds for this observation."""
    await device.registered()
    changing = await variable(device, 20)
    observation = await device.observe(changing.path, attributes={"pmin": 1})
    observation.first.expect(code=CONTENT, observe=PRESENT, value=20)
    limit = 1 + device.ixit.reaction_time
    for value in (30, 40):
        await changing.becomes(value)
        told = await observation.next(limit, name=f"changed-{value}")
        told.expect(name=f"changed-{value}", code=CONTENT, value=value)
    told.expect(name="second", seconds=between(1 - device.ixit.timing_tolerance, limit))


@testcase(
    "REP-OBA-02",
    verifies=PERIODS,
    clause=OBSERVATION_ATTRIBUTES,
    applies=f"{APPLIES} & write_attributes",
    fresh=True,
)
async def test_own_attributes_displace_the_written_ones(device: Device) -> None:
    """Attributes that were written are ignored for an observation that has some of its own."""
    await device.registered()
    changing = await variable(device, 20)
    (await device.write_attributes(changing.path, pmin=FAR, gt=1000)).require(code=CHANGED)
    observation = await device.observe(changing.path, attributes={"pmin": 0})
    observation.first.expect(code=CONTENT, observe=PRESENT)
    for value in (30, 40):
        await changing.becomes(value)
        told = await observation.next(name=f"changed-{value}")
        told.expect(name=f"changed-{value}", code=CONTENT, value=value)


@testcase(
    "REP-OBA-03",
    verifies=PERIODS,
    clause=OBSERVATION_ATTRIBUTES,
    applies=f"{APPLIES} & write_attributes & discover",
    fresh=True,
)
async def test_own_attributes_are_not_attached(device: Device) -> None:
    """Attributes of an observation are not those of its path: Discover does not show them."""
    await device.registered()
    changing = await variable(device, 20)
    observation = await device.observe(changing.path, attributes={"pmin": 3, "pmax": 33})
    observation.first.require(code=CONTENT, observe=PRESENT)
    answer = await device.discover(changing.path)
    answer.require(code=CONTENT)
    held = answer.attributes(str(changing.path))
    shown = [name for name, value in (("pmin", "3"), ("pmax", "33")) if held.get(name) == value]
    device.context.record.judge("discover.attributes", [], shown, what="shown by Discover:")


@testcase("REP-OBA-04", verifies=PERIODS, clause=OBSERVATION_ATTRIBUTES, applies=APPLIES, fresh=True)
@vary(query=["pmin=-1", "pmin=later", "unknown=1"])
async def test_invalid_own_attributes_are_refused(device: Device, query: str) -> None:
    """An Observe with an impossible attribute is refused, one with an unknown one should be."""
    await device.registered()
    changing = await variable(device, 20)
    name, _, value = query.partition("=")
    observation = await device.observe(changing.path, attributes={name: value})
    level = Level.SHOULD if name == "unknown" else Level.MUST
    observation.first.expect(code=BAD_REQUEST, tolerated={"code": code_class(4)}, level=level)
    if observation.first.code != CONTENT:
        observation.first.expect(observe=ABSENT)
        await changing.becomes(30)
        await observation.none()


@testcase("REP-OBA-05", verifies=PERIODS, clause=OBSERVATION_ATTRIBUTES, applies=VERSION)
async def test_own_attributes_are_not_passed_over(device: Device) -> None:
    """An Observe with attributes is taken with them, or, by a device that has no such attributes, refused."""
    await device.registered()
    changing = await variable(device, 20)
    observation = await device.observe(changing.path, attributes={"pmin": FAR})
    if device.context.ics["attributes_in_observe"]:
        observation.first.expect(code=CONTENT, observe=PRESENT)
        await changing.becomes(30)
        await observation.none(name="held-back")
    else:
        observation.first.expect(code=code_class(4), tolerated={"code": code_class(5)})
        observation.first.expect(observe=ABSENT)
