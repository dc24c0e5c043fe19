"""A device that refuses: the user is told no success (LwM2M Core 1.1.1 §6.1.6)."""

from conformance.coap.message import Code
from conformance.messages.bootstrap import BootstrapFinish, BootstrapWrite
from conformance.roles.bootstrap_server import BootstrapServer
from conformance.testcase import testcase, vary

OFTEN = 50
"""Times that Finish is refused: a server may correct and try again."""
EVENTS = "event_bootstrap_finished"


def no_early_success(bootstrap_server: BootstrapServer, told: object, *, finished: bool) -> None:
    """Judge that the user was told of success only where Finish was accepted."""
    bootstrap_server.context.record.judge(
        "success.told", None, None if finished else told, what="success without Finish", source="live"
    )


@testcase(
    "BSS-RFS-01",
    verifies=["HLF-019", "HLF-036"],
    clause="LwM2M Core 1.1.1 §6.1.6",
    applies=f"bootstrap_server & verb_provision & {EVENTS}",
)
@vary(code=[Code.BAD_REQUEST, Code.UNSUPPORTED_CONTENT_FORMAT, Code.INTERNAL_SERVER_ERROR])
async def test_refused_write_is_no_success(bootstrap_server: BootstrapServer, code: Code) -> None:
    """After a Write that was refused the user hears of success only when a later Finish was accepted."""
    device = await bootstrap_server.provisioned()
    device.answer_next(BootstrapWrite, code)
    await device.requested()
    await device.next(BootstrapWrite)
    told = await bootstrap_server.hears("bootstrap-finished", device.name, bootstrap_server.ixit.quiet_time)
    no_early_success(bootstrap_server, told, finished=device.finished.is_set())


@testcase(
    "BSS-RFS-02",
    verifies=["HLF-019", "HLF-036"],
    clause="LwM2M Core 1.1.1 §6.1.6",
    ets="int-9",
    applies=f"bootstrap_server & verb_provision & {EVENTS}",
)
async def test_refused_finish_is_no_success(bootstrap_server: BootstrapServer) -> None:
    """The user hears of no success when Finish was answered 4.06."""
    device = await bootstrap_server.provisioned()
    for _ in range(OFTEN):
        device.answer_next(BootstrapFinish, Code.NOT_ACCEPTABLE)
    await device.requested()
    await device.next(BootstrapFinish)
    told = await bootstrap_server.hears("bootstrap-finished", device.name, bootstrap_server.ixit.quiet_time)
    no_early_success(bootstrap_server, told, finished=device.finished.is_set())


@testcase(
    "BSS-RFS-03",
    verifies=["HLF-019", "HLF-036"],
    clause="LwM2M Core 1.1.1 §6.1.6",
    ets="int-9",
    applies="bootstrap_server & verb_provision & event_bootstrap_failed",
)
async def test_user_learns_of_a_refused_finish(bootstrap_server: BootstrapServer) -> None:
    """The user learns that a bootstrap failed when Finish was answered 4.06."""
    device = await bootstrap_server.provisioned()
    for _ in range(OFTEN):
        device.answer_next(BootstrapFinish, Code.NOT_ACCEPTABLE)
    await device.requested()
    await bootstrap_server.event("bootstrap-failed", device.name)
