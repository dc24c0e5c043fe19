"""Firmware fetched by the device from the tester over CoAP, as its Package URI says (Core 1.1.1 §E.6)."""

from conformance.matching import differs
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.firmware import (
    COAP,
    DOWNLOADED,
    IDLE,
    IN_PROGRESS,
    ON_THE_WAY,
    PACKAGE_URI,
    SUCCESS,
    Firmware,
)
from conformance.roles.package_server import PackageServer
from conformance.testcase import testcase
from conformance.verdicts import Subject

CLAUSE = "LwM2M Core 1.1.1 §E.6"
PULL = "device & firmware_pull & ixit.firmware_package"
NAME = "package"


async def fetch(device: Device) -> tuple[Firmware, PackageServer, str]:
    """Make the device fetch the package of the profile from the tester.

    Raises:
        NotApplicable: the device does not fetch over CoAP.
    """
    await device.registered()
    firmware = Firmware(device)
    await firmware.need_protocol(COAP, "CoAP")
    server = PackageServer(device.server, {NAME: firmware.package("firmware_package")})
    uri = server.uri(NAME)
    answer = await firmware.name(uri)
    answer.expect(code=CHANGED)
    return firmware, server, uri


@testcase("FW-PULL-01", verifies=["HLF-003"], clause=CLAUSE, ets="int-771", applies=PULL)
async def test_package_is_fetched(device: Device) -> None:
    """A device fetches the package that a Package URI names: State 2, Result 0."""
    firmware, server, _ = await fetch(device)
    await firmware.expect_after(ON_THE_WAY, DOWNLOADED, 0)
    device.context.record.judge(
        "package.asked", differs(0), server.asked.get(NAME, 0), subject=Subject("requests"), what="requests"
    )


@testcase("FW-PULL-02", verifies=["HLF-003", "HLF-004"], clause=CLAUSE, ets="int-771", applies=PULL, wait=5.0)
async def test_fetched_package_is_installed(device: Device) -> None:
    """The Update of a fetched package is carried out and ends with State 0, Result 1."""
    firmware, _, _ = await fetch(device)
    await firmware.expect_after(ON_THE_WAY, DOWNLOADED, 0, name="downloaded")
    answer = await firmware.update()
    answer.expect(code=CHANGED)
    await firmware.expect_after(IN_PROGRESS, IDLE, SUCCESS)


@testcase("FW-PULL-03", verifies=["HLF-003"], clause=CLAUSE, ets="int-756", applies=PULL)
async def test_fetched_package_is_given_up(device: Device) -> None:
    """An empty Package URI in state Downloaded leads to State 0, Result 0."""
    firmware, _, _ = await fetch(device)
    await firmware.expect_after(ON_THE_WAY, DOWNLOADED, 0, name="downloaded")
    answer = await firmware.name("")
    answer.expect(name="reset", code=CHANGED)
    await firmware.expect(IDLE, 0)


@testcase("FW-PULL-04", verifies=["HLF-003", "HLF-034"], clause=CLAUSE, applies=PULL)
async def test_package_uri_is_read_back(device: Device) -> None:
    """Package URI /5/0/1 reads back as it was written."""
    firmware, _, uri = await fetch(device)
    answer = await device.read(PACKAGE_URI)
    answer.expect(code=CONTENT, value=uri)
    await firmware.expect_after(ON_THE_WAY, DOWNLOADED, 0)
