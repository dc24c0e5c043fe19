"""Firmware fetched by the device over CoAP and DTLS, for a device that lists it (Core 1.1.1 §E.6)."""

from conformance.matching import differs
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.firmware import COAPS, DOWNLOADED, ON_THE_WAY, STATE, Firmware
from conformance.roles.secure_package_server import secure_package_server, unproven
from conformance.testcase import SECURITY, testcase
from conformance.verdicts import NotApplicable, Subject

OTHERWISE = "the SUT fetches nothing from a server that shows the credential of its own: no clause says which"


@testcase(
    "FW-COAPS-01",
    verifies=["HLF-003", "SEC-001", "SEC-003"],
    clause="LwM2M Core 1.1.1 §E.6, RFC 7252 §9.1.3",
    applies="device & firmware_pull & ixit.firmware_package",
    security=SECURITY,
)
async def test_a_package_comes_from_no_server_that_is_not_proven(device: Device) -> None:
    """A device that fetches over coaps from a server with the credential of its own fetches nothing from one
    with another credential."""
    await device.registered()
    firmware = Firmware(device)
    await firmware.need_protocol(COAPS, "CoAPS")
    package = firmware.package("firmware_package")
    async with secure_package_server(device, device.dtls.channel.configuration, package) as right:
        (await firmware.name(right.uri)).expect(code=CHANGED)
        await firmware.wait_while(ON_THE_WAY)
        arrived = await firmware.look(firmware.limit)
    if arrived != (DOWNLOADED, 0):
        raise NotApplicable(OTHERWISE)
    await firmware.give_up_what_is_there()
    async with secure_package_server(device, unproven(device), package) as impostor:
        (await firmware.name(impostor.uri)).expect(name="impostor", code=CHANGED)
        await firmware.wait_while(ON_THE_WAY)
        subject = Subject("requests")
        device.context.record.judge("impostor.asked", 0, impostor.asked, subject=subject, what="requests")
        told = await device.read(STATE)
        told.expect(name="impostor-state", code=CONTENT, value=differs(DOWNLOADED))
