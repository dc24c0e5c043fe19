"""Settings in LwM2M CBOR, which LwM2M 1.2 added (LwM2M Core 1.2 §6.1.7.4, §6.1.7.5)."""

from conformance.formats import ContentFormat
from conformance.matching import covering
from conformance.messages import Register
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.testcase import testcase, vary


@testcase(
    "BS-WR-12",
    verifies=["HLF-019", "HLF-034"],
    clause="LwM2M Core 1.2 §6.1.7.4, §6.1.7.5",
    applies="device & bootstrap & lwm2m >= 1.2 & format_lwm2m_cbor",
    launch_options=("bootstrap",),
)
@vary(level=["object", "instance"])
async def test_settings_come_in_lwm2m_cbor(device: Device, level: str) -> None:
    """Settings written in LwM2M CBOR are answered 2.04, can be read in it, and are taken."""
    await device.bootstrap.requested()
    given = await device.bootstrap.new_settings()
    number = ContentFormat.LWM2M_CBOR
    for name, path, values in (
        ("security", given.security, device.bootstrap.security_values(given.ssid)),
        ("server", given.server, device.bootstrap.server_values(given.ssid, given.lifetime)),
    ):
        if level == "object":
            written = await device.bootstrap.write(path.parent, {path[1]: values}, number)
        else:
            written = await device.bootstrap.write(path, values, number)
        written.expect(name=name, code=CHANGED)
    answer = await device.bootstrap.read(given.server, number)
    answer.expect(code=CONTENT, format=number)
    expected = {str(given.server / 0): given.ssid, str(given.server / 1): given.lifetime}
    answer.expect(values=covering(expected))
    (await device.bootstrap.finish()).expect(code=CHANGED)
    register = await device.next(Register)
    register.expect(lifetime=given.lifetime)
