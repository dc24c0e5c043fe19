"""A NAT between a client and a server on loopback, which can forget its mapping."""

from __future__ import annotations

import asyncio

Address = tuple[str, int]


class _Side(asyncio.DatagramProtocol):
    def __init__(self, nat: Nat, inner: bool) -> None:
        self._nat = nat
        self._inner = inner

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if self._inner:
            self._nat.to_server(data, addr)
        else:
            self._nat.to_client(data)


class Nat:
    """Clients reach `server` through `port`; the server sees one outer address after the other."""

    def __init__(self, server: Address) -> None:
        self.port = 0
        self._server = server
        self._client: Address | None = None
        self._inner: asyncio.DatagramTransport | None = None
        self._outer: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Nat:
        self._inner = await self._open(inner=True)
        self.port = self._inner.get_extra_info("sockname")[1]
        self._outer = await self._open(inner=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in (self._inner, self._outer):
            if transport is not None:
                transport.close()

    @property
    def outer(self) -> Address:
        """Where the server sees the client now."""
        assert self._outer is not None
        address: Address = self._outer.get_extra_info("sockname")
        return address

    async def forget(self) -> None:
        """Let the client come from another address from now on; the old one is dead."""
        old, self._outer = self._outer, await self._open(inner=False)
        if old is not None:
            old.close()

    def to_server(self, data: bytes, client: Address) -> None:
        self._client = client
        if self._outer is not None:
            self._outer.sendto(data, self._server)

    def to_client(self, data: bytes) -> None:
        if self._inner is not None:
            self._inner.sendto(data, self._client)

    async def _open(self, inner: bool) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self, inner), local_addr=("127.0.0.1", 0)
        )
        return transport
