"""Observe-Composite and its cancellation (LwM2M Core 1.1.1 §6.4.4, §6.4.5)."""

from conformance.formats import ContentFormat
from conformance.matching import ABSENT, PRESENT, between, matches
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device, Observation
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

COMPOSITE = "LwM2M Core 1.1.1 §6.4.4"
APPLIES = "device & lwm2m >= 1.1 & observe_composite & ixit.writable_integer & ixit.writable_string"


async def observed(device: Device, accept: int = ContentFormat.SENML_CBOR) -> tuple[Path, Path, Observation]:
    """A number and a text with known values, and one observation of both."""
    await device.registered()
    number, text = device.writable("integer"), device.writable("string")
    (await device.write(number, 20)).require(code=CHANGED)
    (await device.write(text, "first")).require(code=CHANGED)
    return number, text, await device.observe_composite([number, text], accept)


@testcase("REP-COMP-01", verifies=["HLF-035", "HLF-028"], clause=COMPOSITE, applies=APPLIES)
@vary(format=[ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
async def test_several_resources_are_observed_at_once(device: Device, format: ContentFormat) -> None:
    """Observe-Composite is answered with all values, in the format asked for, and an Observe option."""
    device.need_format(format)
    number, text, observation = await observed(device, format)
    observation.first.expect(code=CONTENT, observe=PRESENT, format=format)
    observation.first.expect(values={str(number): 20, str(text): "first"})


@testcase("REP-COMP-02", verifies=["HLF-035", "HLF-028"], clause=COMPOSITE, ets="int-304", applies=APPLIES)
async def test_change_of_one_tells_all(device: Device) -> None:
    """A change of one of the Resources is told together with the values of the others."""
    number, text, observation = await observed(device)
    observation.first.require(code=CONTENT, observe=PRESENT)
    (await device.write(text, "second")).require(code=CHANGED)
    told = await observation.next()
    told.expect(code=CONTENT, observe=PRESENT, values={str(number): 20, str(text): "second"})


@testcase(
    "REP-COMP-03",
    verifies=["HLF-035", "HLF-028"],
    clause="LwM2M Core 1.1.1 §6.4.5",
    ets="int-305",
    applies=APPLIES,
)
async def test_composite_observation_is_cancelled(device: Device) -> None:
    """The same list of paths with Observe 1 ends the observation."""
    number, _, observation = await observed(device)
    observation.first.require(code=CONTENT, observe=PRESENT)
    answer = await device.cancel(observation)
    answer.expect(code=CONTENT, observe=ABSENT)
    (await device.write(number, 30)).require(code=CHANGED)
    await observation.none()


@testcase(
    "REP-COMP-04",
    verifies=["HLF-018", "HLF-035"],
    clause="LwM2M Core 1.1.1 §5.1.2, §6.4.4",
    ets="int-304",
    applies=APPLIES,
    fresh=True,
)
async def test_default_minimum_period_holds_for_all(device: Device) -> None:
    """Notifications of a composite observation should be as far apart as the Default Minimum Period says."""
    await device.registered()
    (await device.write(device.server_object / 2, 1)).require(code=CHANGED)
    number, text, observation = await observed(device)
    observation.first.require(code=CONTENT, observe=PRESENT)
    limit = 1 + device.ixit.reaction_time
    (await device.write(number, 30)).require(code=CHANGED)
    (await observation.next(limit, name="first-change")).expect(name="first-change", code=CONTENT)
    (await device.write(number, 40)).require(code=CHANGED)
    told = await observation.next(limit, name="second-change")
    period = between(1 - device.ixit.timing_tolerance, limit)
    told.expect(name="second-change", seconds=period, level=Level.SHOULD)
    told.expect(name="second-change", values={str(number): 40, str(text): "first"})


@testcase("REP-COMP-05", verifies=["HLF-035", "HLF-028"], clause="RFC 7641 §4.1", applies=APPLIES)
async def test_second_composite_observation(device: Device) -> None:
    """A second Observe-Composite of other paths is served beside the first one, or refused."""
    number, text, first = await observed(device)
    first.first.require(code=CONTENT, observe=PRESENT)
    second = await device.observe_composite([text])
    second.first.note(f"a second composite observation is answered {second.first.code}", ambiguity="Q07")
    second.first.expect(code=matches(r"2\.05|4\.\d\d"))
    (await device.write(text, "second")).require(code=CHANGED)
    told = await first.next(name="first")
    told.expect(name="first", code=CONTENT, values={str(number): 20, str(text): "second"})
    if second.first.code == CONTENT and second.first.observe is not None:
        told = await second.next(name="second")
        told.expect(name="second", code=CONTENT, values={str(text): "second"})
