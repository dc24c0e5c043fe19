"""The order of a bootstrap session: one request after the other, Finish last (LwM2M Core 1.1.1 §6.1.3.3)."""

import asyncio

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.messages.bootstrap import BootstrapFinish, BootstrapWrite
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.testcase import testcase


@testcase(
    "BSS-ORD-01",
    verifies=["HLF-036"],
    clause="RFC 7252 §4.7",
    applies="bootstrap_server & verb_provision",
)
async def test_each_request_waits_for_the_answer_before(bootstrap_server: BootstrapServer) -> None:
    """While a Write is not answered nothing else is asked."""
    device = await bootstrap_server.provisioned()
    meanwhile: list[str] = []

    async def held(operation: ServerOperation, incoming: Incoming) -> Response:
        before = len(device.arrived)
        await asyncio.sleep(bootstrap_server.ixit.quiet_time)
        meanwhile.extend(type(each).__name__ for each in device.arrived[before:])
        return device.answer(operation, incoming)

    device.script_next(BootstrapWrite, held)
    await device.requested()
    await device.expect_finished()
    bootstrap_server.context.record.judge(
        "session.in-turn", [], meanwhile, what="asked while a Write was open"
    )


@testcase(
    "BSS-ORD-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.3.3",
    applies="bootstrap_server & verb_provision",
)
async def test_finish_comes_last(bootstrap_server: BootstrapServer) -> None:
    """Finish comes once, with an empty payload, and nothing comes behind it."""
    device = await bootstrap_server.provisioned()
    await device.requested()
    await device.expect_finished()
    await asyncio.sleep(bootstrap_server.ixit.quiet_time)
    came = [type(each).__name__ for each in device.arrived]
    record = bootstrap_server.context.record
    record.judge("session.end", ["BootstrapFinish"], came[came.index("BootstrapFinish") :], what="last asked")
    (await device.next(BootstrapFinish)).expect(payload=b"", path="/")


@testcase(
    "BSS-ORD-03",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.6",
    ets="int-4",
    applies="bootstrap_server & verb_provision & deletes_first",
)
async def test_old_settings_are_deleted(bootstrap_server: BootstrapServer) -> None:
    """What the user wants deleted is gone, and what is to be written is there."""
    device = await bootstrap_server.provisioned(account(ssid=4711), delete=["/0", "/1"])
    device.add_account(7, ssid=99)
    await device.requested()
    await device.expect_finished()
    record = bootstrap_server.context.record
    record.judge("account.security", [4711], device.short_server_ids, what="Short Server IDs of Object 0")
    servers = [device.objects.values.get(each / 0) for each in device.objects.at(1)]
    record.judge("account.server", [4711], servers, what="Short Server IDs of Object 1")
