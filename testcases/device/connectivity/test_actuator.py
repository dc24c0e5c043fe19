"""What hangs on the device, switched on and off by the server (On/Off, 5850 of the registry)."""

from conformance.matching import PRESENT
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.testcase import testcase, vary

CLAUSE = "LwM2M Core 1.1.1 §6.3.3"


@testcase("ACT-01", verifies=["HLF-009", "HLF-034"], clause=CLAUSE, applies="device & ixit.switchable")
@vary(first=["on", "off"])
async def test_actuator_is_switched_and_back(device: Device, first: str) -> None:
    """An actuator that is switched on and off, in either order, tells its new state each time."""
    await device.registered()
    path, state = Path.of(device.ixit.switchable), first == "on"
    for turn in ("first", "then"):
        (await device.write(path, state)).expect(name=turn, code=CHANGED)
        (await device.read(path)).expect(name=f"{turn}-state", code=CONTENT, value=state)
        state = not state


@testcase(
    "ACT-02",
    verifies=["HLF-009", "HLF-028"],
    clause="LwM2M Core 1.1.1 §6.4.2",
    applies="device & ixit.switchable & observe",
)
async def test_switching_is_reported(device: Device) -> None:
    """A server that observes an actuator is told when it is switched."""
    await device.registered()
    path = Path.of(device.ixit.switchable)
    (await device.write(path, False)).require(code=CHANGED)
    observation = await device.observe(path)
    observation.first.require(code=CONTENT, observe=PRESENT, value=False)
    (await device.write(path, True)).expect(name="on", code=CHANGED)
    (await observation.next()).expect(code=CONTENT, value=True)
    (await device.write(path, False)).expect(name="off", code=CHANGED)
