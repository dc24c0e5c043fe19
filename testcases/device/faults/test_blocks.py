"""Block-wise transfers with one block in trouble: nothing is missing, nothing is there twice (RFC 7959)."""

from conformance.faults.troubles import Trouble
from conformance.messages import Path, Read
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.disturbed_device import DisturbedDevice
from conformance.roles.firmware import DOWNLOADED, ON_THE_WAY, PACKAGE, Firmware
from conformance.testcase import NOSEC, testcase, vary
from conformance.verdicts import NotApplicable

CLAUSE = "RFC 7252 §4.2, §4.3, §4.5; RFC 7959"
SECURITY = (NOSEC, "psk")
SZX, SIZE, AMID = 1, 32, 1
"""Blocks of 32 octets, of which the second is in trouble."""
TEXT = "".join(f"block {number}, 32 octets of some text." for number in range(4))


@testcase(
    "FLT-BLK-01",
    verifies=["HLF-010", "HLF-034", "HLF-036"],
    clause=f"{CLAUSE} §2.5",
    applies="device & blockwise & ixit.writable_string",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_write_in_blocks_survives(device: Device, fault: Trouble) -> None:
    """A Write in blocks, one of them in trouble, is told as done, and the value is whole."""
    await device.registered()
    path, disturbed = device.writable("string"), DisturbedDevice(device, fault, amid=True)
    written = await disturbed.answered("Write", lambda: device.write(path, TEXT, szx=SZX), block=AMID)
    if disturbed.is_done(written, CHANGED):
        await disturbed.settled()
        (await device.read(path)).expect(name="read-back", code=CONTENT, value=TEXT)


@testcase(
    "FLT-BLK-02",
    verifies=["HLF-009", "HLF-034", "HLF-036"],
    clause=f"{CLAUSE} §2.4",
    applies="device & blockwise & ixit.writable_string",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_read_in_blocks_survives(device: Device, fault: Trouble) -> None:
    """A Read in blocks, one of them in trouble, gives the whole value."""
    await device.registered()
    path, disturbed = device.writable("string"), DisturbedDevice(device, fault, amid=True)
    (await device.write(path, TEXT)).require(code=CHANGED)
    asked = Read(Path(*path))
    answer = await disturbed.answered("Read", lambda: device.perform(asked, szx=SZX), block=AMID)
    if disturbed.is_done(answer, CONTENT):
        answer.expect(value=TEXT)


@testcase(
    "FLT-FW-01",
    verifies=["HLF-003", "HLF-034", "HLF-036"],
    clause=f"{CLAUSE} §2.5; LwM2M Core 1.1.1 §E.6",
    applies="device & firmware_push & blockwise & ixit.firmware_package",
    security=SECURITY,
    network=True,
    wait=5.0,
)
@vary(fault=list(Trouble))
async def test_push_survives(device: Device, fault: Trouble) -> None:
    """A package that is pushed with one block in trouble arrives: State 2, Result 0."""
    await device.registered()
    firmware, disturbed = Firmware(device), DisturbedDevice(device, fault, amid=True)
    package = firmware.package("firmware_package")
    if len(package) <= SIZE:
        raise NotApplicable(f"{len(package)} B in ixit.firmware_package are too few to be cut")
    about = {"block": AMID, "path": str(PACKAGE)}
    pushed = await disturbed.answered("Write", lambda: firmware.push(package, SZX), **about)
    if disturbed.is_done(pushed, CHANGED):
        await disturbed.settled()
        await firmware.expect_after(ON_THE_WAY, DOWNLOADED, 0)
