"""Whom a bootstrap server gives no account (LwM2M Transport 1.1.1 §5.2)."""

from conformance.dtls.events import Established
from conformance.matching import one_of
from conformance.messages.codes import BAD_REQUEST, CHANGED, FORBIDDEN, UNAUTHORIZED
from conformance.roles.bootstrap_server import BootstrapServer
from conformance.roles.in_clear import expect_unserved
from conformance.testcase import SECURITY, testcase


@testcase(
    "BSS-SEC-02",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2",
    applies="bootstrap_server & verb_provision",
    security=SECURITY,
)
async def test_a_wrong_credential_is_given_nothing(bootstrap_server: BootstrapServer) -> None:
    """Whoever shows another key, or the certificate of another authority, under the name of a device is given
    nothing; the device itself is bootstrapped.

    A bootstrap server may refuse the handshake or the Bootstrap-Request.
    """
    record = bootstrap_server.context.record
    device = await bootstrap_server.device(connect=False)
    (await bootstrap_server.provision(device)).require(outcome="response")
    right, device.dtls.credential = device.dtls.credential, device.dtls.wrong()
    outcome = await device.dtls.attempt()
    served, how = None, str(outcome)
    if isinstance(outcome, Established):
        record.note("it completes the handshake and looks at the credential at the Bootstrap-Request")
        answer = await device.request()
        served = answer.code if answer.code and answer.code.startswith("2.") else None
        how = f"a handshake, and Bootstrap-Request answered {answer.code}"
    record.judge("stranger.served", None, served, what="no session, not", actual=how)
    given = [str(each) for each in device.arrived]
    record.judge("stranger.operations", [], given, what="nothing written, not")
    device.dtls.abandon()
    device.dtls.credential = right
    await device.dtls.handshake(name="right-handshake")
    (await device.request()).expect(name="right-request", code=CHANGED)
    await device.expect_finished()


@testcase(
    "BSS-SEC-03",
    verifies=["SEC-001"],
    clause="LwM2M Core 1.1.1 §7.3.1",
    applies="bootstrap_server & verb_provision",
    security=SECURITY,
)
async def test_nobody_is_bootstrapped_under_another_name(bootstrap_server: BootstrapServer) -> None:
    """A Bootstrap-Request over a good credential with the name of another device is answered 4.00, and its
    sender is given nothing of that device's account; the device itself is."""
    victim = await bootstrap_server.provisioned()
    intruder = await bootstrap_server.provisioned()
    answer = await intruder.request(query=(f"ep={victim.name}",))
    tolerated = {"code": one_of(UNAUTHORIZED, FORBIDDEN)}
    answer.expect(name="intruder", code=BAD_REQUEST, tolerated=tolerated)
    (await victim.request()).expect(name="victim", code=CHANGED)
    await victim.expect_finished()
    given = [str(each) for each in intruder.arrived]
    bootstrap_server.context.record.judge("intruder.operations", [], given, what="nothing written, not")


@testcase(
    "BSS-SEC-04",
    verifies=["SEC-003"],
    clause="RFC 7252 §9.1",
    applies="bootstrap_server & verb_provision",
    security=SECURITY,
)
async def test_a_request_in_clear_is_not_served(bootstrap_server: BootstrapServer) -> None:
    """A Bootstrap-Request without DTLS to the port of DTLS is given nothing and not answered; an error or a
    Reset is tolerated."""
    plain = await bootstrap_server.device(secured=False)
    (await bootstrap_server.provision(plain)).require(outcome="response")
    answer = await plain.request(limit=bootstrap_server.ixit.quiet_time)
    expect_unserved(answer)
    given = [str(each) for each in plain.arrived]
    bootstrap_server.context.record.judge("plain.operations", [], given, what="nothing written, not")
