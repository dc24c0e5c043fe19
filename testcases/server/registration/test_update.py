"""Update: what it changes, and what it leaves alone (LwM2M Core 1.1.1 §6.2.2)."""

import asyncio

from conformance.matching import ABSENT, containing, excluding, matches, one_of
from conformance.messages import Path
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Level


@testcase(
    "SRG-UPD-04",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies="server & event_updated",
)
async def test_user_learns_the_new_objects(server: Server) -> None:
    """The user learns from an Update which Object Instances came and which went.

    Both are of Objects of the enabler: others a server may silently ignore.
    """
    device = await server.device()
    device.objects.add(Path(1, 1), {0: 2, 1: 300, 6: True, 7: "U"})
    await device.registered()
    device.objects.add(Path(2, 0), {0: 3, 1: 0, 2: {1: 1}, 3: 1})
    device.objects.remove(Path(1, 1))
    (await device.update(links=device.links)).expect(code=CHANGED)
    told = await server.event("updated", device.name)
    told.shows(objects=containing("/1/0", "/2/0", "/3/0"))
    told.shows(name="gone", objects=excluding("/1/1"))


@testcase(
    "SRG-UPD-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies="server & verb_registrations",
)
async def test_empty_update_changes_nothing(server: Server) -> None:
    """After an Update without parameters lifetime, binding and Objects are what was registered."""
    device = await server.registered(lifetime=4711)
    (await device.update()).expect(code=CHANGED)
    kept = [each for each in await server.registrations() if each["endpoint"] == device.name]
    record = server.context.record
    record.judge("kept.number", 1, len(kept), what="registrations of the device", source="live")
    expected = {"lifetime": 4711, "binding": matches("U.*"), "objects": containing("/1/0", "/3/0")}
    for field, value in expected.items():
        shown = kept[0].get(field)
        record.judge(f"kept.{field}", value, shown, tolerated=ABSENT, what=field, source="live")


@testcase(
    "SRG-UPD-06",
    verifies=["HLF-012", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies="server & event_updated",
    versions="each",
)
async def test_user_learns_the_new_binding(server: Server) -> None:
    """The user learns the binding that an Update brings, with the number that SMS needs."""
    device = await server.registered()
    (await device.update(binding="US", more=("sms=491700000000",))).expect(code=CHANGED)
    (await server.event("updated", device.name)).shows(binding="US")


@testcase(
    "SRG-UPD-07",
    verifies=["HLF-019"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="server",
)
@vary(parameter=["lt=soon", "lt=-1", "colour=blue"])
async def test_wrong_parameter_of_an_update_is_refused(server: Server, parameter: str) -> None:
    """An Update with a value that cannot be, or an unknown parameter, is answered 4.00 and ends nothing.

    4.00 is listed for an unknown parameter and demanded nowhere. What a value that cannot be does to the
    registration of a server that takes it is said nowhere; an Update that was refused does nothing.
    """
    device = await server.registered()
    answer = await device.update(more=(parameter,))
    known = parameter.startswith("lt=")
    answer.expect(outcome="response")
    answer.expect(
        name="listed", code=one_of(CHANGED, BAD_REQUEST), level=Level.SHOULD if known else Level.MUST
    )
    answer.expect(code=BAD_REQUEST, level=Level.SHOULD)
    await asyncio.sleep(server.ixit.quiet_time)
    taken = known and answer.code == CHANGED
    (await device.update()).expect(name="own", code=CHANGED, level=Level.SHOULD if taken else Level.MUST)


@testcase(
    "SRG-UPD-08",
    verifies=["HLF-001"],
    clause="LwM2M Core 1.1.1 §6.2.2",
    applies="server & verb_read",
)
async def test_update_takes_no_other_name(server: Server) -> None:
    """An Update that names another device in ep neither renames its own nor touches the other.

    It is no parameter of Update, so that 4.00 is right, and so is 2.04 with the name left aside. Another code
    confuses no devices.
    """
    victim, stranger = await server.registered(), await server.registered()
    answer = await stranger.update(more=(f"ep={victim.name}",))
    answer.expect(outcome="response")
    answer.expect(code=one_of(CHANGED, BAD_REQUEST), level=Level.SHOULD)
    for number, device in enumerate((victim, stranger)):
        device.set("/3/0/2", device.name)
        result = await server.read(device, "/3/0/2")
        result.expect(name=f"read-{number}", code=CONTENT, value=device.name)
