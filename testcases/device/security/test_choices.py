"""What a server may choose of an offer, and what a device does with the choice (RFC 5246 §7.4.1.3)."""

from dataclasses import replace

from conformance.dtls.events import Established
from conformance.messages import Register
from conformance.roles.device import Device
from conformance.roles.other_server import other_server, started_anew
from conformance.security.channel import suites_of
from conformance.testcase import SECURITY, testcase
from conformance.verdicts import NotApplicable, Subject


@testcase(
    "SEC-NEG-03",
    verifies=["SEC-001", "SEC-002", "SEC-003"],
    clause="RFC 5246 §7.4.1.3, §7.2.2",
    applies="device",
    security=SECURITY,
)
async def test_a_suite_that_was_not_offered_is_not_taken(device: Device) -> None:
    """A device tells nothing to a server that chooses a suite of its mode that was not offered."""
    await device.registered()
    before = await device.dtls.handshake(name="handshake-before")
    await device.control()
    channel = device.dtls.channel
    others = tuple(each for each in suites_of(device.dtls.mode) if each.number not in before.hello.suites)
    if not others:
        raise NotApplicable("the SUT offers every suite that the tester could choose")
    async with other_server(
        device, replace(channel.configuration, suites=others, heeds_offer=False)
    ) as other:
        await device.dtls.begun_anew()
        await other.expect_untold()
    await started_anew(device)
    await device.dtls.handshake(device.ixit.restart_time, name="return")
    await device.next(Register)


@testcase(
    "SEC-NEG-04",
    verifies=["SEC-003", "HLF-037"],
    clause="RFC 7627 §5.1, §5.2",
    applies="device",
    security=SECURITY,
)
async def test_a_server_without_extended_master_secret_is_refused_or_understood(device: Device) -> None:
    """With a server that knows no extended master secret a device completes the handshake, or refuses it at
    the ServerHello: it does not go on with keys that the server cannot have."""
    await device.registered()
    await device.dtls.handshake(name="handshake-before")
    channel = device.dtls.channel
    async with other_server(device, replace(channel.configuration, extended_master_secret=False)) as other:
        await device.dtls.begun_anew()
        happened = await channel.next(Established, device.ixit.reaction_time)
        device.context.record.judge(
            "legacy.answer",
            True,
            happened is not None or not other.was_taken_up,
            what="completed, or refused at the ServerHello:",
            subject=Subject("handshake", happened.frame if happened else None),
        )
        what = "talks with" if happened else "refuses"
        device.context.record.note(f"the SUT {what} a server without extended master secret")
        back = await device.back() if happened else None
    if back is None:
        await started_anew(device)
        await device.dtls.handshake(device.ixit.restart_time, name="return")
        await device.next(Register)
