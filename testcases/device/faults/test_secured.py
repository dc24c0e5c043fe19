"""Operations over DTLS while the network loses, copies, delays and changes protected records."""

from conformance.faults.troubles import Trouble
from conformance.messages import Path, Update
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device, variable
from conformance.roles.disturbed_device import DisturbedDevice
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

APPLIES = "device & ixit.writable_integer"
CLAUSE = "RFC 6347 §4.1.2.6, §4.1.2.7; RFC 7252 §4.2"


@testcase(
    "FLT-SEC-01",
    verifies=["SEC-003", "HLF-036", "HLF-037"],
    clause=CLAUSE,
    applies=f"{APPLIES} & lifetime_readable",
    security=("psk",),
    network=True,
)
@vary(fault=list(Trouble))
async def test_operations_survive_under_dtls(device: Device, fault: Trouble) -> None:
    """A Read and a Write whose protected records are in trouble are done and told, and nothing that was
    changed on the way is taken."""
    await device.registered()
    disturbed, path = DisturbedDevice(device, fault), Path(*device.writable("integer"))
    answer = await disturbed.answered("Read", lambda: device.read(device.server_object / 1))
    if disturbed.is_done(answer, CONTENT):
        answer.expect(value=device.lifetime)
    await disturbed.settled()
    written = await disturbed.answered("Write", lambda: device.write(path, 43))
    await disturbed.settled()
    if disturbed.is_done(written, CHANGED):
        (await device.read(path)).expect(name="read-back", code=CONTENT, value=43)


@testcase(
    "FLT-SEC-02",
    verifies=["SEC-003", "HLF-019", "HLF-036", "HLF-037"],
    clause=CLAUSE,
    applies="device",
    security=("psk",),
    network=True,
)
@vary(fault=list(Trouble))
async def test_update_survives_under_dtls(device: Device, fault: Trouble) -> None:
    """An Update whose protected records are in trouble is repeated as it was, and arrives once."""
    location = (await device.registered()).location
    await device.control()
    update = await DisturbedDevice(device, fault).asked(Update, lambda: device.trigger("update"))
    update.expect(location=location)


@testcase(
    "FLT-SEC-03",
    verifies=["SEC-003", "HLF-028", "HLF-036", "HLF-037"],
    clause=CLAUSE,
    applies="device & ixit.observable",
    security=("psk",),
    network=True,
)
@vary(fault=list(Trouble))
async def test_notification_survives_under_dtls(device: Device, fault: Trouble) -> None:
    """A confirmable notification whose records are in trouble is repeated, and the next one follows."""
    await device.registered()
    changing = await variable(device, 20)
    if not changing.by_adapter:
        raise NotApplicable("only a Write can change the number, and its records would be in the way")
    observation = await device.observe(changing.path)
    observation.first.require(code=CONTENT)
    await changing.becomes(25)
    first = await observation.next(name="before")
    if not first.confirmable:
        raise NotApplicable("the SUT notifies in non-confirmable messages")
    await DisturbedDevice(device, fault).told(observation, changing, 30)
    await changing.becomes(35)
    (await observation.next(name="next")).expect(name="next", value=35, newer=True)
