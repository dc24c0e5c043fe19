"""A server has to prove itself in every handshake, also one that did so before (RFC 5246 §7.4)."""

from conformance.dtls.configuration import Configuration
from conformance.messages import Register
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.device import Device
from conformance.roles.other_server import other_server, started_anew
from conformance.roles.preamble import KNOWN, known
from conformance.roles.sealed import write_message
from conformance.roles.unknown_client import unknown_client
from conformance.security.forgeries import another_finished, another_signature
from conformance.security.impostors import with_another_credential
from conformance.testcase import SECURITY, testcase
from conformance.verdicts import Level, Subject

REPEATED = 6.0
"""Seconds more: what was not acknowledged is sent again after 2 to 3 s, and after 4 to 6 (RFC 7252 §4.2)."""


async def live(device: Device) -> Configuration:
    """Wait until the device is registered, take its handshake, and give the tester's right end."""
    await device.registered()
    await device.dtls.handshake(name="handshake-before")
    await device.control()
    return device.dtls.channel.configuration


async def expect_return(device: Device) -> None:
    """Start the device anew, and expect that it registers with its right server."""
    await started_anew(device)
    await device.dtls.handshake(device.ixit.restart_time, name="return")
    await device.next(Register)


@testcase(
    "SEC-IMP-01",
    verifies=["SEC-001", "SEC-003", "HLF-031"],
    clause="RFC 5246 §7.4.3, RFC 8422 §5.4",
    applies="device",
    security=["rpk", "x509"],
)
async def test_a_server_without_the_private_key_is_refused(device: Device) -> None:
    """A device tells nothing to a server that shows the right key or certificate and cannot sign with it."""
    right = await live(device)
    device.dtls.channel.script.message = another_signature
    async with other_server(device, right) as other:
        await device.dtls.begun_anew()
        await other.expect_refused()
    device.dtls.channel.script.message = None
    await expect_return(device)


@testcase(
    "SEC-IMP-02",
    verifies=["SEC-001", "SEC-002", "SEC-003"],
    clause="RFC 5246 §7.4.9",
    applies="device",
    security=SECURITY,
)
async def test_a_finished_that_does_not_fit_is_refused(device: Device) -> None:
    """A device tells nothing to a server whose Finished does not fit the handshake that the device saw."""
    right = await live(device)
    device.dtls.channel.script.message = another_finished
    async with other_server(device, right) as other:
        await device.dtls.begun_anew()
        await other.expect_untold()
    device.dtls.channel.script.message = None
    await expect_return(device)


@testcase(
    "SEC-IMP-03",
    verifies=["SEC-001", "SEC-003", "HLF-031", "HLF-037"],
    clause="LwM2M Transport 1.1.1 §5.2.4",
    applies="device",
    security=SECURITY,
)
async def test_a_server_has_to_prove_itself_again(device: Device) -> None:
    """A device that knew its server tells nothing to another in its place, and comes back to the right."""
    right = await live(device)
    channel = device.dtls.channel
    async with other_server(
        device, with_another_credential(right, channel.credentials, device.context.chance)
    ) as other:
        await device.dtls.begun_anew()
        await other.expect_refused()
    seconds = device.ixit.restart_time + REPEATED
    device.context.more_time(seconds)
    back = await device.back(seconds)
    if back is None:
        device.context.record.note(f"the SUT did not come back by itself within {seconds:g} s")
        await expect_return(device)
        return
    device.context.record.judge(
        "return.operation",
        "Register",
        type(back.message).__name__,
        subject=Subject("operation", back.frame),
        what="over a new security context the SUT sends:",
        level=Level.SHOULD,
        clause="LwM2M Transport 1.1.1 §6.4.3",
    )


@testcase(
    "SEC-IMP-04",
    verifies=["SEC-001", "SEC-003", "HLF-031"],
    clause="LwM2M Transport 1.1.1 §5.2",
    applies="device & ixit.writable_integer",
    security=SECURITY,
)
async def test_an_association_with_somebody_else_gives_no_rights(device: Device) -> None:
    """A Write of somebody unknown, over an association that he begins with the device, changes nothing."""
    path = await known(device)
    async with unknown_client(device) as stranger:
        await stranger.tell(write_message(device, path, 5))
    (await device.read(path)).expect(name="read-back", code=CONTENT, value=KNOWN["integer"])
    (await device.write(path, 5)).expect(code=CHANGED)
    (await device.read(path)).expect(name="read-after", code=CONTENT, value=5)
