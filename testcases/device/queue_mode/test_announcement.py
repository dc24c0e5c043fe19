"""How a device says that it may sleep (LwM2M Core 1.1.1 §6.2.1, Transport 1.1.1 §6.5)."""

from conformance.matching import matches
from conformance.messages import Register, Update
from conformance.messages.codes import CHANGED
from conformance.roles import Arrival, Device
from conformance.testcase import testcase
from conformance.verdicts import Level, NotApplicable, Subject

BINDING = 7


@testcase(
    "QUE-ANN-01",
    verifies=["HLF-019", "GISFI-6.6a"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-108",
    applies="device & queue_mode",
    launch_options=("queue",),
    versions="each",
)
async def test_queue_mode_is_announced(device: Device) -> None:
    """A device in queue mode says so: a Q beside its binding from 1.1 on, a letter of the binding in 1.0."""
    register = await device.next(Register)
    if device.context.lwm2m == "1.0":
        register.expect(binding=matches("(U|S)?Q|UQS"))
        return
    values = [value for name, value in register.message.parameters if name == "Q"]
    subject = Subject("register.parameters", register.frame)
    device.context.record.judge(
        "register.queue-parameter", [None], values, subject=subject, what="Register with the values of Q"
    )
    binding = register.message.binding or ""
    device.context.record.judge(
        "register.binding-letters", False, "Q" in binding, subject=subject, what=f"a Q in b={binding}:"
    )


@testcase(
    "QUE-BND-01",
    verifies=["HLF-015", "HLF-010", "GISFI-6.6a"],
    clause="LwM2M Core 1.0 §5.3.1.1, §5.3.2, §8.3",
    applies="device & queue_mode & lwm2m < 1.1",
)
async def test_server_sets_queue_mode(device: Device) -> None:
    """A 1.0 device that is given the binding UQ tells it in an Update, and listens after that."""
    if (await device.registered()).queue_mode:
        raise NotApplicable("the SUT is in queue mode without being told")
    path = device.server_object / BINDING
    written = await device.write(path, "UQ")
    if written.code != CHANGED:
        raise NotApplicable(f"the SUT takes no other binding: UQ is answered {written.code}")
    found = await device.server.next((Update,), device.ixit.reaction_time)
    device.context.record.judge(
        "update.received", True, found is not None, level=Level.SHOULD, what="an Update:"
    )
    if found is not None and isinstance(found[0], Update):
        Arrival(device.context.record, found[0], found[1]).expect(binding="UQ")
    (await device.read(path)).expect(name="awake-read", value="UQ")
