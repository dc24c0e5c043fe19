"""A bootstrap server gives a device an OSCORE context, under another (LwM2M Transport 1.1.1 §5.4)."""

from conformance.formats import ObjectLink, Value
from conformance.messages import Path
from conformance.messages.codes import CHANGED
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.roles.tester_bootstrap_client import NO_SECURITY, OSCORE_LINK, OSCORE_OBJECT
from conformance.security.object_security import admission_of, drawn_texts
from conformance.testcase import OSCORE, testcase


@testcase(
    "BSS-OSC-01",
    verifies=["SEC-001", "SEC-002", "HLF-019"],
    clause="LwM2M Transport 1.1.1 §5.4",
    applies="bootstrap_server & lwm2m >= 1.1",
    security=(OSCORE,),
)
async def test_a_device_is_given_the_context_that_its_user_named(bootstrap_server: BootstrapServer) -> None:
    """A device that asks under OSCORE is given, under it, an account without DTLS that links to an OSCORE
    Instance with the context that the user named."""
    given = drawn_texts(bootstrap_server.context.chance)
    chosen = {**account(), "security": {"mode": "oscore", **admission_of(given)}}
    device = await bootstrap_server.provisioned(chosen)
    (await device.request()).expect(code=CHANGED)
    await device.expect_finished()
    held = device.objects.values
    record, written = bootstrap_server.context.record, device.server_accounts
    record.judge("account.number", 1, len(written), what="accounts written")
    security = written[0]
    link = held.get(security / OSCORE_LINK)
    record.judge("account.security-mode", NO_SECURITY, held.get(security / 2), what="Security Mode")
    linked = Path(link.object_id, link.instance_id) if isinstance(link, ObjectLink) else Path()
    record.judge("account.linked", OSCORE_OBJECT, linked[0] if linked else None, what="a link to Object")
    expected = {0: given.master_secret, 1: given.sender_id, 2: given.recipient_id, 5: given.master_salt}
    told = {number: octets(held.get(linked / number)) for number in expected}
    wanted = {number: value.hex() for number, value in expected.items()}
    record.judge("context.resources", wanted, told, what="the OSCORE Instance that the account links to")
    device.oscore.expect_no_incident()


def octets(value: Value | None) -> str | None:
    """An Opaque or a String, in hexadecimal."""
    held = value.encode() if isinstance(value, str) else value
    return held.hex() if isinstance(held, bytes) else None
