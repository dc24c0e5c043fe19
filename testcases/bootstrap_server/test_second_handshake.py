"""Another handshake from the address of a device amid its session, and whom the rest of that reaches."""

from conformance.coap.message import Message
from conformance.messages.bootstrap import BootstrapDelete, BootstrapFinish, BootstrapWrite
from conformance.messages.codes import CHANGED
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.roles.tester_bootstrap_client import TesterBootstrapClient
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, Subject

FIRST_REPETITION = 1.5
"""A message without an answer is sent again after so many ACK_TIMEOUT at most (RFC 7252 §4.8)."""
CHANGES = (BootstrapWrite, BootstrapDelete, BootstrapFinish)


@testcase(
    "BSS-SEC-12",
    verifies=["SEC-001", "SEC-002", "SEC-003"],
    clause="RFC 7252 §9.1, RFC 6347 §4.2.8, LwM2M Core 1.1.1 §6.1.7",
    applies="bootstrap_server & verb_provision",
    security=("psk",),
)
@vary(by=["itself", "another"])
async def test_a_second_handshake_amid_a_session_leads_it_to_nobody_else(
    bootstrap_server: BootstrapServer, by: str
) -> None:
    """A device that makes another handshake amid its session, or another one that comes from its address, is
    led through a session when it asks; nothing of the one before reaches who is another, nor goes in clear.

    Whether a device is sent the rest of its session over the second association is left open. A question that
    comes again at another device is a warning, a change a failure: the settings hold keys of the first one.
    """
    device = await bootstrap_server.provisioned(account(ssid=4711))
    ssid, name, credential = 4711, device.name, device.dtls.credential
    if by == "another":
        other = await bootstrap_server.device(connect=False)
        (await bootstrap_server.provision(other, account(ssid=4712))).require(outcome="response")
        ssid, name, credential = 4712, other.name, other.dtls.credential
    await interrupted(device)
    device.dtls.credential = credential
    if not await device.dtls.welcomed(name="second"):
        await device.dtls.moved()
        await device.dtls.handshake()
    await device.is_finished(
        FIRST_REPETITION * bootstrap_server.ixit.ack_timeout + bootstrap_server.ixit.quiet_time
    )
    expect_unasked(device, is_another=by == "another")
    device.finished.clear()
    device.forget()
    (await device.request(query=(f"ep={name}",))).expect(code=CHANGED)
    await device.expect_finished()
    record = bootstrap_server.context.record
    held = list(dict.fromkeys(device.short_server_ids))
    record.judge("account.security", [ssid], held, what="Short Server IDs of Object 0")
    await device.next(BootstrapFinish)
    second = await device.take(BootstrapFinish, bootstrap_server.ixit.quiet_time)
    told = "a second Bootstrap-Finish" if second else None
    record.judge("session.second", None, told, what="after the Bootstrap-Request:", level=Level.SHOULD)
    clear = [each.frame for each in device.dtls.client.datagrams if each.incoming and each.is_plain_coap]
    record.judge("clear.frames", [], clear, subject=Subject("datagram"), what="frames in clear: none, not")


async def interrupted(device: TesterBootstrapClient) -> None:
    """Ask, and lose the association when the first message of the session comes, which is lost, too.

    Raises:
        Inconclusive: no session began.
    """
    lost: list[Message] = []

    def is_request(message: Message) -> bool:
        if message.code.class_ or not message.code:
            return False
        lost.append(message)
        return True

    device.endpoint.lose(is_request)
    await device.requested()
    began = await device.context.heard.first(lambda: lost or None, device.context.ixit.reaction_time)
    if not began:
        raise Inconclusive("preamble: the SUT begins no session")
    device.dtls.abandon()


def expect_unasked(device: TesterBootstrapClient, *, is_another: bool) -> None:
    """Who has another credential is asked nothing before it asks; records ``unasked.operations``."""
    record, asked = device.context.record, device.arrived
    if not is_another:
        told = ", ".join(type(each).__name__ for each in asked) or "nothing"
        record.note(f"over the second association goes on of the session before it: {told}")
        return
    level = Level.MUST if any(isinstance(each, CHANGES) for each in asked) else Level.SHOULD
    record.judge(
        "unasked.operations",
        [],
        [str(each) for each in asked],
        subject=Subject("operation"),
        level=level,
        what="asked of another device at the same address nothing, not",
    )
