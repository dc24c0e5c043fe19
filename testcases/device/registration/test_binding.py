"""The binding that the server writes, /1/x/7, from LwM2M 1.1 on (LwM2M Core 1.1.1 §6.2.1.2)."""

from conformance.matching import code_class
from conformance.messages import Register
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.testcase import testcase
from conformance.verdicts import Level, NotApplicable, Subject

APPLIES = "device & lwm2m >= 1.1"
BINDING = 7


@testcase(
    "REG-BND-01",
    verifies=["HLF-010", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1.2",
    applies=APPLIES,
    fresh=True,
)
async def test_new_binding_leaves_the_registration_alone(device: Device) -> None:
    """A further transport in the binding is for a later session: the registration goes on as it is."""
    location = (await device.registered()).location
    await device.server.next((Register,), 0)
    written = await device.write(device.server_object / BINDING, "UT")
    if written.code != CHANGED:
        raise NotApplicable(f"the SUT takes no other binding: UT is answered {written.code}")
    await device.none(Register)
    device.context.record.judge(
        "registration.location",
        location,
        device.current.location,
        subject=Subject("registration", None),
        what="the Location of the registration is",
    )


@testcase(
    "REG-BND-02",
    verifies=["HLF-010", "HLF-032"],
    clause="LwM2M Core 1.1.1 §6.2.1.2, §7.1",
    applies=APPLIES,
    fresh=True,
)
async def test_queue_mode_is_no_binding(device: Device) -> None:
    """UQ, which 1.0 had, is no binding from 1.1 on: it should be refused, and change nothing."""
    await device.registered()
    path = device.server_object / BINDING
    before = await device.read(path)
    before.require(code=CONTENT)
    written = await device.write(path, "UQ")
    written.expect(code=code_class(4), level=Level.SHOULD)
    if written.code != CHANGED:
        (await device.read(path)).expect(name="read-back", value=before.value)
