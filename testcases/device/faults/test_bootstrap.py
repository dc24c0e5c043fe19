"""Each request of a bootstrap while the network loses, copies, delays and spoils messages."""

from collections.abc import Awaitable, Callable

from conformance.faults.troubles import Trouble
from conformance.messages import Register
from conformance.messages.bootstrap import BootstrapRequest
from conformance.messages.codes import CHANGED, CONTENT, DELETED
from conformance.roles import Answer, Device
from conformance.roles.disturbed_device import DisturbedDevice
from conformance.roles.further_bootstrap import expect_in_use
from conformance.testcase import NOSEC, testcase, vary

CLAUSE = "RFC 7252 §4.2, §4.3, §4.5"
SECURITY = (NOSEC, "psk")
BOOTSTRAP = ("bootstrap",)
Ask = Callable[[], Awaitable[Answer]]


@testcase(
    "FLT-BS-01",
    verifies=["HLF-019", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.1.7.1",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_bootstrap_request_survives(device: Device, fault: Trouble) -> None:
    """A Bootstrap-Request in trouble is repeated as it was, arrives once, and the bootstrap goes on."""
    settings = await device.bootstrap.complete()
    await device.control()
    disturbed = DisturbedDevice(device, fault, amid=True)
    await disturbed.asked(
        BootstrapRequest,
        lambda: device.trigger("bootstrap"),
        lambda: device.bootstrap.next(BootstrapRequest, disturbed.patience),
    )
    await device.server.next((Register,), 0)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await expect_in_use(device, settings.lifetime)


@testcase(
    "FLT-BS-02",
    verifies=["HLF-019", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.1.7",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    security=SECURITY,
    network=True,
)
@vary(step=["Discover", "Delete", "Write", "Finish"])
@vary(fault=list(Trouble))
async def test_bootstrap_survives(device: Device, fault: Trouble, step: str) -> None:
    """A bootstrap with one of its requests in trouble is complete: the device registers as it was told to."""
    disturbed, bootstrap = DisturbedDevice(device, fault, amid=True), device.bootstrap
    await bootstrap.requested()
    settings = await bootstrap.new_settings()
    server = bootstrap.server_values(settings.ssid, settings.lifetime)
    security = bootstrap.security_values(settings.ssid)
    steps: dict[str, tuple[str, Ask]] = {
        "Discover": (CONTENT, lambda: bootstrap.discover("/1")),
        "Delete": (DELETED, lambda: bootstrap.delete("/1")),
        "Write": (CHANGED, lambda: bootstrap.write(settings.security, security)),
        "Server": (CHANGED, lambda: bootstrap.write(settings.server, server)),
        "Finish": (CHANGED, bootstrap.finish),
    }
    for name, (code, ask) in steps.items():
        if name == step:
            answer = await disturbed.answered(f"Bootstrap{name}", ask)
            disturbed.is_done(answer, code, name=name.lower())
        elif not device.network.fired:
            (await ask()).require(code=code)
        else:
            (await ask()).expect(name=name.lower(), code=code)
    await disturbed.settled()
    register = await device.next(Register)
    register.expect(lifetime=settings.lifetime)
    device.settings = settings
