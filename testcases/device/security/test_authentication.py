"""Device and server prove to each other who they are (LwM2M Transport 1.1.1 §5.2)."""

from dataclasses import replace

from conformance.dtls.configuration import Configuration
from conformance.dtls.suites import suite
from conformance.messages import Register
from conformance.roles.device import Device
from conformance.roles.other_server import other_server, started_anew
from conformance.security.impostors import IMPOSTORS, of_another_kind, with_another_credential, with_fault
from conformance.testcase import SECURITY, testcase, vary
from conformance.verdicts import NotApplicable


async def with_control(device: Device) -> Configuration:
    """Wait until the device is registered, prove that it is alive, and give the tester's right end."""
    await device.dtls.handshake(device.ixit.restart_time)
    await device.registered()
    await device.control()
    return device.dtls.channel.configuration


async def expect_return(device: Device) -> None:
    """Start the device anew, and expect that it registers with its right server."""
    await started_anew(device)
    handshake = await device.dtls.handshake(device.ixit.restart_time, name="return")
    handshake.expect(credential=device.dtls.credential)
    await device.next(Register)
    await device.control()


@testcase(
    "SEC-AUTH-01",
    verifies=["SEC-001", "SEC-003", "HLF-037"],
    clause="LwM2M Transport 1.1.1 §5.2",
    applies="device",
    security=SECURITY,
    standing=True,
)
async def test_the_device_shows_the_credential_that_it_was_given(device: Device) -> None:
    """A device registers over DTLS and shows the credential that it was provisioned with."""
    handshake = await device.dtls.handshake(device.ixit.restart_time)
    handshake.expect(credential=device.dtls.credential)
    if not device.dtls.stood:
        register = await device.next(Register)
        register.expect(endpoint=device.context.endpoint)
    await device.control()


@testcase(
    "SEC-AUTH-02",
    verifies=["SEC-001", "SEC-003", "HLF-031"],
    clause="LwM2M Transport 1.1.1 §5.2.4",
    applies="device",
    security=SECURITY,
)
async def test_a_server_with_another_credential_is_refused(device: Device) -> None:
    """A device tells nothing to a server with another key or certificate than it was provisioned with."""
    right = await with_control(device)
    credentials, chance = device.dtls.channel.credentials, device.context.chance
    async with other_server(device, with_another_credential(right, credentials, chance)) as other:
        await started_anew(device)
        await other.expect_refused()
    await expect_return(device)


@testcase(
    "SEC-AUTH-03",
    verifies=["SEC-001", "SEC-003", "HLF-031"],
    clause="LwM2M Transport 1.1.1 §5.2.4",
    applies="device",
    security=["x509"],
    launch={"certificate_usage": "2"},
)
@vary(shows=IMPOSTORS)
async def test_a_certificate_that_is_not_valid_is_refused(device: Device, shows: str) -> None:
    """A device that trusts an authority refuses a server with a certificate that is not valid for it.

    Certificate Usage is an optional Resource: a device that does without refuses the valid one, too.
    """
    if await device.dtls.is_refused():
        raise NotApplicable("the SUT does not take the tester's certificate on the word of its authority")
    right = await with_control(device)
    wrong = with_fault(shows, device.dtls.channel.credentials, device.context.chance)
    async with other_server(device, replace(right, credentials=(wrong,))) as other:
        await started_anew(device)
        await other.expect_refused()
    await expect_return(device)


@testcase(
    "SEC-AUTH-04",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2.8.1, RFC 4279 §5.3",
    applies="device",
    security=["psk"],
)
@vary(length=[16, 32, 64])
async def test_pre_shared_keys_of_every_length_work(device: Device, length: int) -> None:
    """A device registers with a pre-shared key of 16, 32 or 64 bytes."""
    await with_control(device)
    await expect_registration_with(device, device.dtls.credential, device.context.chance.randbytes(length))


@testcase(
    "SEC-AUTH-05",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2.8.1, RFC 4279 §5.3",
    applies="device",
    security=["psk"],
)
@vary(length=[1, 64, 128])
async def test_identities_of_every_length_work(device: Device, length: int) -> None:
    """A device registers with a PSK identity of 1, 64 or 128 bytes."""
    await with_control(device)
    identity = f"{device.context.chance.randrange(16**128):0128x}"[:length]
    await expect_registration_with(device, identity, device.context.chance.randbytes(16))


async def expect_registration_with(device: Device, identity: str, key: bytes) -> None:
    """Start the device with this pre-shared key, and expect that it registers."""
    device.dtls.know(identity, key)
    await started_anew(device, psk_identity=identity, psk_key_hex=key.hex())
    handshake = await device.dtls.handshake(device.ixit.restart_time, name="handshake-anew")
    handshake.expect(credential=identity)
    await device.next(Register)


@testcase(
    "SEC-AUTH-06",
    verifies=["SEC-002", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2.8, RFC 7925 §4.2, §4.4",
    applies="device & lwm2m >= 1.1",
    security=SECURITY,
)
async def test_the_suite_that_every_device_has_is_enough(device: Device) -> None:
    """A device registers with a server that takes no suite but the mandatory one of its mode.

    LwM2M 1.0 leaves a device the choice between that one and the suite with CBC.
    """
    right = await with_control(device)
    name = "TLS_PSK_WITH_AES_128_CCM_8" if right.psk_store else "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"
    async with other_server(device, replace(right, suites=(suite(name),))):
        await started_anew(device)
        handshake = await device.dtls.handshake(device.ixit.restart_time, name="handshake-anew")
        handshake.expect(suite=name)
        await device.next(Register)
        await device.control()


@testcase(
    "SEC-AUTH-07",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2.4",
    applies="device",
    security=SECURITY,
)
async def test_a_credential_of_another_kind_is_refused(device: Device) -> None:
    """A device makes no handshake by another kind of credential than the mode of its account says."""
    right = await with_control(device)
    async with other_server(device, of_another_kind(right, device.dtls.mode, device.context.chance)) as other:
        await started_anew(device)
        await other.expect_refused()
    await expect_return(device)
