"""Associations over real sockets: what they carry, what they report, how they begin, move and end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.coap import Code
from conformance.coap.endpoint import Endpoint
from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Psk
from conformance.dtls.errors import AlertDescription
from conformance.dtls.events import Closed, Discarded, DiscardReason, Established, Failed
from conformance.dtls.mux import CookieAsked, Moved, Peer, PeerEvent, Stray
from conformance.dtls.random_source import seeded
from conformance.dtls.records import ContentType, parse_datagram
from conformance.dtls.script import Script
from conformance.transports import Address, DtlsTransport, HandshakeFailed, UdpTransport
from tests.dtls.modes import PSK, Mode, psk, raw_public_key, x509

LIMIT = 10.0


class Tape:
    """Keeps what was on the wire, and hands out what arrived."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, bytes, Address, Address]] = []
        self.keys: list[str] = []
        self.events: list[tuple[Peer, PeerEvent]] = []
        self.strays: list[Stray] = []
        self.arrived: asyncio.Queue[tuple[bytes, Address, int]] = asyncio.Queue()
        self.happened = asyncio.Event()

    def datagram(
        self, direction: str, data: bytes, local: Address, remote: Address, time: float | None = None
    ) -> int:
        self.frames.append((direction, data, local, remote))
        return len(self.frames)

    def watch(self, transport: DtlsTransport) -> None:
        def event(peer: Peer, what: PeerEvent) -> None:
            self.events.append((peer, what))
            self.happened.set()

        transport.receiver = lambda data, remote, frame, _time: self.arrived.put_nowait((data, remote, frame))
        transport.on_event = event
        transport.on_stray = self.strays.append

    async def next(self) -> tuple[bytes, Address, int]:
        return await asyncio.wait_for(self.arrived.get(), LIMIT)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not condition():
                self.happened.clear()
                await self.happened.wait()


async def opened(
    server: Configuration | None = None, cid_length: int | None = None
) -> tuple[DtlsTransport, Tape]:
    tape = Tape()
    transport = await DtlsTransport.open(
        recorder=tape,
        random=seeded("server" if server else "device"),
        server=server,
        cid_length=cid_length,
        key_log=tape.keys.append,
    )
    tape.watch(transport)
    return transport, tape


@pytest.mark.parametrize("mode", [psk(), raw_public_key(), x509()], ids=["psk", "rpk", "x509"])
def test_messages_pass_both_ways_and_only_ciphertext_is_recorded(mode: Mode) -> None:
    async def scenario() -> None:
        server, at_server = await opened(mode.server)
        device, at_device = await opened()
        first: list[CookieAsked] = []
        server.on_cookie_asked = first.append
        established = await device.connect(server.local, mode.client, LIMIT)
        frame = device.send(b"to the server", server.local)
        assert frame == len(at_device.frames)
        data, remote, arrived_in = await at_server.next()
        assert (data, remote) == (b"to the server", device.local)
        assert at_server.frames[arrived_in - 1][:2] == ("in", at_device.frames[frame - 1][1])
        assert server.send(b"to the device", remote) == len(at_server.frames)
        assert (await at_device.next())[:2] == (b"to the device", server.local)
        assert not any(b"to the " in data for _, data, _, _ in at_server.frames)
        assert at_server.keys == at_device.keys
        assert len(at_server.keys) == 1
        assert [asked.address for asked in first] == [device.local]
        peer = server.peer(device.local)
        assert peer is not None
        assert established.suite is mode.client.suites[0]
        device.close()
        await at_server.until(lambda: any(isinstance(event, Closed) for _, event in at_server.events))
        assert server.peer(remote) is None
        assert server.send(b"too late", remote) == 0
        assert server.not_sent == 1
        server.close()

    asyncio.run(scenario())


def test_a_coap_endpoint_runs_over_it() -> None:
    async def scenario() -> None:
        server, _ = await opened(psk().server)
        device, _ = await opened()
        await device.connect(server.local, psk().client, LIMIT)
        one, other = Endpoint(device), Endpoint(server)
        big = bytes(3000)
        request = asyncio.create_task(
            one.request(server.local, Code.POST, path=("rd",), payload=big, limit=LIMIT)
        )
        received = await other.next(lambda each: each.message.is_request, limit=LIMIT)
        assert received is not None
        assert received.remote == device.local
        request.cancel()
        await one.close()
        await other.close()

    asyncio.run(scenario())


def test_a_lost_hello_is_repeated_in_time() -> None:
    async def scenario() -> None:
        server, _ = await opened(psk().server)
        device, _ = await opened()
        lost: list[bytes] = []

        def lose_first(record: object) -> list[object]:
            if not lost:
                lost.append(b"")
                return []
            return [record]

        config = replace(psk().client, initial_timeout=0.05)
        script = Script(record=lose_first)  # type: ignore[arg-type]
        established = await device.connect(server.local, config, LIMIT, script)
        assert established.retransmits >= 1
        device.close()
        server.close()

    asyncio.run(scenario())


