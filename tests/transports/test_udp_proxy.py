"""The proxy between devices and a server: what it carries, whom it tells apart, what it tells."""

import asyncio
from collections.abc import Awaitable, Callable

from conformance.transports import Address, Passage, UdpProxy, UdpTransport

LIMIT = 5.0


class Peer:
    """A socket, and what came to it."""

    def __init__(self, transport: UdpTransport) -> None:
        self.transport = transport
        self.arrived: asyncio.Queue[tuple[bytes, Address]] = asyncio.Queue()
        transport.receiver = lambda data, remote, frame, time: self.arrived.put_nowait((data, remote))

    async def next(self) -> tuple[bytes, Address]:
        return await asyncio.wait_for(self.arrived.get(), LIMIT)


class Passed(list[Passage]):
    """What the proxy told of."""

    def __init__(self) -> None:
        super().__init__()
        self._more = asyncio.Event()

    def tell(self, passage: Passage) -> None:
        self.append(passage)
        self._more.set()

    async def holding(self, number: int) -> None:
        async with asyncio.timeout(LIMIT):
            while len(self) < number:
                self._more.clear()
                await self._more.wait()


def between(scenario: Callable[[UdpProxy, Peer, Peer, Peer, Passed], Awaitable[None]]) -> None:
    """Run a scenario with a proxy, two devices, and a server."""

    async def run() -> None:
        peers = [Peer(UdpTransport.bound()) for _ in range(3)]
        passed = Passed()
        proxy = await UdpProxy.open(("127.0.0.1", 0), peers[2].transport.local, passed.tell)
        try:
            await scenario(proxy, peers[0], peers[1], peers[2], passed)
        finally:
            proxy.close()
            for peer in peers:
                peer.transport.close()

    asyncio.run(run())


def test_what_a_device_sends_arrives_unchanged_and_so_does_the_answer() -> None:
    async def scenario(proxy: UdpProxy, device: Peer, _other: Peer, server: Peer, passed: Passed) -> None:
        device.transport.send(b"\xff no CoAP", proxy.local)
        data, upstream = await server.next()
        assert data == b"\xff no CoAP"
        server.transport.send(b"answer", upstream)
        assert await device.next() == (b"answer", proxy.local)
        ends = (device.transport.local, proxy.local, upstream, server.transport.local)
        seen = [(each.device, each.front, each.upstream, each.server) for each in passed]
        assert seen == [ends, ends]
        assert [(each.sender, each.data) for each in passed] == [
            ("device", b"\xff no CoAP"),
            ("server", b"answer"),
        ]

    between(scenario)


def test_nothing_passes_while_the_proxy_is_cut() -> None:
    async def scenario(proxy: UdpProxy, device: Peer, _other: Peer, server: Peer, passed: Passed) -> None:
        device.transport.send(b"before", proxy.local)
        _, upstream = await server.next()
        proxy.cut = True
        device.transport.send(b"lost", proxy.local)
        server.transport.send(b"lost too", upstream)
        await passed.holding(3)
        proxy.cut = False
        device.transport.send(b"after", proxy.local)
        server.transport.send(b"after too", upstream)
        assert (await server.next())[0] == b"after"
        assert (await device.next())[0] == b"after too"
        assert sorted(each.data for each in passed if each.lost) == [b"lost", b"lost too"]

    between(scenario)


def test_the_server_tells_devices_apart_and_reaches_each() -> None:
    async def scenario(proxy: UdpProxy, device: Peer, other: Peer, server: Peer, _passed: Passed) -> None:
        device.transport.send(b"one", proxy.local)
        other.transport.send(b"two", proxy.local)
        came = dict([await server.next(), await server.next()])
        assert came[b"one"] != came[b"two"]
        server.transport.send(b"to two", came[b"two"])
        assert (await other.next())[0] == b"to two"
        assert device.arrived.empty()

    between(scenario)


def test_a_device_sees_when_the_server_sends_from_another_address() -> None:
    async def scenario(proxy: UdpProxy, device: Peer, stranger: Peer, server: Peer, passed: Passed) -> None:
        device.transport.send(b"hello", proxy.local)
        _, upstream = await server.next()
        stranger.transport.send(b"from elsewhere", upstream)
        data, source = await device.next()
        assert data == b"from elsewhere"
        assert source != proxy.local
        device.transport.send(b"back", source)
        assert (await stranger.next()) == (b"back", upstream)
        assert passed[1].server == passed[2].server == stranger.transport.local

    between(scenario)
