"""Register, Update and De-register while the network loses, copies, delays and spoils messages."""

from conformance.faults.troubles import Trouble
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CREATED, DELETED
from conformance.messages.content import Values
from conformance.roles.disturbed_server import DisturbedServer
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import NOSEC, testcase, vary
from conformance.verdicts import NotApplicable

CLAUSE = "RFC 7252 §4.2, §4.3, §4.5"
SECURITY = (NOSEC, "psk")
MANY_OBJECTS = range(12)
"""Instances of Object 3303, so that a Register takes several blocks of 64 octets."""
SZX, AMID = 2, 1


@testcase(
    "SFLT-REG-01",
    verifies=["HLF-019", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.2.1",
    applies="server & event_registered",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_register_survives(server: Server, fault: Trouble) -> None:
    """A Register in trouble is answered 2.01 in the end, is told to the user once, and is in use."""
    device, disturbed = await server.device(), DisturbedServer(server, fault)
    answer = await disturbed.told("Register", device.register)
    answer.expect(code=CREATED, level=disturbed.answering)
    await server.event("registered", device.name)
    await server.no_event("registered", device.name, check="second", level=disturbed.copied)
    if answer.code == CREATED:
        (await device.update(lifetime=4711)).expect(name="update", code=CHANGED, level=disturbed.copied)
    (await device.register()).expect(name="again", code=CREATED)


@testcase(
    "SFLT-REG-02",
    verifies=["HLF-019", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.2.2",
    applies="server & event_updated",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_update_survives(server: Server, fault: Trouble) -> None:
    """An Update in trouble is answered 2.04 in the end, and told to the user once; so is the next one."""
    device, disturbed = await server.registered(), DisturbedServer(server, fault)
    answer = await disturbed.told("Update", lambda: device.update(lifetime=1234))
    answer.expect(code=CHANGED, level=disturbed.answering)
    (await server.event("updated", device.name)).shows(lifetime=1234)
    await server.no_event("updated", device.name, check="second", level=disturbed.copied)
    (await device.update(lifetime=4711)).expect(name="later", code=CHANGED)
    (await server.event("updated", device.name, check="later-event")).shows(name="later-event", lifetime=4711)


@testcase(
    "SFLT-REG-03",
    verifies=["HLF-019", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.2.3",
    applies="server & event_deregistered",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_deregister_survives(server: Server, fault: Trouble) -> None:
    """A De-register in trouble ends the registration, and is answered 2.02, also when it is repeated.

    A server that does not keep its answers has no registration any more when the De-register comes again:
    4.04 is what it can say then.
    """
    device, disturbed = await server.registered(), DisturbedServer(server, fault)
    answer = await disturbed.told("Deregister", device.deregister)
    answer.expect(outcome="response", level=disturbed.answering)
    answer.expect(name="removal", code=DELETED, level=disturbed.copied)
    await server.event("deregistered", device.name)
    gone = await device.update()
    gone.expect(name="update", code="4.04")
    (await device.register()).expect(name="again", code=CREATED)


@testcase(
    "SFLT-BLK-03",
    verifies=["HLF-019", "HLF-034", "HLF-036"],
    clause=f"{CLAUSE}; RFC 7959 §2.5",
    applies="server & blockwise & verb_read",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_register_in_blocks_survives(server: Server, fault: Trouble) -> None:
    """A Register in blocks, one of them in trouble, is answered 2.01 in the end, and is in use.

    A server that takes the first block for the whole never meets the trouble; other cases judge that.
    """
    device, disturbed = await with_many_objects(server), DisturbedServer(server, fault, amid=True)
    answer = await disturbed.told("Register", lambda: device.register(szx=SZX), block=AMID)
    if answer.code == CREATED and not server.network.fired:
        raise NotApplicable("the SUT takes the first block of a Register for the whole")
    answer.expect(code=CREATED, level=disturbed.copied)
    if answer.code != CREATED:
        (await device.register(szx=SZX)).expect(name="again", code=CREATED)
    await server.knows(device)
    result = await server.read(device, "/3303/11/5700")
    result.expect(outcome="response", code="2.05", value=11.5)


async def with_many_objects(server: Server) -> TesterDevice:
    """A device with so many Object Instances that their links fill several blocks."""
    device = await server.device()
    for instance in MANY_OBJECTS:
        values: dict[int, Values] = {5700: instance + 0.5}
        device.objects.add(Path(3303, instance), values)
    return device
