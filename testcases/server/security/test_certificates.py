"""Which certificates and which proofs of a private key a server takes (RFC 5280 §6.1, RFC 5246 §7.4.8)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import cast

from conformance.dtls.authentication import CertificateMessage, shown_by
from conformance.dtls.credentials import Certificate, RawPublicKey
from conformance.dtls.key_exchange import CertificateVerify
from conformance.dtls.script import OutgoingMessage, Script
from conformance.messages.codes import CREATED
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.security.client_faults import FAULTS, OTHER_NAMES, USAGES, faulty, limited, named_otherwise
from conformance.security.issuing import drawn_key
from conformance.testcase import testcase, vary
from conformance.verdicts import Level
from testcases.server.security.test_authentication import turned_away

PROOFS = ("another_key", "none", "no_certificate")
MessageHook = Callable[[OutgoingMessage], Iterable[OutgoingMessage]]


@testcase(
    "SSEC-CERT-01",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 5280 §6.1.3",
    applies="server",
    security=("x509",),
)
@vary(fault=list(FAULTS))
async def test_a_certificate_without_a_valid_path_registers_nobody(server: Server, fault: str) -> None:
    """A device whose certificate is over, not valid yet, or issued by somebody who may not is not registered.

    Its key is another than that of the certificate which the server was told of.
    """
    await server.registered()
    device = await server.device(connect=False)
    wrong = faulty(fault, device.name, device.dtls.credentials, server.context.chance)
    await turned_away(server, device, wrong)
    await right_after_all(device)


@testcase(
    "SSEC-CERT-02",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2.5",
    applies="server",
    security=("x509",),
)
@vary(stands=list(OTHER_NAMES))
async def test_a_certificate_for_another_name_registers_nobody(server: Server, stands: str) -> None:
    """A valid certificate that is for another name than the one that registers with it registers nobody."""
    await server.registered()
    device = await server.device(connect=False)
    other = f"other-{device.name}"
    wrong = named_otherwise(stands, other, device.dtls.credentials, server.context.chance)
    await turned_away(server, device, wrong)
    await right_after_all(device)


@testcase(
    "SSEC-CERT-03",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 5280 §4.2.1.12",
    applies="server",
    security=("x509",),
)
@vary(usage=list(USAGES))
async def test_a_certificate_for_another_use_is_refused(server: Server, usage: str) -> None:
    """A device whose certificate says that its key is not for signatures, or is for servers only, should not
    be registered; RFC 5246 §7.4.6 leaves it to the server what it does about it."""
    await server.registered()
    device = await server.device(connect=False)
    wrong = limited(usage, device.name, device.dtls.credentials, server.context.chance)
    await turned_away(server, device, wrong, level=Level.SHOULD)
    await right_after_all(device)


@testcase(
    "SSEC-CERT-04",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 5246 §7.4.8",
    applies="server",
    security=("rpk", "x509"),
)
@vary(proof=list(PROOFS))
async def test_who_cannot_prove_the_key_is_not_registered(server: Server, proof: str) -> None:
    """Whoever shows a device's certificate or public key without the proof that the private key is there, or
    shows none at all, is not registered as that device."""
    await server.registered()
    device = await server.device(connect=False)
    right = cast(Certificate | RawPublicKey, device.dtls.credential)
    shown = right if proof != "another_key" else replace(right, private=drawn_key(server.context.chance))
    await turned_away(server, device, shown, script=Script(message=unproved(right, proof)))
    await right_after_all(device)


def unproved(right: Certificate | RawPublicKey, proof: str) -> MessageHook:
    """Show a credential, or none, and leave the signature out unless it is by another key."""

    def hook(outgoing: OutgoingMessage) -> Iterable[OutgoingMessage]:
        match outgoing.message:
            case CertificateMessage():
                shown = None if proof == "no_certificate" else right
                return [replace(outgoing, message=shown_by(shown))]
            case CertificateVerify() if proof != "another_key":
                return []
            case _:
                return [outgoing]

    return hook


async def right_after_all(device: TesterDevice) -> None:
    """Expect that the device is registered with what it really has."""
    await device.dtls.handshake(name="right-handshake")
    (await device.register()).expect(name="right-register", code=CREATED)
