"""One UDP socket: what it carries, what it reports, what it says when it cannot be opened."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from conformance.transports import Address, AddressInUse, InvalidAddress, UdpTransport
from tests.free_port import free_port


class Tape:
    def __init__(self) -> None:
        self.frames: list[tuple[str, bytes, Address, Address]] = []

    def datagram(
        self, direction: str, data: bytes, local: Address, remote: Address, arrived: float | None = None
    ) -> int:
        self.frames.append((direction, data, local, remote))
        return len(self.frames)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when it took a datagram in")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_datagram_has_the_time_at_which_it_came_however_late_it_is_read(host: str) -> None:
    async def scenario() -> None:
        one, other = await UdpTransport.open((host, 0)), await UdpTransport.open((host, 0))
        came: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        one.receiver = lambda data, remote, frame, at: came.set_result(at)
        before = time.monotonic()
        other.send(b"early", one.local)
        after = time.monotonic()
        time.sleep(0.6)  # noqa: ASYNC251 - nothing is read meanwhile
        assert before - 0.25 <= await came <= after + 0.25
        one.close()
        other.close()

    asyncio.run(scenario())


def test_every_datagram_is_recorded_and_delivered() -> None:
    async def scenario() -> None:
        tape = Tape()
        one = await UdpTransport.open(("127.0.0.1", 0), tape)
        other = await UdpTransport.open(("127.0.0.1", 0))
        arrived: asyncio.Queue[tuple[bytes, Address, int]] = asyncio.Queue()
        one.receiver = lambda data, remote, frame, time: arrived.put_nowait((data, remote, frame))

        def echo(data: bytes, remote: Address, frame: int, time: float) -> None:
            other.send(data, remote)

        other.receiver = echo
        big = bytes(65507)
        assert one.send(big, other.local) == 1
        assert await asyncio.wait_for(arrived.get(), 5) == (big, other.local, 2)
        assert tape.frames == [("out", big, one.local, other.local), ("in", big, one.local, other.local)]
        one.close()
        other.close()

    asyncio.run(scenario())


def test_a_busy_port_is_named_with_what_to_do() -> None:
    async def scenario() -> None:
        holder = await UdpTransport.open(("127.0.0.1", 0))
        with pytest.raises(
            AddressInUse, match=rf"127\.0\.0\.1:{holder.local[1]}/udp is in use; stop the program"
        ):
            await UdpTransport.open(holder.local)
        holder.close()
        (await UdpTransport.open(holder.local)).close()

    asyncio.run(scenario())


@pytest.mark.parametrize("host", ["localhost", "192.0.2.1"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(InvalidAddress, match="an address of this machine"):
        asyncio.run(UdpTransport.open((host, 0)))


def test_a_datagram_beyond_udp_is_refused() -> None:
    async def scenario() -> None:
        transport = await UdpTransport.open()
        with pytest.raises(ValueError, match="block-wise"):
            transport.send(bytes(65508), ("127.0.0.1", 9))
        transport.close()

    asyncio.run(scenario())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports the remote of a refusal")
def test_a_closed_port_is_reported_and_the_next_datagram_still_goes_out() -> None:
    async def scenario() -> None:
        nobody = ("127.0.0.1", free_port())
        transport, other = await UdpTransport.open(), await UdpTransport.open()
        refused: asyncio.Queue[Address] = asyncio.Queue()
        arrived: asyncio.Queue[bytes] = asyncio.Queue()
        transport.unreachable = refused.put_nowait
        other.receiver = lambda data, remote, frame, time: arrived.put_nowait(data)
        transport.send(b"knock", nobody)
        transport.send(b"hello", other.local)
        assert await asyncio.wait_for(arrived.get(), 5) == b"hello"
        assert await asyncio.wait_for(refused.get(), 5) == nobody
        transport.close()
        other.close()

    asyncio.run(scenario())


def test_a_flood_does_not_starve_the_loop() -> None:
    async def scenario() -> None:
        transport, flooder = await UdpTransport.open(), await UdpTransport.open()
        seen = 0

        def count(data: bytes, remote: Address, frame: int, time: float) -> None:
            nonlocal seen
            seen += 1

        transport.receiver = count
        for _ in range(200):
            flooder.send(b"x", transport.local)
        turns = 0
        while seen < 200:
            await asyncio.sleep(0)
            turns += 1
            assert turns < 1000
        assert turns >= 200 / 64
        transport.close()
        flooder.close()

    asyncio.run(scenario())
