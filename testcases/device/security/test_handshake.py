"""A handshake bears what a network does to it, and an association what is no handshake (RFC 6347 §4.2)."""

from collections.abc import Callable
from dataclasses import replace

from conformance.dtls.events import Established, RenegotiationRefused
from conformance.dtls.records import ContentType
from conformance.messages import Register
from conformance.roles.device import Device
from conformance.roles.kept_association import expect_association_kept
from conformance.roles.other_server import other_server, started_anew
from conformance.security.troubles import RecordHook, flight_lost, nth_lost, swapped, twice
from conformance.testcase import SECURITY, testcase, vary
from conformance.verdicts import Level, Subject

RECOVERY = 12.0
"""Seconds more for a flight to be repeated: RFC 7925 §11 has devices that wait 9 s before they do."""
HELLO_REQUEST = bytes(12)
"""Type 0, nothing in it, message_seq 0 (RFC 5246 §7.4.1.1)."""
SMALL_MTU = 128
"""Bytes of a datagram, which then holds a piece of a certificate or a public key."""
ONCE: dict[str, Callable[[], RecordHook]] = {
    "swapped": swapped,
    "duplicated": lambda: twice,
    "hello-lost": lambda: flight_lost(ContentType.HANDSHAKE),
    "finished-lost": lambda: flight_lost(ContentType.CHANGE_CIPHER_SPEC),
}


async def associated(device: Device) -> None:
    """Wait until the device is registered, and take its handshake."""
    await device.registered()
    await device.dtls.handshake(name="handshake-before")


async def expect_registration_in_trouble(device: Device) -> None:
    """Start the device anew, and expect that it gets through."""
    seconds = device.ixit.restart_time + RECOVERY
    device.context.more_time(2 * seconds)
    await started_anew(device)
    await device.dtls.handshake(seconds, name="handshake-anew")
    await device.next(Register, seconds)
    await device.control()


@testcase(
    "SEC-HS-01",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 6347 §4.2.4, §4.2.2",
    applies="device",
    security=SECURITY,
)
@vary(trouble=list(ONCE))
async def test_a_flight_of_the_server_in_trouble_is_recovered(device: Device, trouble: str) -> None:
    """A device registers although a flight of its server is lost, doubled or out of order at first."""
    await associated(device)
    device.dtls.channel.script.record = ONCE[trouble]()
    await expect_registration_in_trouble(device)


@testcase(
    "SEC-HS-02",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 6347 §4.2.4",
    applies="device",
    security=SECURITY,
)
@vary(lost=[1, 2, 3])
async def test_a_flight_of_the_device_that_is_lost_is_repeated(device: Device, lost: int) -> None:
    """A device registers although the first, second or third datagram of its handshake is lost."""
    await associated(device)
    device.dtls.channel.transport.loses = nth_lost(lost)
    await expect_registration_in_trouble(device)


@testcase(
    "SEC-HS-03",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 6347 §4.2.3",
    applies="device",
    security=SECURITY,
)
async def test_a_handshake_in_small_pieces_is_put_together(device: Device) -> None:
    """A device registers with a server whose messages come in datagrams of 128 bytes at most."""
    await associated(device)
    small = replace(device.dtls.channel.configuration, mtu=SMALL_MTU)
    async with other_server(device, small):
        await expect_registration_in_trouble(device)


@testcase(
    "SEC-HS-04",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 6347 §4.1, §4.1.2.7, RFC 5246 §7.4.1.1",
    applies="device",
    security=SECURITY,
    standing=True,
)
async def test_a_hello_request_in_clear_ends_nothing(device: Device) -> None:
    """A HelloRequest in clear, which anybody may send, neither ends an association nor begins another."""
    await associated(device)
    device.dtls.forge(ContentType.HANDSHAKE, HELLO_REQUEST, clear=True)
    begun = await device.dtls.channel.next(Established, device.ixit.quiet_time)
    device.context.record.judge(
        "handshake.absent",
        None,
        "a handshake" if begun else None,
        subject=Subject("handshake", begun.frame if begun else None),
        level=Level.SHOULD,
    )
    await expect_association_kept(device)


@testcase(
    "SEC-HS-05",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 7925 §17, RFC 5746 §4.2",
    applies="device",
    security=SECURITY,
    standing=True,
)
async def test_a_renegotiation_is_not_begun(device: Device) -> None:
    """A HelloRequest within the association begins no renegotiation: it is refused or ignored.

    What the suite does with one that is begun all the same, which is to refuse it, may end the association.
    """
    await device.registered()
    device.dtls.forge(ContentType.HANDSHAKE, HELLO_REQUEST)
    begun = await device.dtls.channel.next(RenegotiationRefused, device.ixit.quiet_time)
    device.context.record.judge(
        "renegotiation.absent",
        None,
        "a ClientHello" if begun else None,
        subject=Subject("handshake", begun.frame if begun else None),
        level=Level.SHOULD,
    )
    await expect_association_kept(device)


@testcase(
    "SEC-HS-06",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 5246 §7.2.1, LwM2M Transport 1.1.1 §6.4.3",
    applies="device",
    security=SECURITY,
)
async def test_after_the_end_of_an_association_comes_another(device: Device) -> None:
    """A device whose server ended the association makes another for what it has to say, and registers."""
    await device.registered()
    back = await device.dtls.renewed()
    alerts = [
        each for each in device.dtls.channel.datagrams if each.incoming and each.holds(ContentType.ALERT)
    ]
    device.context.record.note(f"the SUT answers close_notify {'with its own' if alerts else 'by nothing'}")
    device.context.record.judge(
        "return.operation",
        "Register",
        type(back.message).__name__,
        subject=Subject("operation", back.frame),
        what="over a new security context the SUT sends:",
        level=Level.SHOULD,
    )
    await device.control()
