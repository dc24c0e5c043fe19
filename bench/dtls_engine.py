"""Measures the DTLS engine beside OpenSSL (through pyOpenSSL) in one run: handshakes and records a second.

Both ends of an association run in this process and join in memory, so that no socket is measured. The two
engines take turns, so that a busy machine is as busy for one as for the other; time is that of the processor.
"""

import datetime
import secrets
import time
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from conformance.dtls.association import Association
from conformance.dtls.client import Client
from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Certificate, Psk, PskStore
from conformance.dtls.server import Server
from conformance.dtls.suites import suite
from conformance.dtls.trust import CertificateTrust, CertificateUsage

SECONDS = 2.0
"""Processor time for each figure."""
ROUNDS = 4
RECORD = bytes(64)


def self_signed(name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A certificate of one day."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    return builder.sign(key, hashes.SHA256()), key


DEVICE, SERVER = self_signed("device"), self_signed("server")
PSK = Psk(b"device", secrets.token_bytes(16))


def certified(of: str) -> tuple[Configuration, Configuration]:
    """Client and server that show a certificate each and compare the other's."""

    def end(
        own: tuple[x509.Certificate, ec.EllipticCurvePrivateKey], peer: x509.Certificate
    ) -> Configuration:
        usage = CertificateUsage.DOMAIN_ISSUED_CERTIFICATE
        return Configuration(
            (suite(of),),
            (Certificate((own[0].public_bytes(Encoding.DER),), own[1]),),
            certificates=CertificateTrust(usage, peer.public_bytes(Encoding.DER)),
        )

    return end(DEVICE, SERVER[0]), end(SERVER, DEVICE[0])


def pre_shared(of: str) -> tuple[Configuration, Configuration]:
    """Client and server with a key in common."""
    return Configuration((suite(of),), (PSK,)), Configuration((suite(of),), psk_store=PskStore([PSK]))


def ours(client: Configuration, server: Configuration) -> tuple[Association, Association]:
    """One handshake of this engine with itself."""
    one, other = Client(client, secrets.token_bytes), Server(server, secrets.token_bytes)
    one.start(0.0)
    while not (one.established and other.established):
        for data in one.outgoing():
            other.receive(data, 0.0)
        for data in other.outgoing():
            one.receive(data, 0.0)
    return one, other


def context(cipher: str, own: tuple[x509.Certificate, ec.EllipticCurvePrivateKey]) -> SSL.Context:
    """OpenSSL that shows a certificate and takes any."""
    made = SSL.Context(SSL.DTLS_METHOD)
    made.set_cipher_list(f"{cipher}:@SECLEVEL=0".encode())
    made.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET)
    made.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    made.use_certificate(own[0])
    made.use_privatekey(own[1])
    return made


def theirs(client: SSL.Context, server: SSL.Context) -> tuple[SSL.Connection, SSL.Connection]:
    """One handshake of OpenSSL with itself."""
    one, other = SSL.Connection(client, None), SSL.Connection(server, None)
    for end in (one, other):
        end.set_ciphertext_mtu(1400)
    one.set_connect_state()
    other.set_accept_state()
    finished = False
    while not finished:
        finished = all([step(one, other), step(other, one)])
    return one, other


def step(end: SSL.Connection, peer: SSL.Connection) -> bool:
    """Carry one flight over; whether this end is done."""
    finished = True
    try:
        end.do_handshake()
    except SSL.WantReadError:
        finished = False
    try:
        flight = end.bio_read(1 << 16)
    except SSL.WantReadError:
        return finished
    while flight:
        length = 13 + int.from_bytes(flight[11:13])
        peer.bio_write(flight[:length])
        flight = flight[length:]
    return finished


def rates(*tasks: Callable[[], object]) -> list[float]:
    """How often a second each task can be done; they take turns."""
    done, spent = [0] * len(tasks), [0.0] * len(tasks)
    for _ in range(ROUNDS):
        for index, task in enumerate(tasks):
            began = time.process_time()
            while (now := time.process_time()) - began < SECONDS / ROUNDS:
                task()
                done[index] += 1
            spent[index] += now - began
    return [count / seconds for count, seconds in zip(done, spent, strict=True)]


def our_record(ends: tuple[Association, Association]) -> None:
    """One record from client to server."""
    ends[0].send(RECORD, 0.0)
    for data in ends[0].outgoing():
        ends[1].receive(data, 0.0)
    ends[1].events()


def their_record(ends: tuple[SSL.Connection, SSL.Connection]) -> None:
    """One record from client to server."""
    ends[0].send(RECORD)
    ends[1].bio_write(ends[0].bio_read(1 << 14))
    ends[1].recv(1 << 14)


def main() -> int:
    """Print one line for each suite."""
    for name, cipher in (
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8"),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ):
        configurations = certified(name)
        contexts = context(cipher, DEVICE), context(cipher, SERVER)
        handshakes = rates(lambda both=configurations: ours(*both), lambda both=contexts: theirs(*both))  # type: ignore[misc]
        joined, linked = ours(*configurations), theirs(*contexts)
        records = rates(
            lambda ends=joined: our_record(ends),  # type: ignore[misc]
            lambda ends=linked: their_record(ends),  # type: ignore[misc]
        )
        print(
            f"{name}: handshakes/s {handshakes[0]:.0f}, OpenSSL {handshakes[1]:.0f}; "
            f"records/s {records[0]:.0f}, OpenSSL {records[1]:.0f}",
            flush=True,
        )
    name = "TLS_PSK_WITH_AES_128_CCM_8"
    (alone,) = rates(lambda: ours(*pre_shared(name)))
    print(f"{name}: handshakes/s {alone:.0f} (pyOpenSSL has no pre-shared keys)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
