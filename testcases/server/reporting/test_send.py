"""Send: what a device reports without being asked (LwM2M Core 1.1.1 §6.4.6)."""

from conformance.formats import ContentFormat
from conformance.matching import code_class, covering, matches, one_of
from conformance.messages import Path
from conformance.messages.codes import BAD_REQUEST, CHANGED, DELETED, NOT_FOUND
from conformance.messages.content import Values
from conformance.messages.management import Payload
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

CLAUSE = "LwM2M Core 1.1.1 §6.4.6"
APPLIES = "server & lwm2m >= 1.1 & event_send"
SENSOR, BATTERY = "/3303/0/5700", "/3/0/9"
SENSOR_OBJECT = Path(3303)
THEN = 1_700_000_000
SENDER_UNKNOWN = one_of(BAD_REQUEST, NOT_FOUND)
BROKEN = {
    "cut_short": Payload(bytes.fromhex("81a200682f332f302f3902"), ContentFormat.SENML_CBOR),
    "wrong_type": Payload(b'[{"n":"/3/0/9","vs":"full"}]', ContentFormat.SENML_JSON),
    "no_path": Payload(b'[{"n":"battery","v":9}]', ContentFormat.SENML_JSON),
    "plain_text": Payload(b"88", ContentFormat.TEXT),
}


