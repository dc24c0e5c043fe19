"""OpenSSL as pyOpenSSL binds it: a newer library than the `openssl` program, in the process of the tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from OpenSSL import SSL, crypto

from tests.dtls.openssl_pair import records
from tests.dtls.peers.openssl import cipher_name
from tests.dtls.peers.peer import Side
from tests.dtls.peers.scenario import Kind, Scenario

Address = tuple[str, int]
LARGEST = 1 << 16


class End(asyncio.DatagramProtocol):
    """One association of OpenSSL behind a loopback socket; a server sends every datagram of data back."""

    def __init__(self, connection: SSL.Connection, peer: Address | None) -> None:
        self._connection = connection
        self._peer = peer
        self._echoes = peer is None
        self._shaken = False
        self._transport: asyncio.DatagramTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._received: asyncio.Queue[bytes] = asyncio.Queue()
        self._established = asyncio.Event()

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        if self._peer is not None:
            self._progress()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()

    @property
    def port(self) -> int:
        assert self._transport is not None
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    async def exchange(self, line: str) -> str:
        await self._established.wait()
        self._connection.send(f"{line}\n".encode())
        self._flush()
        return (await self._received.get()).decode().rstrip("\n")

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._peer = addr
        self._connection.bio_write(data)
        self._progress()

    def _progress(self) -> None:
        try:
            if not self._shaken:
                self._connection.do_handshake()
                self._shaken = True
                self._established.set()
            while True:
                data = self._connection.recv(LARGEST)
                self._received.put_nowait(data)
                if self._echoes:
                    self._connection.send(data)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self._connection.shutdown()
        self._flush()

    def _flush(self) -> None:
        assert self._transport is not None
        try:
            for record in records(self._connection.bio_read(LARGEST)):
                self._transport.sendto(record, self._peer)
        except SSL.WantReadError:
            pass
        if self._timer is not None:
            self._timer.cancel()
        wait = self._connection.DTLSv1_get_timeout()
        self._timer = None if wait is None else asyncio.get_running_loop().call_later(wait, self._expired)

    def _expired(self) -> None:
        self._connection.DTLSv1_handle_timeout()
        self._flush()


class PyOpenSSL:
    name = "pyOpenSSL"

    def need(self) -> None:
        """Installed with the developer's tools."""

    def lacks(self, scenario: Scenario, side: Side) -> str | None:
        return None if scenario.kind is Kind.X509 else "pyOpenSSL binds certificates only"

    @asynccontextmanager
    async def server(self, scenario: Scenario, folder: Path) -> AsyncIterator[End]:
        connection = SSL.Connection(_context(scenario), None)
        connection.set_accept_state()
        async with _running(End(connection, None)) as end:
            yield end

    @asynccontextmanager
    async def client(self, scenario: Scenario, folder: Path, port: int) -> AsyncIterator[End]:
        connection = SSL.Connection(_context(scenario), None)
        connection.set_connect_state()
        async with _running(End(connection, ("127.0.0.1", port))) as end:
            yield end


@asynccontextmanager
async def _running(end: End) -> AsyncIterator[End]:
    end._connection.set_ciphertext_mtu(1400)
    await end.open()
    try:
        yield end
    finally:
        end.close()


def _context(scenario: Scenario) -> SSL.Context:
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_cipher_list(f"{cipher_name(scenario.suite)}:@SECLEVEL=0".encode())
    context.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET)
    material = scenario.material
    context.use_certificate(material.peer.certificate)
    for above in material.peer.path[1:]:
        context.add_extra_chain_cert(above.certificate)
    context.use_privatekey(material.peer.private)
    store = context.get_cert_store()
    assert store is not None
    store.add_cert(crypto.X509.from_cryptography(material.root.certificate))
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, None)
    return context
