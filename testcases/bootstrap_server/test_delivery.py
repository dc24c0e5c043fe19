"""What becomes of messages of a session that are lost, come twice, or are rejected (RFC 7252 §4.2, §4.5)."""

import asyncio

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.codec import encode
from conformance.coap.codes import Code
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Message, Type, request_options
from conformance.matching import between
from conformance.messages.bootstrap import BootstrapFinish, BootstrapWrite
from conformance.messages.codes import CHANGED
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

APPLIES = "bootstrap_server & verb_provision"
OPERATIONS: dict[str, type[ServerOperation]] = {"write": BootstrapWrite, "finish": BootstrapFinish}
MAX_TRANSMISSIONS = 5


def is_write(message: Message) -> bool:
    """Whether a message is a Bootstrap-Write."""
    return message.code == Code.PUT


@testcase("BSS-RET-01", verifies=["HLF-036"], clause="RFC 7252 §4.2", applies=APPLIES, wait=4.0)
async def test_lost_write_is_sent_again(bootstrap_server: BootstrapServer) -> None:
    """A Write that was lost comes again as the same message, and the session is led to its end."""
    bootstrap_server.context.need_repetition()
    device = await bootstrap_server.provisioned(account(ssid=4711))
    device.endpoint.lose(is_write)
    await device.requested()
    ixit = bootstrap_server.ixit
    await device.expect_finished(ixit.reaction_time + 2 * ixit.ack_timeout)
    writes = [
        line for line in device.context.messages if line["direction"] == "in" and line["code"] == "0.03"
    ]
    first = [line for line in writes if line["mid"] == writes[0]["mid"]]
    record = bootstrap_server.context.record
    record.judge("write.transmissions", between(2, MAX_TRANSMISSIONS), len(first), what="transmissions")
    record.judge("account.security", [4711], device.short_server_ids, what="Short Server IDs of Object 0")


@testcase(
    "BSS-RFS-04",
    verifies=["HLF-019", "HLF-036"],
    clause="RFC 7252 §4.2",
    applies=f"{APPLIES} & event_bootstrap_finished",
)
@vary(rejected=list(OPERATIONS))
async def test_reset_is_no_success(bootstrap_server: BootstrapServer, rejected: str) -> None:
    """The user hears of no success when the device answered a Write or Finish with a Reset."""
    device, operation = await bootstrap_server.provisioned(), OPERATIONS[rejected]

    async def reset(_operation: ServerOperation, incoming: Incoming) -> None:
        device.endpoint.send(incoming.remote, Message(Type.RST, Code.EMPTY, incoming.message.mid))

    device.script_next(operation, reset)
    await device.requested()
    await device.next(operation)
    told = await bootstrap_server.hears("bootstrap-finished", device.name, bootstrap_server.ixit.quiet_time)
    bootstrap_server.context.record.judge(
        "success.told", device.finished.is_set(), told is not None, what="success told", source="live"
    )


@testcase("BSS-REQ-08", verifies=["HLF-001", "HLF-019"], clause="RFC 7252 §5.10.1", applies=APPLIES)
@vary(name=["urn:imei:004999010640000", "a&pct=1", "b=c", "Zähler%20"])
async def test_name_is_taken_as_it_stands(bootstrap_server: BootstrapServer, name: str) -> None:
    """A device whose name holds what separates parameters elsewhere gets what was provisioned for it."""
    device = await bootstrap_server.provisioned(
        account(ssid=4711), name=f"{name}-{bootstrap_server.context.chance.randrange(16**6):06x}"
    )
    (await device.request()).expect(code=CHANGED)
    await device.expect_finished()
    record = bootstrap_server.context.record
    record.judge("account.security", [4711], device.short_server_ids, what="Short Server IDs of Object 0")


@testcase("BSS-DUP-01", verifies=["HLF-019", "HLF-036"], clause="RFC 7252 §4.5", applies=APPLIES)
async def test_request_that_comes_twice_begins_one_session(bootstrap_server: BootstrapServer) -> None:
    """A Bootstrap-Request that comes twice in one message is led through one session."""
    device = await bootstrap_server.provisioned(account(ssid=4711))
    options = request_options(path=("bs",), query=(f"ep={device.name}",))
    mid, token = device.endpoint.new_mid(), device.endpoint.new_token()
    octets = encode(Message(Type.CON, Code.POST, mid, token, options))
    device.endpoint.send(device.server_address, octets)
    await device.expect_finished()
    device.endpoint.send(device.server_address, octets)
    await asyncio.sleep(bootstrap_server.ixit.quiet_time)
    finishes = sum(isinstance(each, BootstrapFinish) for each in device.arrived)
    bootstrap_server.context.record.judge(
        "session.finishes", 1, finishes, what="Bootstrap-Finish", level=Level.SHOULD
    )


@testcase(
    "BSS-DUP-02",
    verifies=["HLF-019", "HLF-036"],
    clause="RFC 7252 §4.2, §5.3.2",
    applies=f"{APPLIES} & event_bootstrap_finished",
)
async def test_recorded_answer_ends_no_session(bootstrap_server: BootstrapServer) -> None:
    """The answer to the Finish of one session, when it comes again at that of the next, is not taken for an
    answer to this: the user hears of success when the right one has come."""
    device, told = await bootstrap_server.provisioned(), list[bool]()
    name = device.name
    await device.requested()
    finish = (await device.next(BootstrapFinish)).incoming.message
    await bootstrap_server.event("bootstrap-finished", name, check="first")
    recorded = encode(Message(Type.ACK, Code.CHANGED, finish.mid, finish.token))

    async def held_back(operation: ServerOperation, incoming: Incoming) -> Response:
        device.endpoint.send(incoming.remote, recorded)
        early = await bootstrap_server.hears("bootstrap-finished", name, bootstrap_server.ixit.quiet_time)
        told.append(early is not None)
        return device.answer(operation, incoming)

    device.script_next(BootstrapFinish, held_back)
    device.finished.clear()
    await device.requested()
    await device.expect_finished()
    bootstrap_server.context.record.judge("success.told", [False], told, what="success told", source="live")
    await bootstrap_server.event("bootstrap-finished", name, check="second")
