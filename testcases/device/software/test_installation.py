"""Software of object 9 installed, activated, deactivated and removed again."""

from conformance.matching import one_of
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.software import (
    DELIVERED,
    DEVICE_ERROR,
    INITIAL,
    INSTALLATION_FAILED,
    INSTALLATION_SUCCEEDED,
    INSTALLED,
    NOTHING,
    ON_THE_WAY,
    VERIFIED,
    Software,
)
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

CLAUSE = "LwM2M SwMgmt 1.0 §5.1"
PACKAGE = "device & software & discover & ixit.software_instance & ixit.software_package"
ARGUMENTS = {"none": "", "remove": "0", "for_update": "1"}


@testcase("SWM-INSTALL-01", verifies=["HLF-003", "HLF-004"], clause=CLAUSE, applies=PACKAGE, wait=5.0)
async def test_delivered_software_is_installed(device: Device) -> None:
    """Install of a delivered package leads to Update State 4, Result 2."""
    software = Software(device)
    await software.delivered(software.package("software_package"))
    (await software.execute(4)).expect(code=CHANGED)
    await software.wait_while((DELIVERED,))
    await software.expect(INSTALLED, INSTALLATION_SUCCEEDED)


@testcase("SWM-INSTALL-02", verifies=["HLF-004"], clause=CLAUSE, applies=PACKAGE)
async def test_nothing_is_installed_before_it_is_delivered(device: Device) -> None:
    """Install in state Initial is answered 4.05, and the state stays."""
    software = Software(device)
    await software.initial()
    await software.expect_refused(4)
    (await software.read(7)).expect(name="state", code=CONTENT, value=INITIAL)


@testcase(
    "SWM-INSTALL-03",
    verifies=["HLF-004"],
    clause=CLAUSE,
    applies="device & software & discover & ixit.software_instance & ixit.software_failing",
    wait=5.0,
)
async def test_installation_that_fails_is_told(device: Device) -> None:
    """An installation that fails leaves Update State 3 with Result 58, and nothing to activate."""
    software = Software(device)
    await software.delivered(software.package("software_failing"))
    (await software.execute(4)).expect(code=CHANGED)
    await software.wait_while((DELIVERED,), (NOTHING, VERIFIED))
    await software.expect(DELIVERED, one_of(INSTALLATION_FAILED, DEVICE_ERROR))
    await software.expect_refused(10, Level.SHOULD)
    await software.expect_active(False)


@testcase("SWM-INSTALL-04", verifies=["HLF-003", "HLF-004"], clause=CLAUSE, applies=PACKAGE, wait=5.0)
@vary(argument=list(ARGUMENTS))
async def test_installed_software_is_removed(device: Device, argument: str) -> None:
    """Uninstall, for good or for an update, leads to Update State 0 and Result 0."""
    software = Software(device)
    await software.installed(software.package("software_package"))
    (await software.execute(6, ARGUMENTS[argument])).expect(code=CHANGED)
    await software.wait_while((INSTALLED,), (INSTALLATION_SUCCEEDED,))
    await software.expect(INITIAL, NOTHING)
    await software.expect_refused(4)


@testcase("SWM-INSTALL-05", verifies=["HLF-004"], clause=CLAUSE, applies=PACKAGE, wait=5.0)
async def test_delivered_software_is_given_up(device: Device) -> None:
    """Uninstall of what was delivered only leads to Update State 0, and nothing is left to install."""
    software = Software(device)
    await software.delivered(software.package("software_package"))
    (await software.execute(6)).expect(code=CHANGED)
    await software.wait_while((DELIVERED,), (VERIFIED,))
    await software.expect(INITIAL, NOTHING)
    await software.expect_refused(4)


@testcase("SWM-INSTALL-06", verifies=["HLF-003"], clause=CLAUSE, applies=PACKAGE, wait=5.0)
async def test_installed_software_is_activated(device: Device) -> None:
    """Activate and Deactivate of what is installed set Activation State, and leave Update State 4."""
    software = Software(device)
    await software.installed(software.package("software_package"))
    for turn, active in (("on", True), ("off", False), ("on-again", True)):
        answer = await software.execute(10 if active else 11)
        answer.expect(name=turn, code=CHANGED)
        await software.expect_active(active, name=f"{turn}-activation")
    (await software.read(7)).expect(name="state", code=CONTENT, value=INSTALLED)


@testcase("SWM-INSTALL-07", verifies=["HLF-004"], clause=CLAUSE, applies=PACKAGE, wait=5.0)
@vary(state=["initial", "delivered"])
async def test_nothing_is_activated_before_it_is_installed(device: Device, state: str) -> None:
    """Activate of what is not installed is answered 4.05, and Activation State stays false."""
    software = Software(device)
    if state == "initial":
        await software.initial()
    else:
        await software.delivered(software.package("software_package"))
    await software.expect_refused(10, Level.SHOULD)
    await software.expect_active(False)


@testcase("SWM-INSTALL-08", verifies=["HLF-004"], clause=CLAUSE, applies=PACKAGE, wait=10.0)
async def test_removed_software_is_no_longer_active(device: Device) -> None:
    """Uninstall of active software ends its activation, and the same software can be installed again."""
    software = Software(device)
    await software.installed(software.package("software_package"))
    (await software.execute(10)).require(code=CHANGED)
    (await software.execute(6)).expect(code=CHANGED)
    await software.wait_while((INSTALLED,), (INSTALLATION_SUCCEEDED,))
    await software.expect_active(False)
    (await software.deliver(software.package("software_package"))).expect(name="deliver", code=CHANGED)
    await software.wait_while(ON_THE_WAY)
    (await software.execute(4)).expect(name="install", code=CHANGED)
    await software.wait_while((DELIVERED,))
    await software.expect(INSTALLED, INSTALLATION_SUCCEEDED)
