"""Software delivered to object 9: what is there at first, pushed, fetched, or found to be corrupt."""

from conformance.matching import PRESENT, between, containing, matches, one_of
from conformance.messages.codes import CHANGED, CONTENT, METHOD_NOT_ALLOWED
from conformance.roles import Device
from conformance.roles.package_server import PackageServer
from conformance.roles.software import (
    CORRUPT,
    DELIVERED,
    DOWNLOADED,
    DOWNLOADING,
    INITIAL,
    INVALID_URI,
    NOTHING,
    ON_THE_WAY,
    VERIFIED,
    Software,
)
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

CLAUSE = "LwM2M SwMgmt 1.0 §5.1"
SOFTWARE = "device & software & ixit.software_instance"
PACKAGE = f"{SOFTWARE} & discover & ixit.software_package"
MANDATORY = (0, 1, 4, 6, 7, 9, 10, 11, 12)


@testcase("SWM-DELIVER-01", verifies=["HLF-003"], clause=CLAUSE, applies=f"{SOFTWARE} & discover")
async def test_mandatory_resources_are_listed(device: Device) -> None:
    """Object 9 lists its mandatory Resources: package, installation, activation, and their states."""
    await device.registered()
    instance = Software(device).instance
    answer = await device.discover(instance)
    answer.expect(code=CONTENT, targets=containing(*(str(instance / number) for number in MANDATORY)))


@testcase("SWM-DELIVER-02", verifies=["HLF-003"], clause=CLAUSE, applies=SOFTWARE, fresh=True)
async def test_state_is_one_of_those_defined(device: Device) -> None:
    """Update State is from 0 to 4, and only what is installed is activated."""
    await device.registered()
    software = Software(device)
    state = await software.read(7)
    state.expect(name="state", code=CONTENT, value=between(0, 4))
    active = await software.read(12)
    expected = one_of(True, False) if state.value == 4 else False
    active.expect(name="activation", code=CONTENT, value=expected)


@testcase("SWM-DELIVER-03", verifies=["HLF-003", "HLF-004"], clause=CLAUSE, applies=PACKAGE, wait=5.0)
async def test_pushed_software_is_delivered(device: Device) -> None:
    """A package that was pushed and verified leads to Update State 3, Result 3; it has name and version."""
    software = Software(device)
    await software.initial()
    (await software.deliver(software.package("software_package"))).expect(code=CHANGED)
    await software.wait_while(ON_THE_WAY)
    await software.expect(DELIVERED, VERIFIED)
    (await software.read(0)).expect(name="name", code=CONTENT, value=matches(r".{0,255}"))
    (await software.read(1)).expect(name="version", code=CONTENT, value=matches(r".{0,255}"))


@testcase(
    "SWM-DELIVER-04",
    verifies=["HLF-003", "HLF-004"],
    clause=CLAUSE,
    applies=f"{PACKAGE} & blockwise",
    wait=5.0,
)
async def test_software_is_fetched(device: Device) -> None:
    """A package that a coap URI names is fetched, and delivered when it was verified."""
    software = Software(device)
    await software.initial()
    await software.need_listed(3)
    server = PackageServer(device.server, {"package": software.package("software_package")})
    written = await device.write(software.instance / 3, server.uri("package"))
    await software.wait_while(ON_THE_WAY)
    if not server.asked and (await software.read(9)).value == INVALID_URI:
        raise NotApplicable("the SUT takes no coap URI, and Object 9 names no protocol that it has to take")
    written.expect(code=CHANGED)
    await software.expect(DELIVERED, VERIFIED)


@testcase(
    "SWM-DELIVER-05",
    verifies=["HLF-004"],
    clause=CLAUSE,
    applies=f"{SOFTWARE} & discover & ixit.software_corrupt",
    wait=5.0,
)
async def test_corrupt_software_is_found_out(device: Device) -> None:
    """A package whose integrity check fails leads to Result 53, is not delivered and cannot be installed."""
    software = Software(device)
    await software.initial()
    answer = await software.deliver(software.package("software_corrupt"))
    if answer.code != CHANGED:
        answer.note("the Write itself was refused")
    await software.wait_while(ON_THE_WAY)
    await software.expect(one_of(INITIAL, DOWNLOADED), CORRUPT)
    await software.expect_refused(4)


@testcase("SWM-DELIVER-06", verifies=["HLF-032"], clause=CLAUSE, applies=SOFTWARE)
@vary(resource=["state", "result", "activation"])
async def test_states_are_not_written(device: Device, resource: str) -> None:
    """Only the device itself sets Update State, Result and Activation State: a Write is answered 4.05."""
    await device.registered()
    software = Software(device)
    number = {"state": 7, "result": 9, "activation": 12}[resource]
    before = await software.read(number)
    before.require(code=CONTENT)
    answer = await device.write(software.instance / number, True if number == 12 else 1)
    answer.expect(code=METHOD_NOT_ALLOWED)
    (await software.read(number)).expect(code=CONTENT, value=before.value)


@testcase(
    "SWM-DELIVER-07",
    verifies=["HLF-004", "HLF-028"],
    clause=f"{CLAUSE}, LwM2M Core 1.1.1 §6.4.2",
    applies=f"{PACKAGE} & observe",
    wait=5.0,
)
async def test_delivery_is_told_to_an_observer(device: Device) -> None:
    """A server that observes Update Result is told that a package was delivered and verified."""
    software = Software(device)
    await software.initial()
    observation = await device.observe(software.instance / 9)
    observation.first.require(code=CONTENT, observe=PRESENT, value=NOTHING)
    (await software.deliver(software.package("software_package"))).require(code=CHANGED)
    told = await observation.next_but((NOTHING, DOWNLOADING), software.limit)
    told.expect(code=CONTENT, value=VERIFIED)
