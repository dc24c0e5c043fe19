"""What comes under a Connection ID that is not that of its association (RFC 9146 §3)."""

from conformance.matching import differs
from conformance.messages.codes import CHANGED
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

LIFETIME = 4711


@testcase(
    "SSEC-CID-02",
    verifies=["SEC-001", "SEC-002", "SEC-003"],
    clause="RFC 9146 §3, §6",
    applies="server & dtls_connection_id",
    security=("psk",),
)
@vary(shown=["another", "unknown", "none"])
async def test_a_record_under_a_foreign_connection_id_is_dropped(server: Server, shown: str) -> None:
    """An Update under the keys of one association that shows the Connection ID of another one, of none, or no
    Connection ID is dropped in silence; both associations go on.

    By the Connection ID a server finds the keys, so that these records are invalid, and such MUST be
    discarded.
    """
    device, other = await identified(server, "device"), await identified(server, "other")
    for each in (device, other):
        await each.registered(lifetime=LIFETIME)
        await server.hears("registered", each.name, 0)
    own, others = (each.dtls.peer.association.write_cid for each in (device, other))
    unknown = server.context.chance.randbytes(len(own))
    with device.dtls.peer.association.under_cid({"another": others, "unknown": unknown, "none": b""}[shown]):
        answer = await device.update(lifetime=60, limit=server.ixit.quiet_time)
    answer.expect(name="foreign", outcome=differs("response"))
    if server.context.ics["event_updated"]:
        for each, name in ((device, "foreign"), (other, "foreign-other")):
            await server.no_event("updated", each.name, check=name)
    if server.context.ics["verb_registrations"]:
        kept = [each for each in await server.registrations() if each["endpoint"] == device.name]
        lifetimes = [each.get("lifetime", LIFETIME) for each in kept]
        server.context.record.judge("kept.lifetime", [LIFETIME], lifetimes, what="lifetime", source="live")
    for each, name in ((other, "other"), (device, "own")):
        (await each.update()).expect(name=name, code=CHANGED)


async def identified(server: Server, name: str) -> TesterDevice:
    """A device that is not registered yet, whose records carry a Connection ID.

    Raises:
        NotApplicable: the server wants none.
    """
    device = await server.device(connect=False)
    await device.dtls.handshake(name=f"handshake-{name}", cid=b"")
    if not device.dtls.peer.association.write_cid:
        raise NotApplicable("the server wants no Connection ID")
    return device
