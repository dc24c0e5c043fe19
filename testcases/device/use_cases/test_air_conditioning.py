"""Use case B.2, air conditioning: limits are set from afar; each system reports and is switched alone."""

import asyncio

from conformance.matching import PRESENT
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device, Observation, variable
from conformance.roles.observation import Variable
from conformance.testcase import testcase
from conformance.verdicts import NotApplicable

METERING = "device & observe & write_attributes & (ixit.observable | ixit.writable_integer)"
SYSTEMS = 2
COOL, WARM, HOT = 20, 27, 31
LOW_LIMIT, HIGH_LIMIT, COOL_LIMIT = 25, 30, 22
PERIOD = 1


async def metered(system: Device, **attributes: float) -> tuple[Variable, Observation]:
    """The system's temperature, cool now and observed under these attributes.

    Raises:
        NotApplicable: the system does not take the attributes.
        Inconclusive: it did not register, or does not report.
    """
    await system.registered()
    temperature = await variable(system, COOL)
    answer = await system.write_attributes(temperature.path, **attributes)
    if answer.code != CHANGED:
        raise NotApplicable(f"the SUT does not take {attributes}: {answer.code}")
    observation = await system.observe(temperature.path)
    observation.first.require(code=CONTENT, value=COOL, observe=PRESENT)
    return temperature, observation


@testcase(
    "UC-HVAC-01",
    verifies=["HLF-010", "HLF-017", "HLF-021", "HLF-029"],
    clause="LwM2M Core 1.1.1 §5.1.2, §6.4.2",
    applies=METERING,
    fresh=True,
    devices=SYSTEMS,
)
async def test_each_system_reports_by_its_own_threshold(devices: list[Device]) -> None:
    """Two systems with different limits get warm alike: the one reports at 25, the other only at 30."""
    mild, mild_reports = await metered(devices[0], gt=LOW_LIMIT)
    strict, strict_reports = await metered(devices[1], gt=HIGH_LIMIT)
    for temperature in (mild, strict):
        await temperature.becomes(WARM)
    (await mild_reports.next(name="warm")).expect(name="warm", value=WARM)
    await strict_reports.none(name="warm")
    for temperature in (mild, strict):
        await temperature.becomes(HOT)
    (await strict_reports.next(name="hot")).expect(name="hot", value=HOT)
    await mild_reports.none(name="hot")


@testcase(
    "UC-HVAC-02",
    verifies=["HLF-009", "HLF-017", "HLF-021", "HLF-034"],
    clause="LwM2M Core 1.1.1 §5.1.2, §6.3.3, §6.4.2",
    applies=f"{METERING} & ixit.writable_boolean",
    fresh=True,
    devices=SYSTEMS,
)
async def test_report_of_heat_leads_to_cooling(devices: list[Device]) -> None:
    """A system that reports heat is switched on, and off again when it reports cool; the other keeps off."""
    switch = devices[0].writable("boolean")
    temperature, reports = await metered(devices[0], gt=LOW_LIMIT, lt=COOL_LIMIT)
    for system in devices:
        await system.registered()
        (await system.write(switch, False)).require(code=CHANGED)
    for name, degrees, on in (("heat", HOT, True), ("cool", COOL, False)):
        await temperature.becomes(degrees)
        (await reports.next(name=name)).expect(name=name, value=degrees)
        (await devices[0].write(switch, on)).expect(name=f"switch-{name}", code=CHANGED)
        for number, system in enumerate(devices):
            running = await system.read(switch)
            running.expect(name=f"running-{name}", code=CONTENT, value=on and number == 0)


@testcase(
    "UC-HVAC-03",
    verifies=["HLF-016", "HLF-018", "HLF-027"],
    clause="LwM2M Core 1.1.1 §5.1.2, §6.4.2",
    applies=METERING,
    fresh=True,
    devices=SYSTEMS,
    wait=2.0 * PERIOD,
)
async def test_metering_data_come_at_the_period_that_was_set(devices: list[Device]) -> None:
    """Both systems meter at the same period, changed or not, and neither waits for the other."""

    async def meter(system: Device) -> None:
        _, reports = await metered(system, pmax=PERIOD)
        for name in ("first", "second"):
            told = await reports.next(PERIOD + system.ixit.reaction_time, name=name)
            told.expect(name=name, value=COOL)

    await asyncio.gather(*(meter(system) for system in devices))