def test_a_failed_handshake_says_why() -> None:
    async def scenario() -> None:
        server, _ = await opened(psk().server)
        device, _ = await opened()
        stranger = replace(psk().client, credentials=(Psk(b"nobody", PSK.key),))
        with pytest.raises(HandshakeFailed, match="unknown_psk_identity") as caught:
            await device.connect(server.local, stranger, LIMIT)
        assert isinstance(caught.value.event, Failed)
        assert caught.value.event.alert is AlertDescription.UNKNOWN_PSK_IDENTITY
        mute = await UdpTransport.open()
        with pytest.raises(HandshakeFailed, match=r"not complete after 0\.1 s"):
            await device.connect(mute.local, psk().client, 0.1)
        assert device.peer(mute.local) is None
        for transport in (mute, device, server):
            transport.close()

    asyncio.run(scenario())


def test_a_peer_keeps_its_name_when_it_moves() -> None:
    async def scenario() -> None:
        server, at_server = await opened(psk().server, cid_length=4)
        device, _ = await opened()
        await device.connect(server.local, replace(psk().client, cid=b""), LIMIT)
        first = device.local
        peer = device.peer(server.local)
        assert peer is not None
        peer.association.send(b"from elsewhere", 0.0)
        elsewhere = await UdpTransport.open()
        back: asyncio.Queue[bytes] = asyncio.Queue()
        elsewhere.receiver = lambda data, _remote, _frame, _time: back.put_nowait(data)
        for datagram in peer.association.outgoing():
            elsewhere.send(datagram, server.local)
        assert (await at_server.next())[:2] == (b"from elsewhere", first)
        assert [event for _, event in at_server.events if isinstance(event, Moved)] == [
            Moved(first, elsewhere.local)
        ]
        server.send(b"after it", first)
        moved = await asyncio.wait_for(back.get(), LIMIT)
        peer.association.receive(moved, 0.0)
        assert b"after it" in [getattr(event, "data", b"") for event in peer.association.events()]
        for transport in (elsewhere, device, server):
            transport.close()

    asyncio.run(scenario())


def test_a_peer_that_lost_its_state_comes_back() -> None:
    async def scenario() -> None:
        server, at_server = await opened(psk().server)
        device, _ = await opened()
        await device.connect(server.local, psk().client, LIMIT)
        device.abandon(server.local)
        assert device.send(b"nowhere", server.local) == 0
        await device.connect(server.local, psk().client, LIMIT)
        device.send(b"again", server.local)
        assert (await at_server.next())[:2] == (b"again", device.local)
        assert sum(isinstance(event, Established) for _, event in at_server.events) == 2
        device.close()
        server.close()

    asyncio.run(scenario())


def test_a_script_may_forge_records_and_strays_are_told() -> None:
    async def scenario() -> None:
        server, at_server = await opened(psk().server)
        device, at_device = await opened()
        await device.connect(server.local, psk().client, LIMIT)
        peer = device.peer(server.local)
        assert peer is not None
        peer.association.forge(ContentType.APPLICATION_DATA, b"clear", epoch=0, sequence=99)
        assert device.flush(peer) == len(at_device.frames)
        assert parse_datagram(at_device.frames[-1][1]).records[0].fragment == b"clear"
        stranger = await UdpTransport.open()
        stranger.send(b"\x17garbage", server.local)
        assert device.inject(b"\x40\x01\x00\x01", server.local) == len(at_device.frames)
        device.send(b"control", server.local)
        assert (await at_server.next())[0] == b"control"
        assert [stray.address for stray in at_server.strays] == [stranger.local]
        peer = server.peer(device.local)
        discarded = [
            event for each, event in at_server.events if each is peer and isinstance(event, Discarded)
        ]
        assert [event.reason for event in discarded] == [DiscardReason.WRONG_EPOCH, DiscardReason.NO_RECORD]
        assert at_server.arrived.empty()
        device.disconnect(server.local)
        await at_server.until(lambda: isinstance(at_server.events[-1][1], Closed))
        for transport in (stranger, device, server):
            transport.close()

    asyncio.run(scenario())


def test_what_the_way_loses_is_repeated_and_a_new_address_keeps_the_association() -> None:
    async def scenario() -> None:
        server, heard = await opened(psk().server, cid_length=4)
        device, told = await opened()
        passed: list[str] = []

        def lose(direction: str, _data: bytes) -> bool:
            passed.append(direction)
            return passed == ["out"] or (passed.count("in") == 1 and direction == "in")

        try:
            device.losing = lose
            client = replace(psk().client, cid=b"", initial_timeout=0.05)
            established = await device.connect(server.local, client, LIMIT)
            assert established.retransmits > 0
            assert len(told.frames) == len(passed) - 1
            before = device.local
            await device.move(("127.0.0.1", 0))
            assert device.local != before
            device.send(b"from elsewhere", server.local)
            assert (await heard.next())[:2] == (b"from elsewhere", before)
            server.send(b"to elsewhere", before)
            assert (await told.next())[0] == b"to elsewhere"
        finally:
            device.close()
            server.close()

    asyncio.run(scenario())
