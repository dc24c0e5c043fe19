"""Several devices at one server (LwM2M Core 1.1.1 §6.2)."""

from conformance.matching import containing
from conformance.messages.codes import CHANGED, CONTENT, CREATED, DELETED
from conformance.roles.server import Server
from conformance.testcase import testcase
from conformance.verdicts import Level


@testcase(
    "SRG-DEV-01",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2",
    applies="server & verb_read",
)
async def test_devices_behind_one_address_are_kept_apart(server: Server) -> None:
    """Two devices with one IP address have a registration each: asked, updated and ended on its own."""
    first, second = await server.registered(), await server.registered()
    if first.here == second.here:
        server.context.record.note("both devices are given the same location")
    for device in (first, second):
        device.set("/3/0/2", device.name)
        (await device.update()).expect(name=f"update-{server.devices.index(device)}", code=CHANGED)
    for number, device in enumerate((first, second)):
        result = await server.read(device, "/3/0/2")
        result.expect(name=f"read-{number}", code=CONTENT, value=device.name)
    (await first.deregister()).expect(code=DELETED)
    (await second.update()).expect(name="left", code=CHANGED)
    (await server.read(second, "/3/0/2")).expect(name="left-read", code=CONTENT, value=second.name)


@testcase(
    "SRG-DEV-02",
    verifies=["HLF-001"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server & verb_registrations",
)
async def test_many_devices_are_told_apart(server: Server) -> None:
    """Names that begin alike are names of different devices, and so are those that differ in case alone.

    That case matters follows from how URIs are compared; LwM2M does not say it of names.
    """
    names = [f"{server.context.endpoint}{end}" for end in ("a", "a1", "a-1", "A")]
    for name in names:
        device = await server.device(name)
        (await device.register()).expect(name=f"register-{names.index(name)}", code=CREATED)
        await server.knows(device)
    kept = [each["endpoint"] for each in await server.registrations()]
    record, told = server.context.record, {name.lower(): name for name in kept}
    alike, what = sorted({name.lower() for name in names}), "registered names"
    record.judge("kept.alike", containing(*alike), list(told), what=f"{what} without case", source="live")
    record.judge("kept.names", containing(*names), kept, what=what, level=Level.SHOULD, source="live")
