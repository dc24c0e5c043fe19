"""Keys that the user of a bootstrap server provisioned reach the device over DTLS (LwM2M Transport 1.1.1
§5.2.4)."""

from conformance.formats import ContentFormat
from conformance.matching import one_of
from conformance.messages.codes import CHANGED
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.roles.provisioned_keys import Observed, expect_held
from conformance.security.provisioning import PINNED, base64_like, drawn_credentials, shared
from conformance.testcase import SECURITY, testcase

FORMATS = (ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR)


@testcase(
    "BSS-SEC-05",
    verifies=["SEC-001", "HLF-019"],
    clause="LwM2M Transport 1.1.1 §5.2.4, §5.2.8; LwM2M Core 1.1.1 §E.1",
    applies="bootstrap_server & verb_provision",
    security=SECURITY,
)
async def test_keys_arrive_as_they_were_provisioned(bootstrap_server: BootstrapServer) -> None:
    """A device is given exactly the keys that the user provisioned for it, whatever their mode is."""
    for given in SECURITY:
        device = await bootstrap_server.device()
        keys = drawn_credentials(given, device.name, bootstrap_server.context.chance)
        usage = PINNED if given == "x509" and device.lwm2m != "1.0" else None
        provisioned = await bootstrap_server.provision(device, account(keys=keys, usage=usage))
        provisioned.require(outcome="response")
        (await device.request()).expect(name=f"request-{given}", code=CHANGED)
        await device.expect_finished(name=f"session-{given}")
        expect_held(device, keys, usage, name=f"account-{given}")


@testcase(
    "BSS-SEC-06",
    verifies=["SEC-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §7.4, §6.1.7.1",
    applies="bootstrap_server & verb_provision",
    security=["psk"],
)
async def test_keys_arrive_in_every_format(bootstrap_server: BootstrapServer) -> None:
    """A key that is a text in base64, too, arrives as it is in whichever format the device prefers."""
    chance = bootstrap_server.context.chance
    for preferred in FORMATS:
        device, name = await bootstrap_server.device(), preferred.name.lower().replace("_", "-")
        keys = shared(base64_like(chance), chance)
        (await bootstrap_server.provision(device, account(keys=keys))).require(outcome="response")
        answer = await device.request(more=(f"pct={int(preferred)}",))
        answer.expect(name=f"request-{name}", code=one_of(CHANGED, "4.15"))
        if answer.code == CHANGED:
            await device.expect_finished(name=f"session-{name}")
            expect_held(device, keys, name=f"account-{name}")


@testcase(
    "BSS-SEC-07",
    verifies=["SEC-002"],
    clause="LwM2M Transport 1.1.1 §5.2",
    applies="bootstrap_server & verb_provision",
    security=SECURITY,
)
async def test_nothing_of_a_session_is_in_clear(bootstrap_server: BootstrapServer) -> None:
    """No datagram of a session shows a key that is given, the URI of a server, or the key of the device."""
    device = await bootstrap_server.device(connect=False)
    keys = drawn_credentials("psk", device.name, bootstrap_server.context.chance)
    given = account(uri="coaps://nobody-else.example:5684", keys=keys)
    (await bootstrap_server.provision(device, given)).require(outcome="response")
    datagrams = Observed(device)
    await device.dtls.handshake()
    (await device.request()).expect(code=CHANGED)
    await device.expect_finished()
    expect_held(device, keys)
    datagrams.expect_unseen(keys, b"nobody-else.example")
