"""Two servers at one device: random rights, and what each server may then do."""

from functools import partial

from conformance.exploration import SharingExplorer, sharing
from conformance.messages import Path
from conformance.roles import Device
from conformance.testcase import testcase


@testcase(
    "EXP-ACC-01",
    verifies=["HLF-031"],
    clause="LwM2M Core 1.1.1 §8.2",
    applies="device & bootstrap & multiple_servers & access_control & ixit.writable_integer",
    servers=2,
)
async def test_rights_hold_as_they_were_granted_last(device: Device) -> None:
    """Whatever one server granted before, another may do what its last entry says, and nothing else."""
    number, executable = Path.of(device.ixit.writable_integer), device.ixit.executable
    if executable is None or not device.context.ics["execute"]:
        drawn = partial(sharing, number=number, executable=None)
    else:
        drawn = partial(sharing, number=number, executable=Path.of(executable))
    await SharingExplorer(device, "EXP-ACC-01", part=0.5).explore(drawn)