@testcase("SIR-SND-01", verifies=["HLF-017"], clause=CLAUSE, ets="int-311", applies=APPLIES)
@vary(format=[ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
async def test_send_reaches_the_user(server: Server, format: ContentFormat) -> None:
    """A Send is answered 2.04, and the user gets its values by path, whatever their type."""
    device = await server.registered()
    values: dict[str, Values] = {SENSOR: 24.25, BATTERY: 88, "/3442/0/110": "text", "/3442/0/140": False}
    (await device.send(values, format)).expect(code=CHANGED)
    told = await server.event("send", device.name)
    known = server.context.ics["knows_test_object"]
    told.expect(values=values if known else covering({SENSOR: 24.25, BATTERY: 88}))


@testcase("SIR-SND-02", verifies=["HLF-001", "HLF-017"], clause=CLAUSE, applies=APPLIES)
async def test_sender_is_told(server: Server) -> None:
    """The user learns which of two devices sent what."""
    one, other = await server.registered(), await server.registered()
    (await other.send({BATTERY: 22})).expect(name="other", code=CHANGED)
    (await one.send({BATTERY: 11})).expect(name="one", code=CHANGED)
    (await server.event("send", one.name, check="of-one")).expect(name="of-one", values={BATTERY: 11})
    (await server.event("send", other.name, check="of-other")).expect(name="of-other", values={BATTERY: 22})


@testcase("SIR-SND-03", verifies=["HLF-017"], clause="LwM2M Transport 1.1.1 §6.7", applies=APPLIES)
@vary(left=[False, True])
async def test_unregistered_sender_is_refused(server: Server, left: bool) -> None:
    """A Send of a device that never registered, or that left, is refused and not told (Q37: 4.00, 4.04)."""
    await server.control()
    device = await server.device()
    if left:
        await device.registered()
        (await device.send({BATTERY: 87})).require(code=CHANGED)
        await server.hears("send", device.name, server.ixit.reaction_time)
        (await device.deregister()).require(code=DELETED)
    refused = await device.send({BATTERY: 88})
    refused.expect(code=SENDER_UNKNOWN, tolerated={"code": code_class(4)})
    refused.note(f"the sender is told {refused.code}", ambiguity="Q37")
    await server.no_event("send", device.name)


@testcase("SIR-SND-04", verifies=["HLF-017"], clause=CLAUSE, applies=APPLIES)
async def test_object_that_was_not_registered_is_sent(server: Server) -> None:
    """A Send of an Object that was not registered is refused, by 4.04 first of all, or taken (Q42)."""
    device = await server.device()
    device.objects.remove(SENSOR_OBJECT)
    await device.registered()
    answer = await device.send({SENSOR: 24.25})
    answer.expect(code=NOT_FOUND, tolerated={"code": matches(r"4\.\d\d|2\.04")})
    answer.note(f"the Send is answered {answer.code}", ambiguity="Q42")
    (await device.send({BATTERY: 88})).expect(name="registered", code=CHANGED)


@testcase("SIR-SND-05", verifies=["HLF-017"], clause=CLAUSE, applies=APPLIES)
@vary(fault=list(BROKEN))
async def test_broken_send_is_refused(server: Server, fault: str) -> None:
    """A Send that breaks off, names no path or is no SenML is refused and not told; so should be one with a
    value of a wrong type."""
    device = await server.registered()
    (await device.send({BATTERY: 87})).expect(name="before", code=CHANGED)
    await server.event("send", device.name, check="before")
    refused = await device.send(BROKEN[fault])
    level = Level.SHOULD if fault == "wrong_type" else Level.MUST
    refused.expect(code=code_class(4), tolerated={"code": code_class(5)}, level=level)
    await server.no_event("send", device.name, level=level)
    (await device.send({BATTERY: 88})).expect(name="after", code=CHANGED)


@testcase("SIR-SND-06", verifies=["HLF-017"], clause="RFC 8428 §4.5.3", applies=APPLIES)
@vary(format=[ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
async def test_time_stamps_are_understood(server: Server, format: ContentFormat) -> None:
    """A Send with two values of one Resource at two times is answered 2.04, and both are told with them."""
    device = await server.registered()
    text = f'[{{"bn":"{BATTERY}","bt":{THEN},"v":87}},{{"t":60,"v":88}}]'
    packed = f"82a3216{len(BATTERY):x}{BATTERY.encode().hex()}221a{THEN:08x}021857a206183c021858"
    data = text.encode() if format is ContentFormat.SENML_JSON else bytes.fromhex(packed)
    (await device.send(Payload(data, format))).expect(code=CHANGED)
    told = await server.event("send", device.name)
    told.expect(values=one_of({BATTERY: 87}, {BATTERY: 88}))
    if told.given.get("records") is None:
        told.note("the user is not told when the values were measured")
        return
    timed = {str(round(each["time"])): each["values"] for each in told.given["records"]}
    wanted = {str(THEN): {BATTERY: 87}, str(THEN + 60): {BATTERY: 88}}
    server.context.record.judge("event-send.records", wanted, timed, what="values by time", source="live")


@testcase(
    "SIR-SND-07",
    verifies=["HLF-017"],
    clause="LwM2M Transport 1.1.1 §6.1",
    applies=f"{APPLIES} & blockwise & knows_test_object",
)
async def test_send_in_blocks_reaches_the_user(server: Server) -> None:
    """A Send of 3000 octets comes in blocks, is answered 2.04 and told whole."""
    device = await server.registered()
    text = "0123456789" * 300
    (await device.send({"/3442/0/110": text})).expect(code=CHANGED)
    (await server.event("send", device.name)).expect(values={"/3442/0/110": text})


@testcase("SIR-SND-08", verifies=["HLF-014", "HLF-017"], clause=CLAUSE, applies=APPLIES)
async def test_unknown_resource_is_no_error(server: Server) -> None:
    """A Send with a Resource that the server's Object definition does not have is answered 2.04, and the
    values that it knows are told."""
    device = await server.registered()
    (await device.send({"/3303/0/32100": "x", SENSOR: 24.25})).expect(code=CHANGED)
    (await server.event("send", device.name)).expect(values=covering({SENSOR: 24.25}))


@testcase(
    "SIR-SND-09",
    verifies=["HLF-010", "HLF-017"],
    clause=CLAUSE,
    applies=f"{APPLIES} & verb_observe & event_notify",
)
async def test_send_is_no_notification(server: Server) -> None:
    """A Send of an observed Resource is told as a Send, and the observation goes on."""
    device = await server.observing(BATTERY)
    (await device.send({BATTERY: 88})).expect(code=CHANGED)
    (await server.event("send", device.name)).expect(values={BATTERY: 88})
    await device.notify(BATTERY, 12)
    await server.told(device, value=12)
