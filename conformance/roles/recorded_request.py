"""A Bootstrap-Request of a device of the tester that was recorded, and whether it begins a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.dtls.records import ContentType
from conformance.dtls.script import Script
from conformance.messages.codes import CHANGED
from conformance.roles.bootstrap_server import BootstrapServer
from conformance.roles.tester_bootstrap_client import TesterBootstrapClient
from conformance.verdicts import Inconclusive, Level, Subject


async def requested_on_record(server: BootstrapServer, device: TesterBootstrapClient) -> bytes:
    """Have the device bootstrapped over a new association, and give the record with its Bootstrap-Request.

    Raises:
        Inconclusive: it was not bootstrapped.
    """
    script = Script()
    await device.dtls.connected(script=script)
    (await device.request()).require(code=CHANGED)
    if not await device.is_finished():
        raise Inconclusive("preamble: the session of the device did not come to its end")
    if server.context.ics["event_bootstrap_finished"]:
        await server.hears("bootstrap-finished", device.name, server.ixit.reaction_time)
    await told_of_request(server, device)
    device.finished.clear()
    device.forget()
    return bytes(next(each for each in script.sent if each.content_type == ContentType.APPLICATION_DATA))


def pass_records(device: TesterBootstrapClient, number: int) -> None:
    """Send so many records with a Reset that refers to nothing."""
    for _ in range(number):
        reset = b"\x70\x00" + device.endpoint.new_mid().to_bytes(2)
        device.dtls.client.transport.send(reset, device.server_address)


async def expect_no_session(server: BootstrapServer, device: TesterBootstrapClient, *, name: str) -> None:
    """Within the quiet time nothing is asked of the device, and the user hears of no request: the checks
    ``<name>.operations`` and ``<name>.told``.

    Raises:
        CheckFailed: a session began.
    """
    record, subject = server.context.record, Subject("operation")
    await device.is_finished(server.ixit.quiet_time)
    asked = [str(each) for each in device.arrived]
    record.judge(f"{name}.operations", [], asked, subject=subject, what="nothing asked of the device, not")
    told = await told_of_request(server, device)
    record.judge(f"{name}.told", False, told, source="live", what="that the user hears of a request:")


async def expect_unheard(
    server: BootstrapServer, device: TesterBootstrapClient, record: bytes, *, name: str
) -> None:
    """A record that comes again begins no session, as in `expect_no_session`.

    Nor should it be answered, which is the check ``<name>.answers``.

    Raises:
        CheckFailed: a session began.
    """
    before = len(server.context.messages)
    device.dtls.client.transport.inject(record, device.server_address)
    await expect_no_session(server, device, name=name)
    since = server.context.messages[before:]
    answers = [each for each in since if each["direction"] == "in" and is_response(each)]
    server.context.record.judge(
        f"{name}.answers", 0, len(answers), level=Level.SHOULD, what="answers to what was recorded"
    )


async def told_of_request(server: BootstrapServer, device: TesterBootstrapClient) -> bool:
    """Whether the user heard of a Bootstrap-Request of the device by now."""
    if not server.context.ics["event_bootstrap_request"]:
        return False
    return await server.hears("bootstrap-request", device.name, 0) is not None


def is_response(line: Mapping[str, Any]) -> bool:
    """Whether a line of the messages of a case is a response, not a request or an empty message."""
    return not str(line["code"]).startswith("0.")
