"""What a user learns of the connectivity of a device, and sets (LwM2M Core 1.1.1 §E.5, §E.2).

A server should know Objects 4 and 5, and may know Objects 10 and 11.
"""

import time

from conformance.formats import ContentFormat, ObjectLink
from conformance.matching import between, covering
from conformance.messages import Path, Write
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.content import Values
from conformance.messages.management import Payload
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.roles.user_side import RESPONSE
from conformance.testcase import testcase
from conformance.verdicts import Level, NotApplicable
from testcases.server.management.test_write import need_not_write

CLAUSE = "LwM2M Core 1.1.1 §E.5"
TLV = "server & verb_read & takes_tlv"
JSON = "server & verb_read & takes_senml_json & lwm2m >= 1.1"
MONITORING, SIGNAL = Path(4, 0), "/4/0/2"
CELL = {8: 0x0FFF_FFFD, 9: 1, 10: 262}
"""Cell id of 28 bits, network and country code."""
CONNECTED: dict[int, Values] = {
    0: 6,
    1: {0: 6, 1: 21},
    2: -92,
    4: {0: "192.0.2.7", 1: "2001:db8::7"},
    5: {0: "192.0.2.1"},
    **CELL,
}
LOG: dict[int, Values] = {
    0: "uplink",
    4: 3,
    9: {0: 1_700_000_000, 1: 1_700_003_600},
    10: {0: 0, 1: 1},
}
"""An APN profile with the times and results of two connections."""


async def connected(server: Server) -> TesterDevice:
    """A registered device with a cellular connection, which answers in TLV."""
    device = await server.device()
    device.objects.add(MONITORING, CONNECTED)
    device.right.preferred = ContentFormat.TLV
    await device.registered()
    return device


@testcase("SDM-CON-01", verifies=["HLF-023", "HLF-039"], clause=CLAUSE, applies=TLV)
async def test_state_of_the_connection_reaches_the_user(server: Server) -> None:
    """A Read of Object 4 gives the bearer in use, all bearers there are, and every address."""
    device = await connected(server)
    result = await server.read(device, MONITORING)
    told = {"0": 6, "1": {"0": 6, "1": 21}, "4": {"0": "192.0.2.7", "1": "2001:db8::7"}}
    result.expect(outcome="response", code=CONTENT, values=covering(told), level=Level.SHOULD)


@testcase("SDM-CON-02", verifies=["HLF-025"], clause=CLAUSE, applies=TLV)
async def test_cell_reaches_the_user(server: Server) -> None:
    """Cell id, network and country code of Object 4 are told digit by digit."""
    device = await connected(server)
    result = await server.read(device, MONITORING)
    cell = {str(resource): number for resource, number in CELL.items()}
    result.expect(outcome="response", code=CONTENT, values=covering(cell), level=Level.SHOULD)


@testcase(
    "SDM-CON-03",
    verifies=["HLF-022", "HLF-024", "HLF-039"],
    clause=CLAUSE,
    applies="server & verb_observe & event_notify & takes_tlv",
)
async def test_changes_of_the_connection_are_told(server: Server) -> None:
    """A new signal strength, cell and address of the observed Object 4 are told together."""
    device = await connected(server)
    (await server.observe(device, MONITORING)).require(outcome="response", code=CONTENT)
    for path, value in ((SIGNAL, -113), ("/4/0/8", 4711), ("/4/0/4", {0: "192.0.2.8"})):
        device.set(path, value)
    await device.notify(MONITORING)
    told = await server.event("notify", device.name)
    news = {"2": -113, "8": 4711, "4": {"0": "192.0.2.8"}}
    told.expect(values=covering(news), level=Level.SHOULD)


@testcase(
    "SDM-CON-04",
    verifies=["HLF-022", "HLF-024"],
    clause="RFC 8428 §4.5.3",
    applies="server & lwm2m >= 1.1 & event_send",
)
async def test_age_of_a_measurement_is_told(server: Server) -> None:
    """A signal strength that was measured a minute ago, by a device without a clock, is told as that old."""
    device = await connected(server)
    records = f'[{{"bn":"{SIGNAL}","t":-60,"v":-92}},{{"v":-87}}]'.encode()
    (await device.send(Payload(records, ContentFormat.SENML_JSON))).expect(code=CHANGED)
    told = await server.event("send", device.name)
    timed = told.given.get("records")
    if timed is None:
        told.note("the user is not told when the values were measured")
        return
    ages = {each["values"].get(SIGNAL): time.time() - each["time"] for each in timed if each["time"]}
    tolerance = server.ixit.reaction_time + server.ixit.timing_tolerance
    server.context.record.judge(
        "event-send.age", between(60 - tolerance, 60 + tolerance), ages.get(-92), what="age", source="live"
    )


@testcase("SDM-CON-05", verifies=["HLF-040"], clause="LwM2M Core 1.1.1 §6.3.1", applies=JSON)
async def test_log_of_connections_reaches_the_user(server: Server) -> None:
    """The times and results of earlier connections in an APN profile, Object 11, reach the user in order."""
    device = await server.device()
    device.objects.add(Path(11, 0), LOG)
    await device.registered()
    result = await server.read(device, "/11/0", ContentFormat.SENML_JSON)
    if result.outcome != RESPONSE:
        raise NotApplicable(f"the SUT does not know Object 11: {result.outcome}")
    log = {"9": {"0": 1_700_000_000, "1": 1_700_003_600}, "10": {"0": 0, "1": 1}}
    result.expect(code=CONTENT, values=covering(log))


@testcase(
    "SDM-CON-06",
    verifies=["HLF-026"],
    clause="LwM2M Core 1.1.1 §E.2, §C",
    applies="server & verb_write & lwm2m >= 1.1",
)
async def test_profile_for_a_server_is_chosen(server: Server) -> None:
    """The APN link /1/x/10 is written as the Object Link that the user gave, and names a profile."""
    device = await server.device()
    device.objects.add(Path(11, 3), LOG)
    device.set("/1/0/10", ObjectLink(11, 0))
    await device.registered()
    result = await server.write(device, "/1/0/10", ObjectLink(11, 3))
    (await device.next(Write, at="/1/0/10")).expect(method="0.03", path="/1/0/10")
    device.expect_holds("/1/0/10", ObjectLink(11, 3))
    result.expect(code=CHANGED)


@testcase("SDM-CON-07", verifies=["HLF-015"], clause="LwM2M Core 1.1.1 §6.3.3", applies="server & verb_write")
async def test_power_saving_is_set(server: Server) -> None:
    """The timers of power saving, Object 10, are set one by one: neither alters the other."""
    device = await server.device()
    device.objects.add(Path(10, 0), {4: 3600, 5: 20})
    await device.registered()
    for name, resource, seconds in (("extended", 4, 86_400), ("active", 5, 0)):
        path = f"/10/0/{resource}"
        result = await server.write(device, path, seconds)
        need_not_write(device, result, "Object 10")
        (await device.next(Write, name=name, at=path)).expect(name=name, path=path)
        result.expect(name=f"{name}-result", code=CHANGED)
    device.expect_holds("/10/0/4", 86_400, name="extended-timer")
    device.expect_holds("/10/0/5", 0, name="active-timer")
