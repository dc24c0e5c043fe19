"""Firmware fetched by the device from the tester over HTTP, for a device that lists it (Core 1.1.1 §E.6)."""

from conformance.matching import differs, one_of
from conformance.messages.codes import CHANGED
from conformance.roles import Device
from conformance.roles.firmware import (
    CONNECTION_LOST,
    CORRUPT,
    DOWNLOADED,
    HTTP,
    IDLE,
    INVALID_URI,
    ON_THE_WAY,
    UPDATE_FAILED,
    Firmware,
)
from conformance.roles.http_package_server import closed_port, http_package_server
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable, Subject

CLAUSE = "LwM2M Core 1.1.1 §E.6"
PULL = "device & firmware_pull & ixit.firmware_package"
AWAY = f"{PULL} & ixit.firmware_silence"
"""How often and how long a device tries again is its own choice."""


async def over_http(device: Device) -> tuple[Firmware, bytes]:
    """The firmware side of a registered device that fetches over HTTP, and the package for it.

    Raises:
        NotApplicable: it does not list HTTP.
    """
    await device.registered()
    firmware = Firmware(device)
    await firmware.need_protocol(HTTP, "HTTP")
    return firmware, firmware.package("firmware_package")


@testcase("FW-HTTP-01", verifies=["HLF-003"], clause=CLAUSE, ets="int-771", applies=PULL)
async def test_package_is_fetched_over_http(device: Device) -> None:
    """A device that lists HTTP fetches the package that an http URI names: State 2, Result 0."""
    firmware, package = await over_http(device)
    async with http_package_server(device.context.record, device.endpoint.local[0], package) as server:
        (await firmware.name(server.uri())).expect(code=CHANGED)
        await firmware.expect_after(ON_THE_WAY, DOWNLOADED, 0)
        device.context.record.judge(
            "package.asked", differs(0), server.asked, subject=Subject("requests"), what="requests"
        )


@testcase("FW-HTTP-02", verifies=["HLF-003", "HLF-004"], clause=CLAUSE, ets="int-771", applies=PULL, wait=5.0)
async def test_package_from_http_is_installed(device: Device) -> None:
    """The Update of a package that came over HTTP is carried out and ends with State 0, Result 1."""
    firmware, package = await over_http(device)
    async with http_package_server(device.context.record, device.endpoint.local[0], package) as server:
        (await firmware.name(server.uri())).expect(code=CHANGED)
        await firmware.expect_after(ON_THE_WAY, DOWNLOADED, 0)
    await firmware.expect_update()


@testcase("FW-HTTP-03", verifies=["HLF-003", "HLF-004"], clause=CLAUSE, ets="int-778", applies=PULL)
async def test_http_404_is_told(device: Device) -> None:
    """A package that the HTTP server does not have leads to State 0, Result 7, and nothing to install."""
    firmware, package = await over_http(device)
    async with http_package_server(device.context.record, device.endpoint.local[0], package) as server:
        (await firmware.name(server.uri("no-package"))).expect(code=CHANGED)
        await firmware.expect_after(
            ON_THE_WAY, IDLE, INVALID_URI, tolerated=one_of(CONNECTION_LOST, UPDATE_FAILED)
        )
    await firmware.expect_nothing_to_install()


@testcase("FW-HTTP-04", verifies=["HLF-004", "MBMS-SW-2"], clause=CLAUSE, applies=AWAY, wait=5.0)
@vary(fault=["connection_cut", "length_too_large", "length_too_small"])
async def test_part_of_a_package_over_http_is_none(device: Device, fault: str) -> None:
    """An HTTP body that is cut, or shorter than the package, leads to State 0 and Result 4 or 5."""
    if fault == "length_too_small" and device.ixit.firmware_corrupt is None:
        raise NotApplicable("no ixit.firmware_corrupt says that the SUT checks the integrity of a package")
    firmware, package = await over_http(device)
    version = await firmware.version()
    declared = {"length_too_large": len(package) + 7, "length_too_small": len(package) - 7}.get(fault)
    sent = {"connection_cut": len(package) // 2, "length_too_small": len(package) - 7}.get(fault)
    host = device.endpoint.local[0]
    async with http_package_server(
        device.context.record, host, package, declared=declared, sent=sent
    ) as server:
        (await firmware.name(server.uri())).expect(code=CHANGED)
        await firmware.lost_within(device.ixit.firmware_silence)
        if fault == "length_too_small":
            await firmware.expect_found_out(one_of(CORRUPT, CONNECTION_LOST), version=version)
            return
        await firmware.expect(IDLE, CONNECTION_LOST, tolerated=CORRUPT)
    await firmware.expect_nothing_to_install()


@testcase("FW-HTTP-05", verifies=["HLF-004"], clause=CLAUSE, applies=AWAY, wait=5.0)
async def test_http_server_that_is_away_is_told(device: Device) -> None:
    """A port at which no HTTP server listens leads to State 0, Result 4, and a later push still arrives."""
    firmware, _ = await over_http(device)
    host = device.endpoint.local[0]
    with closed_port(host) as port:
        (await firmware.name(f"http://{host}:{port}/package")).expect(code=CHANGED)
        await firmware.lost_within(device.ixit.firmware_silence)
    await firmware.expect(IDLE, CONNECTION_LOST, tolerated=INVALID_URI)
    if device.context.ics["firmware_push"]:
        await firmware.expect_arrives()
