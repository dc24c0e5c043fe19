"""Location: where a device says that it is (Object 6, Core 1.1.1 §E.7)."""

from conformance.matching import PRESENT, between, containing
from conformance.messages import Path
from conformance.messages.codes import CONTENT
from conformance.roles import Device
from conformance.roles.optional import bring_about, read_optional
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


@testcase("LOC-03", verifies=["HLF-027"], clause=CLAUSE, applies="device & object(6)")
@vary(resource=["radius", "speed"])
async def test_extent_and_speed_are_not_negative(device: Device, resource: str) -> None:
    """Radius /6/0/3 and Speed /6/0/6, where they are there, are not below zero."""
    await device.registered()
    answer = await read_optional(device, LOCATION / (3 if resource == "radius" else 6))
    answer.expect(name=resource, value=between(0, float("inf")))


@testcase(
    "LOC-04",
    verifies=["HLF-028"],
    clause="LwM2M Core 1.1.1 §6.4.2",
    ets="int-810",
    applies="device & object(6) & observe",
)
async def test_movement_is_reported(device: Device) -> None:
    """A server that observes the latitude is told when the device has moved."""
    await device.registered()
    latitude = LOCATION / 0
    observation = await device.observe(latitude)
    observation.first.require(code=CONTENT, observe=PRESENT)
    there = 12.5 if observation.first.value != 12.5 else 12.75
    await bring_about(device, latitude, there)
    (await observation.next()).expect(code=CONTENT, value=there)
