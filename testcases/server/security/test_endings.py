"""What is left of an association that one of the ends closed or lost (RFC 5246 §7.2.1, RFC 6347 §4.2.8)."""

from conformance.dtls.errors import AlertDescription, AlertLevel
from conformance.dtls.events import AlertReceived
from conformance.dtls.records import ContentType, Record
from conformance.dtls.script import Script
from conformance.messages.codes import CREATED
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import SECURITY, testcase, vary
from conformance.verdicts import Inconclusive, Level, NotApplicable
from testcases.server.security.test_handshake import works


@testcase(
    "SSEC-END-01",
    verifies=["SEC-003", "SEC-004"],
    clause="RFC 5246 §7.2.1",
    applies="server",
    security=SECURITY,
)
async def test_nothing_is_served_after_close_notify(server: Server) -> None:
    """An Update that was sealed before close_notify and comes after it should not be answered, and a new
    handshake is.

    DTLS 1.2 does not say what becomes of records that close_notify overtook, and RFC 9147 §5.10 lets only
    those be that were sealed after it: an answer is a warning. Whether the server answers close_notify by its
    own is noted.
    """
    script = Script()
    device = await server.device(connect=False)
    await device.dtls.connected(script=script)
    await device.registered()
    held = await withheld_update(server, device, script)
    client = device.dtls.client
    device.dtls.peer.association.alert(AlertLevel.WARNING, AlertDescription.CLOSE_NOTIFY)
    client.transport.flush(device.dtls.peer)
    closed = await client.first(AlertReceived, server.ixit.quiet_time, is_close_notify)
    server.context.record.note(f"close_notify is {'answered by close_notify' if closed else 'not answered'}")
    client.transport.inject(bytes(held), device.server_address)
    before = client.last_frame
    await device.dtls.handshake()
    expect_no_data(server, device, before, client.last_frame)
    (await device.register()).expect(code=CREATED)


@testcase(
    "SSEC-END-02",
    verifies=["SEC-003"],
    clause="RFC 6347 §4.2.8",
    applies="server",
    security=SECURITY,
)
@vary(lost=["all", "address"])
async def test_a_device_comes_back_to_a_server_that_knows_it_no_more(server: Server, lost: str) -> None:
    """An Update over an association that the server lost, with all its state or with the address of the
    device, is met with an alert or nothing; a handshake from there leads to a registration.

    No clause says that keys may not be found again; an answer is a warning.
    """
    device = await server.registered()
    if lost == "all":
        await forgotten(server)
    else:
        await device.dtls.moved()
    answer = await device.update(limit=server.ixit.quiet_time)
    server.context.record.judge(
        "lost.served", False, answer.outcome == "response", level=Level.SHOULD, what="an answer"
    )
    device.dtls.abandon()
    if lost == "all":
        await device.dtls.admit()
    await device.dtls.handshake()
    await works(server, device)


async def withheld_update(server: Server, device: TesterDevice, script: Script) -> Record:
    """The record of an Update that never left."""
    held: list[Record] = []

    def keep(record: Record) -> tuple[Record, ...]:
        held.append(record)
        return ()

    script.record = keep
    await device.update(lifetime=60, limit=server.ixit.quiet_time)
    script.record = None
    if not held:
        raise Inconclusive("preamble: the server ended the association with the device")
    return held[0]


def is_close_notify(alert: AlertReceived) -> bool:
    return alert.description == AlertDescription.CLOSE_NOTIFY


def expect_no_data(server: Server, device: TesterDevice, after: int, until: int) -> None:
    """Judge that no application data came between two frames, which should be so."""
    came = [
        each.frame
        for each in device.dtls.client.datagrams
        if each.incoming and after < each.frame <= until and each.holds(ContentType.APPLICATION_DATA)
    ]
    server.context.record.judge(
        "closed.answers", [], came, level=Level.SHOULD, what="no frame with data, not"
    )


async def forgotten(server: Server) -> None:
    """Have the server lose all its state at once, at the same address.

    Raises:
        NotApplicable: it cannot, or is elsewhere afterwards.
    """
    if server.context.isolation != "reset":
        raise NotApplicable("the server cannot be reset while it runs (adapter.isolation)")
    uris = (await server.verb("reset")).given.get("uris", {})
    if uris and not any(uri.endswith(f":{server.address[1]}") for uri in uris.values()):
        raise NotApplicable("the server listens at another port after a reset")
