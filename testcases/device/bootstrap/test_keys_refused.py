"""With whom a device that was given keys has nothing to do (LwM2M Transport 1.1.1 §5.2)."""

from dataclasses import replace

from conformance.dtls.credentials import PskStore
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.device import Device
from conformance.roles.given_keys import expect_registered_with_them, given
from conformance.roles.other_server import other_server, started_anew
from conformance.security.impostors import with_another_certificate, with_another_credential
from conformance.security.provisioning import PINNED
from conformance.testcase import SECURITY, testcase, vary
from conformance.verdicts import NotApplicable

BOOTSTRAP = ("bootstrap",)
USAGES = ("0", "1", "2", "3")
BY_ITS_OWN_STORE = ("0", "1")
"""Certificate usages by which a path has to lead to an authority that the device trusts by itself."""
UNKNOWN_USAGE = "the SUT does not take a certificate on the word of an authority that it was given"
UNTRUSTED = "the SUT trusts no authority of the tester by itself, as this usage asks of it"


@testcase(
    "BS-SEC-05",
    verifies=["SEC-001", "SEC-003", "HLF-019"],
    clause="LwM2M Transport 1.1.1 §5.2.4",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    security=SECURITY,
)
async def test_another_bootstrap_server_is_refused(device: Device) -> None:
    """A device tells nothing to a bootstrap server that shows another credential than it knows."""
    await device.bootstrap.dtls.handshake(device.ixit.restart_time)
    await expect_registered_with_them(device, await given(device), name="before")
    channel = device.bootstrap.dtls.channel
    wrong = with_another_credential(channel.configuration, channel.credentials, device.context.chance)
    async with other_server(device, wrong, device.bootstrap.dtls) as other:
        await started_anew(device)
        await other.expect_refused(may_stay_away="the SUT kept the account that it was given")
    await started_anew(device)
    await expect_registered_with_them(device, await given(device, name="bootstrap-anew"), name="after")


@testcase(
    "BS-SEC-06",
    verifies=["SEC-003", "HLF-019", "HLF-031"],
    clause="LwM2M Transport 1.1.1 §5.2, RFC 7252 §9.1",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    security=SECURITY,
)
async def test_settings_in_clear_are_not_taken(device: Device) -> None:
    """A Bootstrap-Write without DTLS, from the bootstrap server's address, changes nothing."""
    await device.bootstrap.requested()
    settings = await device.bootstrap.provision()
    device.bootstrap.put_in_clear(settings.server / 1, settings.lifetime + 1)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await expect_registered_with_them(device, settings)
    device.bootstrap.dtls.expect_no_plain_coap(but_refusals=True)


@testcase(
    "BS-SEC-07",
    verifies=["SEC-001", "SEC-003", "HLF-031"],
    clause="LwM2M Transport 1.1.1 §5.2.4",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    security=SECURITY,
)
async def test_a_server_with_other_keys_is_told_nothing(device: Device) -> None:
    """A device tells nothing to a server that does not have the keys of its account, nor does it in clear.

    Given the account once more, to a server that has them, it registers.
    """
    right, credentials = device.dtls.channel.configuration, device.dtls.channel.credentials
    if right.psk_store is not None:
        wrong = replace(right, psk_store=PskStore())
    else:
        wrong = with_another_credential(right, credentials, device.context.chance)
    async with other_server(device, wrong) as other:
        settings = await given(device)
        await other.expect_refused(device.ixit.reaction_time)
    await expect_registered_with_them(device, await given(device, settings, name="further-bootstrap"))


@testcase(
    "BS-SEC-08",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2.8.7; LwM2M Core 1.1.1 §E.1",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
    security=["x509"],
)
@vary(usage=USAGES)
async def test_certificates_are_taken_as_the_usage_says(device: Device, usage: str) -> None:
    """A device registers with a server whose certificate is as the Certificate Usage says, and answers it.

    By the usages 0 and 1 a path has to lead to an authority of its own store, too, which a bootstrap does not
    fill: a device may refuse. So may one without the optional Resource, by which usage 3 is what it knows.
    """
    device.bootstrap.usage = usage
    await device.bootstrap.requested()
    settings = await device.bootstrap.provision()
    finished = await device.bootstrap.finish()
    if usage != PINNED and (finished.code != CHANGED or await device.dtls.is_refused()):
        raise NotApplicable(UNTRUSTED if usage in BY_ITS_OWN_STORE else UNKNOWN_USAGE)
    finished.expect(code=CHANGED)
    await expect_registered_with_them(device, settings)
    answer = await device.read(device.server_object / 0)
    answer.expect(code=CONTENT, value=settings.ssid)


@testcase(
    "BS-SEC-09",
    verifies=["SEC-001", "SEC-003", "HLF-031"],
    clause="LwM2M Transport 1.1.1 §5.2.8.7; LwM2M Core 1.1.1 §E.1",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
    security=["x509"],
)
@vary(usage=USAGES)
async def test_certificates_are_refused_as_the_usage_says(device: Device, usage: str) -> None:
    """A device tells nothing to a server with a certificate that the Certificate Usage excludes.

    By the usages 1 and 3 that is another one of the same authority, by 0 and 2 one of another authority.
    """
    device.bootstrap.usage = usage
    right, credentials = device.dtls.channel.configuration, device.dtls.channel.credentials
    wrong = with_another_certificate(usage, credentials, device.context.chance)
    async with other_server(device, replace(right, credentials=(wrong,))) as other:
        settings = await given(device)
        reason = UNTRUSTED if usage in BY_ITS_OWN_STORE else ""
        await other.expect_refused(device.ixit.reaction_time, may_stay_away=reason)
    device.bootstrap.usage = PINNED
    await expect_registered_with_them(device, await given(device, settings, name="further-bootstrap"))
