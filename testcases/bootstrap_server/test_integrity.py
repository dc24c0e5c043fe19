"""A record that was changed on the way, or recorded and sent again, begins no session (RFC 6347 §4.1.2)."""

from conformance.dtls.events import Failed
from conformance.dtls.script import Script
from conformance.dtls.suites import SUITES
from conformance.matching import differs
from conformance.messages.codes import CHANGED
from conformance.roles.bootstrap_server import BootstrapServer
from conformance.roles.recorded_request import (
    expect_no_session,
    expect_unheard,
    pass_records,
    requested_on_record,
)
from conformance.security.offers import MANDATORY, WITHOUT_ENCRYPTION, offering
from conformance.security.tampering import TAMPERED, tampering
from conformance.testcase import SECURITY, testcase

BEYOND_THE_WINDOW = 70
"""More records than the window has room for, which is 64 by default."""


@testcase(
    "BSS-SEC-08",
    verifies=["SEC-002"],
    clause="RFC 6347 §4.1.2.7",
    applies="bootstrap_server & verb_provision",
    security=SECURITY,
)
async def test_a_changed_request_begins_no_session(bootstrap_server: BootstrapServer) -> None:
    """A Bootstrap-Request that was changed on the way begins no session; the next one does.

    A bootstrap server should drop it in silence; the end of the association by an alert is a warning.
    """
    script = Script()
    device = await bootstrap_server.device(connect=False)
    (await bootstrap_server.provision(device)).require(outcome="response")
    for changed in TAMPERED:
        await device.dtls.connected(script=script)
        script.record = tampering(changed, device.dtls.peer)
        answer = await device.request(limit=bootstrap_server.ixit.quiet_time)
        answer.expect(name=changed, outcome=differs("response"))
        script.record = None
        await expect_no_session(bootstrap_server, device, name=changed)
        device.dtls.expect_kept(name=changed)
    await device.dtls.handshake()
    (await device.request()).expect(name="intact", code=CHANGED)
    await device.expect_finished()


@testcase(
    "BSS-SEC-09",
    verifies=["SEC-004"],
    clause="RFC 6347 §4.1.2.6, RFC 7252 §4.5, §11.4",
    applies="bootstrap_server & verb_provision",
    security=SECURITY,
)
async def test_a_recorded_request_begins_no_session(bootstrap_server: BootstrapServer) -> None:
    """A Bootstrap-Request that was recorded and comes again, within or outside of the replay window or after
    another handshake, begins no session; a new one does.

    Detection of replays may be switched off in DTLS: an answer is a warning, a session a failure. After the
    handshake the record has no valid MAC: there the end of the association by an alert is a warning, too.
    """
    device = await bootstrap_server.device(connect=False)
    (await bootstrap_server.provision(device)).require(outcome="response")
    recorded = await requested_on_record(bootstrap_server, device)
    await expect_unheard(bootstrap_server, device, recorded, name="at-once")
    pass_records(device, BEYOND_THE_WINDOW)
    await expect_unheard(bootstrap_server, device, recorded, name="beyond-the-window")
    await device.dtls.handshake()
    await expect_unheard(bootstrap_server, device, recorded, name="after-a-handshake")
    if not device.dtls.expect_kept():
        await device.dtls.handshake(name="another")
    (await device.request()).expect(name="new", code=CHANGED)
    await device.expect_finished(name="new-session")


@testcase(
    "BSS-SEC-10",
    verifies=["SEC-002", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2.1",
    applies="bootstrap_server & verb_provision",
    security=SECURITY,
)
async def test_a_suite_without_encryption_is_not_agreed_on(bootstrap_server: BootstrapServer) -> None:
    """A device that offers a suite without encryption only finds no bootstrap server.

    With the mandatory suite of its mode it is bootstrapped.
    """
    device = await bootstrap_server.device(connect=False)
    (await bootstrap_server.provision(device)).require(outcome="response")
    mode = device.dtls.credentials.mode
    failed = await device.dtls.refused(script=offering(WITHOUT_ENCRYPTION[mode]))
    event = failed.event
    agreed = event.reason if isinstance(event, Failed) and event.by == "us" and event.alert else None
    bootstrap_server.context.record.judge("suite.agreed", None, agreed, what="no ServerHello, not")
    (wanted,) = [each for each in SUITES.values() if each.name == MANDATORY[mode]]
    (await device.dtls.handshake(suites=(wanted,))).expect(suite=wanted.name)
    (await device.request()).expect(code=CHANGED)
    await device.expect_finished()


@testcase(
    "BSS-SEC-11",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 6347 §4.2.8",
    applies="bootstrap_server & verb_provision",
    security=SECURITY,
)
async def test_a_device_that_lost_its_state_is_bootstrapped(bootstrap_server: BootstrapServer) -> None:
    """A device that forgot its association makes another handshake, which should come about from the same
    address, and is bootstrapped once more."""
    device = await bootstrap_server.device()
    (await bootstrap_server.provision(device)).require(outcome="response")
    (await device.request()).expect(name="first", code=CHANGED)
    await device.expect_finished(name="first-session")
    device.finished.clear()
    device.dtls.abandon()
    if not await device.dtls.welcomed(name="second"):
        await device.dtls.moved()
        await device.dtls.handshake()
    (await device.request()).expect(name="second", code=CHANGED)
    await device.expect_finished(name="second-session")
