"""Operations of the Bootstrap interface from somebody else than the bootstrap server (Core 1.1.1 §3.2)."""

from conformance.matching import one_of
from conformance.messages import Path, Register
from conformance.messages.bootstrap import (
    BootstrapDelete,
    BootstrapDiscover,
    BootstrapFinish,
    BootstrapOperation,
    BootstrapRead,
)
from conformance.messages.codes import CHANGED
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Subject

BOOTSTRAP = ("bootstrap",)
OPERATIONS: dict[str, BootstrapOperation] = {
    "delete": BootstrapDelete(Path(1)),
    "finish": BootstrapFinish(),
    "discover": BootstrapDiscover(),
    "read": BootstrapRead(Path(1)),
}


@testcase(
    "BS-STR-01",
    verifies=["HLF-019", "HLF-031", "SEC-002"],
    clause="LwM2M Core 1.1.1 §3.2, §6.1.7",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(operation=list(OPERATIONS))
async def test_stranger_takes_no_part_in_a_bootstrap(device: Device, operation: str) -> None:
    """A Delete, Finish, Discover or Read from another address than the bootstrap server's has no success."""
    await device.bootstrap.requested()
    settings = await device.bootstrap.provision()
    outcome = await device.bootstrap.from_elsewhere(OPERATIONS[operation])
    device.context.record.judge(
        "stranger.outcome",
        one_of("timeout", "reset", "4.xx"),
        outcome,
        subject=Subject("outcome"),
        what=f"the {operation} of a stranger ends with",
        tolerated=one_of("unreachable", "rejected", "5.xx"),
        source="live",
    )
    early = await device.server.next((Register,), device.ixit.quiet_time)
    device.context.record.judge(
        "register.early",
        None,
        "Register" if early else None,
        subject=Subject("operation", early[1].frame if early else None),
        what="before Finish",
    )
    (await device.bootstrap.finish()).expect(code=CHANGED)
    register = await device.next(Register)
    register.expect(lifetime=settings.lifetime)
