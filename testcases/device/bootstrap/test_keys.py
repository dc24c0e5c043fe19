"""A device is given keys by a bootstrap server over DTLS, and uses them (LwM2M Transport 1.1.1 §5.2.4)."""

from conformance.formats import ContentFormat
from conformance.messages.bootstrap import BootstrapRequest
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.device import Device
from conformance.roles.given_keys import (
    expect_registered_with_them,
    expect_untold,
    given,
    new_keys,
    secrets_of,
)
from conformance.security.provisioning import base64_like, shared
from conformance.testcase import SECURITY, testcase, vary

BOOTSTRAP = ("bootstrap",)
ANOTHER = {"psk": "rpk", "rpk": "x509", "x509": "psk"}
FORMATS = (
    ContentFormat.TLV,
    ContentFormat.SENML_JSON,
    ContentFormat.SENML_CBOR,
    ContentFormat.LWM2M_CBOR,
)


@testcase(
    "BS-SEC-01",
    verifies=["SEC-001", "SEC-003", "HLF-019"],
    clause="LwM2M Transport 1.1.1 §5.2.4, §5.2.8",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    security=SECURITY,
)
@vary(account=["same", "another"])
async def test_the_device_registers_with_the_keys_that_it_was_given(device: Device, account: str) -> None:
    """A device that is bootstrapped over DTLS registers over DTLS with the keys that it was given.

    They are of the mode of the bootstrap, or of another one.
    """
    new_keys(device, device.dtls.mode if account == "same" else ANOTHER[device.dtls.mode])
    handshake = await device.bootstrap.dtls.handshake(device.ixit.restart_time)
    handshake.expect(credential=device.bootstrap.dtls.credential)
    (await device.bootstrap.next(BootstrapRequest)).expect(endpoint=device.context.endpoint)
    settings = await device.bootstrap.provision()
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await expect_registered_with_them(device, settings)


@testcase(
    "BS-SEC-02",
    verifies=["SEC-001", "HLF-019", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4, RFC 8428 §4.3, §6",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    security=["psk"],
)
@vary(format=FORMATS)
async def test_keys_arrive_as_they_were_written(device: Device, format: ContentFormat) -> None:
    """A key that is a text in base64, too, is taken as it is from every format."""
    device.need_format(format)
    chance = device.context.chance
    device.dtls.channel.become(shared(base64_like(chance), chance))
    await device.bootstrap.requested()
    settings = await device.bootstrap.provision(format=format)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await expect_registered_with_them(device, settings)


@testcase(
    "BS-SEC-03",
    verifies=["SEC-001", "SEC-003", "HLF-019"],
    clause="LwM2M Transport 1.1.1 §5.2.4; LwM2M Core 1.1.1 §6.1.7.5",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    security=SECURITY,
)
async def test_new_keys_take_the_place_of_the_old_ones(device: Device) -> None:
    """After a further bootstrap gave it other keys, a device makes its next handshake with those.

    Whether it goes on with an association that the old ones opened is its own choice.
    """
    settings = await given(device)
    await expect_registered_with_them(device, settings, name="before")
    new_keys(device)
    await given(device, settings, name="further-bootstrap")
    handshake = await device.dtls.next_handshake(name="after")
    handshake.expect(name="after", credential=device.dtls.credential)
    await device.back()


@testcase(
    "BS-SEC-04",
    verifies=["SEC-002", "HLF-019", "HLF-031"],
    clause="LwM2M Core 1.1.1 §6.1.7.3, §6.1.7.4",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
    security=SECURITY,
)
async def test_keys_are_not_told(device: Device) -> None:
    """Neither Discover nor Read tells a bootstrap server the keys that it has written."""
    await device.bootstrap.requested()
    settings = await device.bootstrap.provision()
    secrets = secrets_of(device)
    for name, path in (("root", "/"), ("object", "/0"), ("instance", settings.security)):
        answer = await device.bootstrap.discover(path)
        if name == "root":
            answer.require(code=CONTENT)
        expect_untold(device, answer, secrets, name=f"discover-{name}")
    for name, path in (("object", "/0"), ("instance", settings.security), ("key", settings.security / 5)):
        expect_untold(device, await device.bootstrap.read(path), secrets, name=f"read-{name}")
    (await device.bootstrap.finish()).require(code=CHANGED)
    await expect_registered_with_them(device, settings)
