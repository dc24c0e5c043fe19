"""Register: what a device tells of itself (LwM2M Core 1.1.1 §6.2.1)."""

from conformance.matching import ABSENT, PRESENT, containing, excluding, one_of
from conformance.messages import Register
from conformance.roles import Device
from conformance.testcase import testcase


@testcase(
    "REG-REG-01",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="device",
    fresh=True,
    versions="each",
)
async def test_endpoint_name_is_the_provisioned_one(device: Device):
    """A Register carries the endpoint name that the device was given."""
    register = await device.next(Register)
    register.expect(endpoint=device.context.endpoint)


@testcase(
    "REG-REG-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="device",
    fresh=True,
    launch={"lifetime": "77"},
)
async def test_lifetime_is_the_provisioned_one(device: Device):
    """A Register carries the lifetime of the Server Object."""
    register = await device.next(Register)
    register.expect(lifetime=77)


@testcase(
    "REG-REG-03",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="device",
    fresh=True,
    versions="each",
)
async def test_enabler_version_is_told(device: Device):
    """A Register carries the version of the enabler that the device speaks."""
    register = await device.next(Register)
    spoken = device.context.lwm2m
    permitted = one_of(spoken, f'"{spoken}"') if spoken == "1.0" else spoken
    register.expect(version=permitted)
