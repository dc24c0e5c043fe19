"""Each message of a bootstrap session while the network loses, copies, delays and spoils it."""

from conformance.bindings.server_requests import ServerOperation
from conformance.faults import Direction
from conformance.faults.troubles import Trouble
from conformance.messages.bootstrap import BootstrapFinish, BootstrapRequest, BootstrapWrite
from conformance.messages.codes import CHANGED
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.roles.damaged_handshake import damage, expect_no_wrong_association
from conformance.roles.disturbed_server import DisturbedServer
from conformance.roles.tester_bootstrap_client import TesterBootstrapClient
from conformance.testcase import NOSEC, testcase, vary

CLAUSE = "RFC 7252 §4.2, §4.3, §4.5"
APPLIES = "bootstrap_server & verb_provision"
SECURITY = (NOSEC, "psk")
STEPS: dict[str, type[ServerOperation]] = {"write": BootstrapWrite, "finish": BootstrapFinish}


@testcase(
    "BSS-FLT-01",
    verifies=["HLF-019", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.1.7.1",
    applies=APPLIES,
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_request_survives(bootstrap_server: BootstrapServer, fault: Trouble) -> None:
    """A Bootstrap-Request in trouble is answered 2.04 in the end, and leads to one session."""
    device = await bootstrap_server.provisioned(account(ssid=4711))
    disturbed = DisturbedServer(bootstrap_server, fault)
    answer = await disturbed.told(BootstrapRequest.__name__, device.request)
    answer.expect(code=CHANGED, level=disturbed.answering)
    await device.expect_finished()
    record = bootstrap_server.context.record
    record.judge("account.security", [4711], device.short_server_ids, what="Short Server IDs of Object 0")
    await device.next(BootstrapFinish)
    second = await device.take(BootstrapFinish, bootstrap_server.ixit.quiet_time)
    told = "a second Bootstrap-Finish" if second else None
    record.judge("session.second", None, told, what="after one Bootstrap-Request:", level=disturbed.copied)


@testcase(
    "BSS-FLT-02",
    verifies=["HLF-019", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.1.7",
    applies=APPLIES,
    security=SECURITY,
    network=True,
)
@vary(step=list(STEPS))
@vary(fault=list(Trouble))
async def test_session_survives(bootstrap_server: BootstrapServer, fault: Trouble, step: str) -> None:
    """A Write or Finish in trouble is one message, repeated if need be, and the session is led to its end."""
    if fault is not Trouble.DUPLICATED:
        bootstrap_server.context.need_repetition()
    device = await bootstrap_server.provisioned(account(ssid=4711, lifetime=1234))
    disturbed, record = DisturbedServer(bootstrap_server, fault, amid=True), bootstrap_server.context.record
    begin = len(bootstrap_server.context.messages)
    await disturbed.expect_trouble(STEPS[step])
    await device.requested()
    ixit = bootstrap_server.ixit
    finished = await device.is_finished(ixit.reaction_time + 4 * ixit.ack_timeout)
    await disturbed.settled()
    disturbed.expect_once(STEPS[step], begin)
    record.judge("session.finished", True, finished, what="the session is led to its end:")
    record.judge("account.security", [4711], device.short_server_ids, what="Short Server IDs of Object 0")


@testcase(
    "BSS-FLT-03",
    verifies=["SEC-003", "HLF-036"],
    clause="RFC 6347 §4.1.2.7, §4.2.4; RFC 5246 §7.4.9",
    applies=APPLIES,
    security=("psk",),
    network=True,
)
@vary(way=list(Direction))
@vary(number=[1, 2])
async def test_a_damaged_handshake_gives_no_wrong_association(
    bootstrap_server: BootstrapServer, way: Direction, number: int
) -> None:
    """A handshake message of which one bit is changed is repeated, or ends the handshake: what is completed
    serves a session, and after what is not, the next handshake does.

    Nothing protects a handshake until its Finished, so that its failure is noted alone. A bootstrap server
    that keeps what is left of it may answer another one from the same address later: that is a warning.
    """
    device = await bootstrap_server.device(connect=False)
    (await bootstrap_server.provision(device)).require(outcome="response")

    async def serves(name: str) -> None:
        await expect_session(device, name)

    await expect_no_wrong_association(bootstrap_server, device.dtls, damage(way, number), serves)


async def expect_session(device: TesterBootstrapClient, name: str) -> None:
    """Expect that the association serves a whole session."""
    device.finished.clear()
    (await device.request()).expect(name=f"{name}-request", code=CHANGED)
    await device.expect_finished(name=f"{name}-session")
