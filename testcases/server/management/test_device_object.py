"""What a user wants of the Device Object, which every server supports (LwM2M Core 1.1.1 §E, §E.4)."""

from collections.abc import Mapping

from conformance.formats import ContentFormat
from conformance.matching import covering
from conformance.messages import Execute, Path, Read
from conformance.messages.codes import CHANGED, CONTENT, CREATED
from conformance.messages.content import Values
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import testcase

CLAUSE = "LwM2M Core 1.1.1 §E.4"
READS = "server & verb_read"
TLV = f"{READS} & takes_tlv"
OBSERVES = "server & verb_observe & event_notify & takes_tlv"
DEVICE, FIRMWARE_VERSION = "/3/0", "/3/0/3"
ERRORS, RESET_ERRORS, FACTORY_RESET = "/3/0/11", "/3/0/12", "/3/0/5"
POWER: Mapping[int, Mapping[int, int]] = {6: {0: 1, 4: 5}, 7: {0: 3800, 4: 5000}, 8: {0: 125, 4: 900}}
"""Sources, voltages (mV) and currents (mA) of a battery and of USB, which is Resource Instance 4."""


async def speaking_tlv(server: Server, values: Mapping[int, Values] | None = None) -> TesterDevice:
    """A registered device with more values in its Device Object, which answers in TLV."""
    device = await server.device()
    device.objects.add(Path.of(DEVICE), values or {})
    device.right.preferred = ContentFormat.TLV
    await device.registered()
    device.forget()
    return device


@testcase("SDM-DEV-01", verifies=["HLF-002", "HLF-034"], clause=CLAUSE, applies=READS, versions="each")
async def test_firmware_version_reaches_the_user(server: Server) -> None:
    """The firmware version is a text: 1.10 is told as 1.10, and not as the number 1.1."""
    device = await server.device()
    device.set(FIRMWARE_VERSION, "1.10")
    await device.registered()
    device.forget()
    result = await server.read(device, FIRMWARE_VERSION)
    (await device.next(Read, at=FIRMWARE_VERSION)).expect(path=FIRMWARE_VERSION)
    result.expect(outcome="response", code=CONTENT, value="1.10")


@testcase("SDM-DEV-02", verifies=["HLF-005", "HLF-035"], clause=CLAUSE, applies=TLV)
async def test_power_sources_reach_the_user(server: Server) -> None:
    """Sources, voltages and currents of the power supply are told each under its Resource Instance."""
    device = await speaking_tlv(server, POWER)
    result = await server.read(device, DEVICE)
    power = {
        str(number): {str(each): value for each, value in told.items()} for number, told in POWER.items()
    }
    result.expect(outcome="response", code=CONTENT, values=covering({**power, "9": 87}))


@testcase("SDM-DEV-03", verifies=["HLF-027", "HLF-035"], clause=CLAUSE, applies=TLV, versions="each")
async def test_state_of_the_device_reaches_the_user(server: Server) -> None:
    """A Read of the Device Object gives texts, numbers, lists and the time in seconds, each as it stands."""
    device = await speaking_tlv(server, {10: 15_360, 21: 98_304})
    result = await server.read(device, DEVICE)
    told = {"1": "Tester device", "10": 15_360, "11": {"0": 0}, "13": 1_700_000_000, "21": 98_304}
    result.expect(outcome="response", code=CONTENT, values=covering(told))


@testcase("SDM-DEV-04", verifies=["HLF-030", "HLF-032"], clause=CLAUSE, applies="server & verb_execute")
async def test_device_is_reset_to_its_factory_state(server: Server) -> None:
    """A factory reset is an Execute; what the device then registers takes the place of what it had."""
    device = await server.registered(lifetime=4711)
    result = await server.execute(device, FACTORY_RESET)
    (await device.next(Execute, at=FACTORY_RESET)).expect(method="0.02", path=FACTORY_RESET, payload=b"")
    result.expect(outcome="response", code=CHANGED)
    await device.move()
    device.objects.remove(Path(3303))
    (await device.register(lifetime=900)).expect(code=CREATED)
    if not server.context.ics["verb_registrations"]:
        return
    kept = [each for each in await server.registrations() if each["endpoint"] == device.name]
    told = [(each.get("lifetime"), "/3303/0" in each.get("objects", ())) for each in kept]
    server.context.record.judge(
        "kept.registration", [(900, False)], told, what="lifetime, and whether /3303/0 is left", source="live"
    )


@testcase("SDM-DEV-05", verifies=["HLF-006", "HLF-032"], clause=CLAUSE, applies=f"{OBSERVES} & verb_execute")
async def test_faults_are_told_and_reset(server: Server) -> None:
    """Error codes that come and go are told as they are, and Execute of their reset reaches the device."""
    device = await speaking_tlv(server)
    (await server.observe(device, ERRORS)).require(outcome="response", code=CONTENT)
    await device.notify(ERRORS, {0: 1, 1: 7})
    await server.told(device, "faults", path=ERRORS, value={"0": 1, "1": 7})
    result = await server.execute(device, RESET_ERRORS)
    (await device.next(Execute, at=RESET_ERRORS)).expect(path=RESET_ERRORS)
    result.expect(outcome="response", code=CHANGED)
    await device.notify(ERRORS, {0: 0})
    await server.told(device, "reset", path=ERRORS, value={"0": 0})


@testcase("SDM-DEV-06", verifies=["HLF-028", "HLF-017"], clause=CLAUSE, applies=OBSERVES)
async def test_changes_of_state_are_told(server: Server) -> None:
    """Of the observed Device Object a changed number, and a list that grew, are told with the rest."""
    device = await speaking_tlv(server)
    (await server.observe(device, DEVICE)).require(outcome="response", code=CONTENT)
    device.set(ERRORS, {0: 2, 1: 3})
    device.set("/3/0/9", 11)
    await device.notify(DEVICE)
    await server.told(device, values=covering({"9": 11, "11": {"0": 2, "1": 3}, "2": "0001"}))
