"""Two ends of OpenSSL (through pyOpenSSL) joined in memory: a second opinion on keys and records."""

from __future__ import annotations

from OpenSSL import SSL

from tests.dtls.authority import end_entity

NO_ENCRYPT_THEN_MAC = 1 << 19
"""SSL_OP_NO_ENCRYPT_THEN_MAC of OpenSSL, which pyOpenSSL does not name."""


class Pair:
    """An association of OpenSSL with itself; `cipher` in OpenSSL's own words."""

    def __init__(self, cipher: str, encrypt_then_mac: bool = True) -> None:
        server = end_entity("localhost", None)
        self.client = SSL.Connection(_context(cipher, encrypt_then_mac), None)
        accepting = _context(cipher, encrypt_then_mac)
        accepting.use_certificate(server.certificate)
        accepting.use_privatekey(server.private)
        self.server = SSL.Connection(accepting, None)
        for end in (self.client, self.server):
            end.set_ciphertext_mtu(1400)
        self.client.set_connect_state()
        self.server.set_accept_state()
        finished = False
        while not finished:
            finished = all([_step(self.client, self.server), _step(self.server, self.client)])

    @property
    def master(self) -> bytes:
        return self.client.master_key() or b""

    @property
    def client_random(self) -> bytes:
        return self.client.client_random() or b""

    @property
    def server_random(self) -> bytes:
        return self.client.server_random() or b""

    def record_of_client(self, data: bytes) -> bytes:
        """One record of application data as the client sends it."""
        self.client.send(data)
        return self.client.bio_read(1 << 14)

    def received_by_server(self, record: bytes) -> bytes:
        """What the server makes out of a record of application data."""
        self.server.bio_write(record)
        return self.server.recv(1 << 14)


def _step(end: SSL.Connection, peer: SSL.Connection) -> bool:
    """Let one end do what it can and carry its flight over; whether it has finished its handshake."""
    finished = True
    try:
        end.do_handshake()
    except SSL.WantReadError:
        finished = False
    try:
        flight = end.bio_read(1 << 16)
    except SSL.WantReadError:
        return finished
    for record in records(flight):
        peer.bio_write(record)
    return finished


def records(flight: bytes) -> list[bytes]:
    """The records of a flight, one by one: a memory BIO keeps no boundaries between datagrams."""
    found = []
    while flight:
        end = 13 + int.from_bytes(flight[11:13])
        found.append(flight[:end])
        flight = flight[end:]
    return found


def _context(cipher: str, encrypt_then_mac: bool) -> SSL.Context:
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_cipher_list(f"{cipher}:@SECLEVEL=0".encode())
    context.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET)
    if not encrypt_then_mac:
        context.set_options(NO_ENCRYPT_THEN_MAC)
    return context
