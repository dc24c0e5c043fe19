"""A session that goes on over a new association, by its id (RFC 5246 §7.3, §F.1.4)."""

from dataclasses import replace

from conformance.dtls.configuration import Configuration
from conformance.dtls.session import SessionCache
from conformance.messages import Register
from conformance.roles.device import Device
from conformance.roles.other_server import OtherServer, other_server, started_anew
from conformance.security.forgeries import another_finished
from conformance.security.impostors import with_another_credential
from conformance.testcase import SECURITY, testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject


async def live(device: Device, sessions: SessionCache) -> Configuration:
    """Wait until the device is registered, and give a server like the tester's that keeps sessions."""
    await device.registered()
    await device.dtls.handshake(name="handshake-before")
    await device.control()
    return replace(device.dtls.channel.configuration, sessions=sessions)


async def with_a_session(device: Device) -> None:
    """Have the device make a handshake that gives it a session, and come back."""
    await device.dtls.begun_anew()
    await device.dtls.handshake(name="session")
    await device.back()


def require_offer(other: OtherServer) -> None:
    """Raises NotApplicable where the device did not name its session."""
    if not other.was_named_a_session:
        raise NotApplicable("the SUT does not go on with a session by its id")


@testcase(
    "SEC-RES-01",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 5246 §7.3, §7.4.1.3, LwM2M Transport 1.1.1 §6.4.3",
    applies="device",
    security=SECURITY,
)
async def test_a_session_is_resumed_or_another_made(device: Device) -> None:
    """A device whose server gave it a session resumes it, or makes a full handshake, and goes on."""
    async with other_server(device, await live(device, SessionCache())):
        await with_a_session(device)
        await device.dtls.begun_anew()
        handshake = await device.dtls.handshake(name="second", at_once=True)
        resumed = handshake.event.resumed
        device.context.record.note(f"the SUT {'resumes a session' if resumed else 'makes a full handshake'}")
        back = await device.back()
        device.context.record.judge(
            "return.operation",
            "Register, or an Update where the session was resumed",
            "Register, or an Update where the session was resumed"
            if back and (resumed or isinstance(back.message, Register))
            else type(back.message).__name__
            if back
            else None,
            what="over the new association the SUT sends:",
            subject=Subject("operation", back.frame if back else None),
            level=Level.SHOULD,
        )


@testcase(
    "SEC-RES-02",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 5246 §7.4.1.2, §7.4.1.3",
    applies="device",
    security=SECURITY,
)
async def test_a_session_that_the_server_forgot_is_made_anew(device: Device) -> None:
    """A device that names a session which its server forgot makes a full handshake."""
    sessions = SessionCache()
    keeping = await live(device, sessions)
    async with other_server(device, keeping):
        await with_a_session(device)
    sessions.clear()
    async with other_server(device, keeping) as other:
        await device.dtls.begun_anew()
        await device.dtls.handshake(name="second", at_once=True)
        require_offer(other)
        await device.back()


@testcase(
    "SEC-RES-03",
    verifies=["SEC-001", "SEC-003", "HLF-031"],
    clause="RFC 5246 §7.3, §7.4.9",
    applies="device",
    security=SECURITY,
)
@vary(wrong=["secret", "finished"])
async def test_a_session_of_another_secret_is_refused(device: Device, wrong: str) -> None:
    """A device tells nothing to a server that resumes a session and does not have its secret.

    Nor has it the credential that a full handshake asks for, with which the device may try again.
    """
    sessions = SessionCache()
    keeping = await live(device, sessions)
    channel, impostor = device.dtls.channel, keeping
    async with other_server(device, keeping):
        await with_a_session(device)
    if wrong == "secret":
        for session in sessions:
            sessions.add(replace(session, master_secret=device.context.chance.randbytes(48)))
        impostor = with_another_credential(keeping, channel.credentials, device.context.chance)
    else:
        channel.script.message = another_finished
    async with other_server(device, impostor) as other:
        await device.dtls.begun_anew()
        await other.expect_untold()
        require_offer(other)
    channel.script.message = None
    await started_anew(device)
    await device.dtls.handshake(device.ixit.restart_time, name="return")
    await device.next(Register)
