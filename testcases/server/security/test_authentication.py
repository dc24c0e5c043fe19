"""Device and server prove to each other who they are (LwM2M Transport 1.1.1 §5.2)."""

from conformance.dtls.credentials import Credential, Psk
from conformance.dtls.events import Established
from conformance.dtls.script import Script
from conformance.messages.codes import CONTENT, CREATED
from conformance.messages.path import Path
from conformance.roles.in_clear import expect_unserved
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import SECURITY, testcase, vary
from conformance.verdicts import Level

MODEL = Path(3, 0, 1)


@testcase(
    "SSEC-AUTH-01",
    verifies=["SEC-001", "SEC-003", "HLF-037"],
    clause="LwM2M Transport 1.1.1 §5.2",
    applies="server & verb_read",
    security=SECURITY,
)
async def test_a_device_that_was_let_in_is_registered_and_read(server: Server) -> None:
    """A device that its user let in registers over DTLS, and the server shows the credential it was given.

    What the server asks afterwards comes over the same association.
    """
    device = await server.device(connect=False)
    handshake = await device.dtls.handshake()
    handshake.expect(credential=device.dtls.expected)
    (await device.register()).expect(code=CREATED)
    await server.knows(device)
    device.set(MODEL, "behind the handshake")
    (await server.read(device, MODEL)).expect(outcome="response", code=CONTENT, value="behind the handshake")


@testcase(
    "SSEC-AUTH-02",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2",
    applies="server",
    security=SECURITY,
)
async def test_a_wrong_credential_registers_nobody(server: Server) -> None:
    """Whoever shows another key, or the certificate of another authority, under the name of a device is not
    registered; the device itself is, and so is another one before.

    A server may refuse the handshake or the Register: no clause says when it has to look.
    """
    await server.registered()
    device = await server.device(connect=False)
    await turned_away(server, device, device.dtls.wrong())
    await device.dtls.handshake(name="right-handshake")
    (await device.register()).expect(name="right-register", code=CREATED)


@testcase(
    "SSEC-AUTH-03",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2.8, RFC 4279 §2",
    applies="server",
    security=("psk", "rpk"),
)
async def test_a_stranger_is_not_registered(server: Server) -> None:
    """A device whose identity or public key nobody told the server is not registered until somebody does."""
    await server.registered()
    stranger = await server.device(admitted=False, connect=False)
    await turned_away(server, stranger, stranger.dtls.credential)
    await stranger.dtls.admit()
    await stranger.dtls.handshake(name="right-handshake")
    (await stranger.register()).expect(name="right-register", code=CREATED)


@testcase(
    "SSEC-AUTH-04",
    verifies=["SEC-003"],
    clause="RFC 7252 §9.1",
    applies="server",
    security=SECURITY,
)
async def test_a_register_in_clear_is_not_served(server: Server) -> None:
    """A Register that comes without DTLS to the port of DTLS registers nobody and is not answered; an error
    or a Reset is tolerated."""
    await server.registered()
    plain = await server.device(secured=False)
    answer = await plain.register(limit=server.ixit.quiet_time)
    expect_unserved(answer)
    if server.context.ics["event_registered"]:
        await server.no_event("registered", plain.name)


@testcase(
    "SSEC-AUTH-05",
    verifies=["SEC-001"],
    clause="RFC 4279 §5.3",
    applies="server",
    security=("psk",),
)
@vary(length=[16, 32, 64])
async def test_long_keys_and_identities_are_taken(server: Server, length: int) -> None:
    """A device with a key of 16, 32 or 64 octets and an identity of 128 is registered."""
    device = await server.device(admitted=False, connect=False)
    identity = device.name.encode().ljust(128, b".")
    device.dtls.credential = Psk(identity, server.context.chance.randbytes(length))
    await device.dtls.admit()
    await device.dtls.handshake()
    (await device.register()).expect(code=CREATED)


async def turned_away(
    server: Server,
    device: TesterDevice,
    credential: Credential,
    *,
    script: Script | None = None,
    level: Level = Level.MUST,
) -> None:
    """Expect that nobody is registered who shows this under the name of the device."""
    right, device.dtls.credential = device.dtls.credential, credential
    outcome, record = await device.dtls.attempt(script=script), server.context.record
    served, how = None, str(outcome)
    if isinstance(outcome, Established):
        record.note("the server completes the handshake and looks at the credential at the Register")
        answer = await device.register()
        served = answer.code if answer.code and answer.code.startswith("2.") else None
        how = f"a handshake, and Register answered {answer.code}"
    record.judge("stranger.served", None, served, what="no registration, not", actual=how, level=level)
    if server.context.ics["event_registered"]:
        await server.no_event("registered", device.name, check="stranger", level=level)
    device.dtls.abandon()
    device.dtls.credential = right
