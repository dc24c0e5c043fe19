"""Firmware that cannot be used: the Update Result says why, nothing is installed (Core 1.1.1 §E.6.1).

Result 3, out of RAM, cannot be provoked from outside other than by a package that is too large, and Result
11, deferred, needs a user of the device: no case demands them.
"""

from conformance.matching import one_of
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.firmware import (
    COAP,
    CONNECTION_LOST,
    CORRUPT,
    DOWNLOADED,
    IDLE,
    IN_PROGRESS,
    INVALID_URI,
    NO_MEMORY,
    NO_STORAGE,
    ON_THE_WAY,
    UNSUPPORTED_PROTOCOL,
    UPDATE_FAILED,
    WRONG_TYPE,
    Firmware,
)
from conformance.roles.package_server import PackageServer
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive

CLAUSE = "LwM2M Core 1.1.1 §E.6, §E.6.1"
CAUSES = one_of(NO_STORAGE, NO_MEMORY, CORRUPT, WRONG_TYPE)
"""Update Results that say more of an installation that failed than that it failed."""
REFUSED = {"firmware_corrupt": CORRUPT, "firmware_wrong_type": WRONG_TYPE}


async def push_in_vain(device: Device, package: bytes) -> Firmware:
    """Push a package that the device cannot use, and wait if the Write was taken; both answers are right."""
    await device.registered()
    firmware = Firmware(device)
    (await device.read("/5/0/3")).require(code=CONTENT, value=IDLE)
    answer = await firmware.push(package)
    if not answer.answered:
        raise Inconclusive("preamble: the Write of the package was not answered")
    if answer.code == CHANGED:
        await firmware.wait_while(ON_THE_WAY)
    else:
        answer.note("the Write itself was refused", ambiguity="Q31")
    return firmware


@testcase(
    "FW-FAIL-01",
    verifies=["HLF-004", "MBMS-SW-3"],
    clause=CLAUSE,
    ets="int-779",
    applies="device & firmware_push & ixit.firmware_failing",
    wait=5.0,
)
async def test_failed_update_is_told(device: Device) -> None:
    """An update that fails ends with Result 8 in state Downloaded or Idle, and the old version stays."""
    firmware = Firmware(device)
    await firmware.downloaded(firmware.package("firmware_failing"))
    before = await device.read("/3/0/3")
    answer = await firmware.update()
    answer.expect(code=CHANGED)
    await firmware.expect_after(IN_PROGRESS, one_of(IDLE, DOWNLOADED), UPDATE_FAILED, tolerated=CAUSES)
    if before.code == CONTENT:
        after = await device.read("/3/0/3")
        after.expect(name="version", code=CONTENT, value=before.value)


@testcase(
    "FW-FAIL-02",
    verifies=["HLF-004"],
    clause=CLAUSE,
    ets="int-776",
    applies="device & firmware_push & ixit.firmware_corrupt",
)
async def test_corrupt_package_is_found_out(device: Device) -> None:
    """A package whose integrity check fails leads to Result 5, at the latest when it would be installed."""
    await device.registered()
    version = await Firmware(device).version()
    firmware = await push_in_vain(device, Firmware(device).package("firmware_corrupt"))
    await firmware.expect_found_out(CORRUPT, version=version)


@testcase(
    "FW-FAIL-03",
    verifies=["HLF-004"],
    clause=CLAUSE,
    ets="int-777",
    applies="device & firmware_push & ixit.firmware_wrong_type",
)
async def test_package_of_another_type_is_found_out(device: Device) -> None:
    """A package of an unsuitable type leads to Result 6, at the latest when it would be installed."""
    await device.registered()
    version = await Firmware(device).version()
    firmware = await push_in_vain(device, Firmware(device).package("firmware_wrong_type"))
    await firmware.expect_found_out(WRONG_TYPE, version=version)


@testcase(
    "FW-FAIL-04",
    verifies=["HLF-004"],
    clause=CLAUSE,
    ets="int-773, int-774",
    applies="device & firmware_push & ixit.max_package & ixit.firmware_package",
    wait=5.0,
)
async def test_package_that_is_too_large_is_told(device: Device) -> None:
    """A package that is larger than the device can take leads to State 0 and Result 2 or 3."""
    package = Firmware(device).package("firmware_package")
    too_large = package + bytes((device.ixit.max_package or 0) + 1 - len(package))
    firmware = await push_in_vain(device, too_large)
    await firmware.expect(IDLE, one_of(NO_STORAGE, NO_MEMORY), tolerated=0)
    await firmware.expect_nothing_to_install()


@testcase("FW-FAIL-05", verifies=["HLF-004"], clause=CLAUSE, ets="int-778", applies="device & firmware_pull")
@vary(uri=["not a URI", "coap://"])
async def test_uri_that_is_none_is_told(device: Device, uri: str) -> None:
    """A Package URI that is no URI leads to State 0, Result 7."""
    await device.registered()
    firmware = Firmware(device)
    answer = await firmware.name(uri)
    if answer.code != CHANGED:
        answer.note("the Write itself was refused", ambiguity="Q31")
    await firmware.expect_after(ON_THE_WAY, IDLE, INVALID_URI, tolerated=UNSUPPORTED_PROTOCOL)


@testcase("FW-FAIL-06", verifies=["HLF-004"], clause=CLAUSE, ets="int-778", applies="device & firmware_pull")
async def test_uri_without_a_package_is_told(device: Device) -> None:
    """A Package URI that the server answers 4.04 leads to State 0, Result 7."""
    await device.registered()
    firmware, server = Firmware(device), PackageServer(device.server, {})
    await firmware.need_protocol(COAP, "CoAP")
    answer = await firmware.name(server.uri("no-package"))
    answer.expect(code=CHANGED)
    await firmware.expect_after(
        ON_THE_WAY, IDLE, INVALID_URI, tolerated=one_of(CONNECTION_LOST, UPDATE_FAILED)
    )


@testcase("FW-FAIL-07", verifies=["HLF-004"], clause=CLAUSE, applies="device & firmware_pull")
async def test_unknown_protocol_is_told(device: Device) -> None:
    """A Package URI of a protocol that the device does not speak leads to State 0, Result 9."""
    await device.registered()
    firmware = Firmware(device)
    answer = await firmware.name("gopher://127.0.0.1/package")
    if answer.code != CHANGED:
        answer.note("the Write itself was refused", ambiguity="Q31")
    await firmware.expect_after(ON_THE_WAY, IDLE, UNSUPPORTED_PROTOCOL, tolerated=INVALID_URI)


@testcase(
    "FW-FAIL-08",
    verifies=["HLF-004"],
    clause=CLAUSE,
    ets="int-776, int-777",
    applies="device & firmware_pull & ixit.firmware_corrupt & ixit.firmware_wrong_type",
)
@vary(package=list(REFUSED))
async def test_pulled_package_is_checked(device: Device, package: str) -> None:
    """A corrupt package, or one of a wrong type, is found out when it was fetched, too."""
    await device.registered()
    firmware = Firmware(device)
    await firmware.need_protocol(COAP, "CoAP")
    version = await firmware.version()
    server = PackageServer(device.server, {"package": firmware.package(package)})
    answer = await firmware.name(server.uri("package"))
    answer.expect(code=CHANGED)
    await firmware.wait_while(ON_THE_WAY)
    await firmware.expect_found_out(REFUSED[package], version=version)
