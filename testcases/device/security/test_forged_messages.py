"""What others put between device and server in clear, which the two cannot prevent (RFC 6347 §4.1.2.7)."""

from conformance.dtls.events import Established, Failed
from conformance.dtls.mux import CookieAsked
from conformance.dtls.records import ContentType
from conformance.messages import Register
from conformance.roles.device import Device
from conformance.roles.kept_association import expect_association_kept
from conformance.roles.other_server import started_anew
from conformance.security.troubles import STRAYS, of_a_stranger
from conformance.testcase import SECURITY, testcase, vary
from conformance.transports.udp import UdpTransport
from conformance.verdicts import Level, Subject

REPEATED = 12.0
"""Seconds more for a flight to be repeated: RFC 7925 §11 has devices that wait 9 s before they do."""
ALERTS = {"handshake_failure": bytes([2, 40]), "close_notify": bytes([1, 0])}


async def associated(device: Device) -> None:
    """Wait until the device is registered, and take its handshake."""
    await device.registered()
    await device.dtls.handshake(name="handshake-before")
    await device.control()


@testcase(
    "SEC-HS-07",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 6347 §4.1, §4.1.2.7",
    applies="device",
    security=SECURITY,
    standing=True,
)
@vary(alert=list(ALERTS))
async def test_an_alert_in_clear_ends_no_association(device: Device, alert: str) -> None:
    """An alert in clear, which anybody may send, does not end an association."""
    await associated(device)
    device.dtls.forge(ContentType.ALERT, ALERTS[alert], clear=True)
    await expect_association_kept(device)


@testcase(
    "SEC-HS-08",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 6347 §4.1, §4.1.2.7",
    applies="device",
    security=SECURITY,
)
async def test_a_stranger_does_not_disturb_a_handshake(device: Device) -> None:
    """An alert and a HelloVerifyRequest from another address than the server's do not stop a handshake."""
    await associated(device)
    transport = device.dtls.channel.transport
    other = await UdpTransport.open((device.endpoint.local[0], 0))

    def disturb(asked: CookieAsked) -> None:
        for datagram in of_a_stranger(asked.hello):
            other.send(datagram, asked.address)

    transport.on_cookie_asked = disturb
    try:
        await device.dtls.begun_anew()
        begun = await device.dtls.channel.next(Established, device.ixit.reaction_time)
    finally:
        transport.on_cookie_asked = None
        other.close()
    device.context.record.judge(
        "handshake.undisturbed",
        "a completed handshake",
        "a completed handshake" if begun else "none",
        subject=Subject("handshake", begun.frame if begun else None),
        level=Level.SHOULD,
        limit=device.ixit.reaction_time,
    )
    if begun is None:
        await started_anew(device)
    await device.back(device.ixit.restart_time)


@testcase(
    "SEC-HS-09",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 6347 §4.1, §4.1.2.7, §4.2.2",
    applies="device",
    security=SECURITY,
)
@vary(stray=list(STRAYS))
async def test_a_message_out_of_its_place_does_not_disturb_a_handshake(device: Device, stray: str) -> None:
    """A handshake is completed although a message comes that was due before, is due later, or never.

    Only the first must be dropped. What else of the datagram is lost with it has to be sent again.
    """
    await associated(device)
    seconds = device.ixit.reaction_time + REPEATED
    device.context.more_time(seconds)
    device.dtls.channel.script.record = STRAYS[stray]
    await device.dtls.begun_anew()
    ended = await device.dtls.channel.next((Established, Failed), seconds)
    back = await device.back() if ended else None
    device.dtls.channel.script.record = None
    device.context.record.judge(
        "handshake.undisturbed",
        "a message over the new association",
        "a message over the new association" if back else None,
        what="after the stray message comes",
        subject=Subject("handshake", back.frame if back else None),
        level=Level.MUST if stray == "old" else Level.SHOULD,
    )
    if back is None:
        await started_anew(device)
        await device.next(Register, device.ixit.restart_time)
