"""Cipher suites that a bootstrap names for an account (LwM2M Core 1.1.1 §E.1)."""

from conformance.dtls.suites import EMPTY_RENEGOTIATION_INFO_SCSV, suite
from conformance.messages import Register
from conformance.messages.codes import CHANGED
from conformance.roles.device import Device
from conformance.security.offers import MANDATORY
from conformance.testcase import SECURITY, testcase
from conformance.verdicts import Subject


@testcase(
    "BS-SEC-10",
    verifies=["SEC-002", "SEC-003", "HLF-019"],
    clause="LwM2M Core 1.1.1 §E.1",
    applies="device & bootstrap & dtls_ciphersuites & lwm2m >= 1.1",
    launch_options=("bootstrap",),
    security=SECURITY,
)
async def test_the_suites_of_the_account_are_offered(device: Device) -> None:
    """A device whose account names one cipher suite, a mandatory one, offers that and no other."""
    named = suite(MANDATORY[device.dtls.mode])
    device.bootstrap.suites = (named.number,)
    await device.bootstrap.requested()
    await device.bootstrap.provision()
    (await device.bootstrap.finish()).expect(code=CHANGED)
    handshake = await device.dtls.handshake(device.ixit.restart_time)
    offered = [each for each in handshake.hello.suites if each != EMPTY_RENEGOTIATION_INFO_SCSV]
    device.context.record.judge(
        "hello.suites",
        [f"0x{named.number:04X}"],
        [f"0x{number:04X}" for number in offered],
        subject=Subject("handshake", handshake.frame),
        what="offered:",
    )
    await device.next(Register)
