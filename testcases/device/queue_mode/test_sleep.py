"""What outlives the sleep of a device in queue mode (LwM2M Transport 1.1.1 §6.5)."""

from conformance.matching import PRESENT
from conformance.messages import Path, Register, Update
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.preamble import known
from conformance.testcase import testcase
from conformance.verdicts import Level, NotApplicable, Subject

CLAUSE = "LwM2M Transport 1.1.1 §6.5"
QUEUE = ("queue",)


async def sleep_and_wake(device: Device) -> bool:
    """Let the device sleep and wake; whether it came back with its registration, and not with a new one."""
    await device.asleep()
    while await device.server.next((Register, Update), 0):
        pass
    await device.trigger("update")
    back = await device.back()
    kept = back is not None and isinstance(back.message, Update)
    device.context.record.judge(
        "registration.kept",
        True,
        kept,
        subject=Subject("operation", back.frame if back else None),
        level=Level.SHOULD,
        what="the registration before the sleep is updated:",
    )
    return kept


@testcase(
    "QUE-SLP-01",
    verifies=["GISFI-4.2", "HLF-010"],
    clause=CLAUSE,
    applies="device & queue_mode & ixit.writable_integer",
    launch_options=QUEUE,
    wait=2.0,
)
async def test_written_values_outlive_sleep(device: Device) -> None:
    """A value that was written before the device slept is read afterwards."""
    path = await known(device)
    (await device.write(path, 43)).require(code=CHANGED)
    kept = await sleep_and_wake(device)
    level = Level.MUST if kept else Level.SHOULD
    (await device.read(path)).expect(code=CONTENT, value=43, level=level)


@testcase(
    "QUE-SLP-02",
    verifies=["GISFI-4.2", "HLF-029"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.3.4",
    applies="device & queue_mode & write_attributes & discover",
    launch_options=QUEUE,
    wait=2.0,
)
async def test_attributes_outlive_sleep(device: Device) -> None:
    """Attributes that were written before the device slept are shown afterwards."""
    await device.registered()
    (await device.write_attributes("/3/0", pmin=7)).require(code=CHANGED)
    kept = await sleep_and_wake(device)
    found = await device.discover("/3/0")
    found.require(code=CONTENT)
    device.context.record.judge(
        "discover.pmin",
        "7",
        found.attributes("/3/0").get("pmin"),
        subject=Subject("discover.attributes", found.frame),
        what="pmin of /3/0 is",
        level=Level.MUST if kept else Level.SHOULD,
    )


@testcase(
    "QUE-SLP-03",
    verifies=["GISFI-4.2", "HLF-017"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.4.1",
    applies="device & queue_mode & observe & ixit.observable",
    launch_options=QUEUE,
    wait=2.0,
)
async def test_observation_outlives_sleep(device: Device) -> None:
    """An observation goes on after the device slept, as long as its registration does."""
    await device.registered()
    path = Path.of(device.ixit.observable)
    await device.trigger("set", path=str(path), value=20)
    observation = await device.observe(path)
    observation.first.require(code=CONTENT, observe=PRESENT)
    if not await sleep_and_wake(device):
        raise NotApplicable("the SUT comes back with a new registration, which ends its observations")
    await device.trigger("set", path=str(path), value=30)
    (await observation.next()).expect(code=CONTENT, value=30)
