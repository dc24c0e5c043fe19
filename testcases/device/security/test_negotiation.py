"""What a device offers in its ClientHello, and what it takes of a ServerHello (RFC 5246 §7.4.1)."""

from conformance.dtls.suites import SUITES
from conformance.messages import Register
from conformance.roles.device import Device
from conformance.roles.other_server import other_server, started_anew
from conformance.security.channel import suites_of
from conformance.security.forgeries import extension_unasked, older_version
from conformance.security.weak_suites import weak_suites
from conformance.testcase import SECURITY, testcase, vary
from conformance.verdicts import Subject

CHOICES = {"older-version": older_version, "extension-unasked": extension_unasked}


@testcase(
    "SEC-NEG-01",
    verifies=["SEC-002", "SEC-003"],
    clause="RFC 5246 §7.4.1.4, §E.1, RFC 7252 §9.1",
    applies="device",
    security=SECURITY,
)
@vary(chooses=list(CHOICES))
async def test_what_was_not_offered_is_not_taken(device: Device, chooses: str) -> None:
    """A device tells nothing to a server that chooses DTLS 1.0, or an extension that was not offered."""
    await device.registered()
    await device.dtls.handshake(name="handshake-before")
    await device.control()
    script = device.dtls.channel.script
    script.message = CHOICES[chooses]
    async with other_server(device, device.dtls.channel.configuration) as other:
        await device.dtls.begun_anew()
        await other.expect_untold()
    script.message = None
    await started_anew(device)
    await device.dtls.handshake(device.ixit.restart_time, name="return")
    await device.next(Register)


@testcase(
    "SEC-NEG-02",
    verifies=["SEC-001", "SEC-002"],
    clause="LwM2M Transport 1.1.1 §5.2, RFC 7925 §4",
    applies="device",
    security=SECURITY,
)
async def test_only_suites_that_protect_are_offered(device: Device) -> None:
    """A device offers no suite without encryption, without authentication or of export strength."""
    handshake = await device.dtls.handshake(device.ixit.restart_time)
    offered = handshake.hello.suites
    device.context.record.judge(
        "hello.weak-suites",
        [],
        weak_suites(offered),
        what="suites that protect nothing:",
        actual=f"ClientHello with {', '.join(f'0x{number:04X}' for number in offered)}",
        subject=Subject("handshake", handshake.frame),
    )
    beside = [each for each in offered if each in SUITES and SUITES[each] not in suites_of(device.dtls.mode)]
    if beside:
        names = ", ".join(SUITES[each].name for each in beside)
        text = f"beside suites of the mode {device.dtls.mode} the SUT offers {names}"
        device.context.record.note(text, frame=handshake.frame, ambiguity="B155")
