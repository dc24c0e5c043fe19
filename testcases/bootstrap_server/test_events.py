"""What the user of a bootstrap server is told, and when (LwM2M Core 1.1.1 §6.1.7)."""

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.messages.bootstrap import BootstrapFinish
from conformance.roles.bootstrap_server import BootstrapServer
from conformance.testcase import testcase


@testcase(
    "BSS-EVT-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.1",
    applies="bootstrap_server & verb_provision & event_bootstrap_request",
)
async def test_user_learns_who_asks(bootstrap_server: BootstrapServer) -> None:
    """The user learns that a device asked to be bootstrapped."""
    device = await bootstrap_server.provisioned()
    await device.requested()
    await bootstrap_server.event("bootstrap-request", device.name)


@testcase(
    "BSS-EVT-02",
    verifies=["HLF-019", "HLF-036"],
    clause="LwM2M Core 1.1.1 §6.1.7.2",
    applies="bootstrap_server & verb_provision & event_bootstrap_finished",
)
async def test_success_is_told_when_finish_was_answered(bootstrap_server: BootstrapServer) -> None:
    """The user hears of success once the device has answered Finish, and not before."""
    device = await bootstrap_server.provisioned()
    early: list[object] = []

    async def held(operation: ServerOperation, incoming: Incoming) -> Response:
        quiet = bootstrap_server.ixit.quiet_time
        early.append(await bootstrap_server.hears("bootstrap-finished", device.name, quiet))
        return device.answer(operation, incoming)

    device.script_next(BootstrapFinish, held)
    await device.requested()
    await device.expect_finished()
    bootstrap_server.context.record.judge("success.early", [None], early, what="told early", source="live")
    await bootstrap_server.event("bootstrap-finished", device.name)
