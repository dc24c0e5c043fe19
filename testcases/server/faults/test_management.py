"""What a user asks of a device while the network loses, copies, delays and spoils messages."""

from conformance.faults.troubles import Trouble
from conformance.formats import ContentFormat
from conformance.messages import Create, Delete, Execute, Path, Read, Write
from conformance.messages.codes import CHANGED, CONTENT, CREATED, DELETED
from conformance.roles.disturbed_server import DisturbedServer
from conformance.roles.server import Server
from conformance.testcase import NOSEC, testcase, vary

CLAUSE = "RFC 7252 §4.2, §4.3, §4.5"
SECURITY = (NOSEC, "psk")
ZONE, REBOOT, PACKAGE = "/3/0/14", "/3/0/4", "/5/0/0"
SZX, AMID = 2, 1
"""The device answers in blocks of 64 octets; the second block of a transfer is in trouble."""
PACKAGE_LENGTH = 2500
"""Octets: more than two blocks of the largest size."""
TEXT = "".join(f"block {number} of a text, 32 octets.." for number in range(8))


@testcase(
    "SFLT-DM-01",
    verifies=["HLF-012", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.3.1",
    applies="server & verb_read",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_read_survives(server: Server, fault: Trouble) -> None:
    """A Read in trouble is asked for in one message, repeated if need be, and gives the value."""
    device, disturbed = await server.registered(), DisturbedServer(server, fault)
    device.set(ZONE, "+04:30")
    result = await disturbed.asking(Read, server.read(device, ZONE), path=ZONE)
    result.expect(outcome="response", code=CONTENT, value="+04:30", level=disturbed.repetition)


@testcase(
    "SFLT-DM-02",
    verifies=["HLF-010", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.3.3",
    applies="server & verb_write",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_write_survives(server: Server, fault: Trouble) -> None:
    """A Write in trouble is one message, repeated if need be, and told as done once it is."""
    device, disturbed = await server.registered(), DisturbedServer(server, fault)
    result = await disturbed.asking(Write, server.write(device, ZONE, "+04:30"), path=ZONE)
    result.expect(outcome="response", code=CHANGED, level=disturbed.repetition)
    if result.success:
        device.expect_holds(ZONE, "+04:30")


@testcase(
    "SFLT-DM-03",
    verifies=["HLF-012", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.3.5",
    applies="server & verb_execute",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_execute_survives(server: Server, fault: Trouble) -> None:
    """An Execute in trouble is one message, repeated if need be: the device executes once."""
    device, disturbed = await server.registered(), DisturbedServer(server, fault)
    result = await disturbed.asking(Execute, server.execute(device, REBOOT), path=REBOOT)
    result.expect(outcome="response", code=CHANGED, level=disturbed.repetition)


@testcase(
    "SFLT-DM-04",
    verifies=["HLF-012", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.3.6",
    applies="server & verb_create",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_create_survives(server: Server, fault: Trouble) -> None:
    """A Create in trouble is one message, repeated if need be: the device has one Instance more."""
    device, disturbed = await server.registered(), DisturbedServer(server, fault)
    call = server.create(device, 3311, {5850: False, 5851: 40}, instance=7)
    result = await disturbed.asking(Create, call)
    result.expect(outcome="response", code=CREATED, level=disturbed.repetition)
    if result.success:
        device.expect_holds("/3311/7/5851", 40)


@testcase(
    "SFLT-DM-05",
    verifies=["HLF-012", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.3.7",
    applies="server & verb_delete",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_delete_survives(server: Server, fault: Trouble) -> None:
    """A Delete in trouble is one message, repeated if need be, and told as done once it is."""
    device, disturbed = await server.device(), DisturbedServer(server, fault)
    device.objects.add(Path(3303, 7), {5700: 21.5})
    await device.registered()
    result = await disturbed.asking(Delete, server.delete(device, "/3303/7"), path="/3303/7")
    result.expect(outcome="response", code=DELETED, level=disturbed.repetition)
    if result.success:
        device.expect_holds("/3303/7/5700", None)


@testcase(
    "SFLT-BLK-01",
    verifies=["HLF-012", "HLF-034", "HLF-036"],
    clause=f"{CLAUSE}; RFC 7959 §2.4",
    applies="server & verb_read & blockwise & takes_text",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_read_in_blocks_survives(server: Server, fault: Trouble) -> None:
    """A Read in blocks, one of them in trouble, gives the whole value."""
    device, disturbed = await server.registered(), DisturbedServer(server, fault, amid=True)
    device.endpoint.serve_in_blocks_of(SZX)
    device.set("/3/0/0", TEXT)
    call = server.read(device, "/3/0/0", ContentFormat.TEXT)
    result = await disturbed.asking(Read, call, block=AMID)
    result.expect(outcome="response", code=CONTENT, value=TEXT, level=disturbed.repetition)


@testcase(
    "SFLT-FW-01",
    verifies=["HLF-003", "HLF-034", "HLF-036"],
    clause=f"{CLAUSE}; RFC 7959 §2.5; LwM2M Core 1.1.1 §E.6",
    applies="server & verb_write & blockwise",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_push_survives(server: Server, fault: Trouble) -> None:
    """A package that is pushed with one block in trouble arrives whole, and is told as done once it has."""
    device, disturbed = await server.device(), DisturbedServer(server, fault, amid=True)
    device.objects.add(Path(5, 0), {1: "", 3: 0, 5: 0, 9: 1})
    await device.registered()
    package = server.context.chance.randbytes(PACKAGE_LENGTH)
    call = server.write(device, PACKAGE, package, format=ContentFormat.OPAQUE)
    result = await disturbed.asking(Write, call, block=AMID)
    result.expect(outcome="response", code=CHANGED, level=disturbed.repetition)
    if result.success:
        device.expect_holds(PACKAGE, package)
