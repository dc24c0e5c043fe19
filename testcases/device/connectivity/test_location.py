"""Location: where a device says that it is (Object 6, Core 1.1.1 §E.7)."""

from conformance.matching import between, containing
from conformance.messages import Path
from conformance.messages.codes import CONTENT
from conformance.roles import Device
from conformance.roles.optional import read_optional
from conformance.testcase import testcase, vary

CLAUSE = "LwM2M Core 1.1.1 §E.7"
LOCATION = Path(6, 0)
RANGES = {"latitude": (0, -90, 90), "longitude": (1, -180, 180), "timestamp": (5, 0, 2**40)}


@testcase("LOC-01", verifies=["HLF-027"], clause=CLAUSE, ets="int-801", applies="device & object(6)")
@vary(resource=list(RANGES))
async def test_place_is_on_earth(device: Device, resource: str) -> None:
    """Latitude, longitude and the time of the measurement are within their ranges."""
    await device.registered()
    number, low, high = RANGES[resource]
    answer = await read_optional(device, LOCATION / number)
    answer.expect(name=resource, value=between(low, high))


@testcase("LOC-02", verifies=["HLF-027"], clause=CLAUSE, applies="device & object(6) & discover")
async def test_mandatory_resources_are_listed(device: Device) -> None:
    """Object 6 has a latitude, a longitude and a time."""
    await device.registered()
    answer = await device.discover(LOCATION)
    answer.expect(code=CONTENT, targets=containing("/6/0/0", "/6/0/1", "/6/0/5"))
