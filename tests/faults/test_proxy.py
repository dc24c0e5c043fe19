"""The proxy between two ends: every layer, both directions, and what the evidence learns of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from typing import Any

import pytest

from conformance.coap.codec import encode
from conformance.coap.exchange import Trace
from conformance.coap.message import Code, Message, Type, request_options
from conformance.dtls.records import ContentType, Record
from conformance.faults import (
    Corrupt,
    Delay,
    Direction,
    Drop,
    Duplicate,
    Fault,
    Fragment,
    Layer,
    Match,
    Network,
    Proxy,
    Rebind,
    Reorder,
)
from conformance.transports import Address, UdpTransport

HERE = ("127.0.0.1", 0)
LONG = 5.0
IN, OUT = Direction.FROM_SUT, Direction.TO_SUT


class Book:
    """Evidence in memory."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(1)
        self.frames: list[tuple[str, bytes]] = []
        self.lost: set[int] = set()
        self.injected: set[int] = set()
        self.told: list[Trace] = []

    def datagram(
        self, direction: Any, data: bytes, local: Address, remote: Address, arrived: float | None = None
    ) -> int:
        self.frames.append((direction, data))
        return next(self._numbers)

    def message(self, trace: Trace, name_operation: Any = None, *, lost: bool = False) -> None:
        self.told.append(trace)

    def lose(self, frame: int) -> None:
        self.lost.add(frame)

    def inject(self, frame: int) -> None:
        self.injected.add(frame)

    @property
    def shown(self) -> list[tuple[str, bytes, str]]:
        """Every frame, with what became of it."""
        marks = [
            "lost" if number in self.lost else "injected" if number in self.injected else ""
            for number in range(1, len(self.frames) + 1)
        ]
        return [(*frame, mark) for frame, mark in zip(self.frames, marks, strict=True)]


class End:
    """A socket and what it got."""

    def __init__(self, transport: UdpTransport) -> None:
        self.transport = transport
        self.got: asyncio.Queue[tuple[bytes, Address]] = asyncio.Queue()
        transport.receiver = lambda data, remote, _frame, _time: self.got.put_nowait((data, remote))

    async def next(self) -> bytes:
        return (await asyncio.wait_for(self.got.get(), LONG))[0]

    async def nexts(self, number: int) -> list[bytes]:
        return [await self.next() for _ in range(number)]


class Scene:
    """A SUT that is a client, a tester that is a server, and the network between them."""

    def __init__(self, network: Network, proxy: Proxy, sut: End, tester: End, book: Book) -> None:
        self.network, self.proxy, self.sut, self.tester, self.book = network, proxy, sut, tester, book

    async def met(self) -> Address:
        """Where the tester sees the SUT, once the SUT has said something."""
        self.sut.transport.send(b"hello", self.proxy.local)
        _, seen = await asyncio.wait_for(self.tester.got.get(), LONG)
        self.book.frames.clear()
        self.book._numbers = count(1)
        return seen


def between(play: Callable[[Scene], Awaitable[None]], *, clear: bool = False) -> None:
    async def run() -> None:
        book = Book()
        network = Network(1, book)
        tester = End(await UdpTransport.open(HERE, network.ledger))
        sut = End(await UdpTransport.open(HERE))
        named = (lambda _message, _direction: "Operation") if clear else None
        proxy = await network.proxy(HERE, tester.transport.local, IN, named)
        try:
            await play(Scene(network, proxy, sut, tester, book))
        finally:
            network.close()
            for end in (tester, sut):
                end.transport.close()

    asyncio.run(run())


def test_what_no_fault_is_about_passes_in_both_directions() -> None:
    async def play(scene: Scene) -> None:
        seen = await scene.met()
        scene.tester.transport.send(b"there", seen)
        assert await scene.sut.next() == b"there"
        scene.sut.transport.send(b"back", scene.proxy.local)
        assert await scene.tester.next() == b"back"
        assert scene.book.shown == [("out", b"there", ""), ("in", b"back", "")]

    between(play)


def test_the_evidence_shows_what_was_lost_and_what_was_made() -> None:
    async def play(scene: Scene) -> None:
        seen = await scene.met()
        actions = ((Corrupt(), 1), (Drop(), 2))
        faults = [
            Fault(Layer.DATAGRAM, way, action, first=first) for way in (OUT, IN) for action, first in actions
        ]
        scene.network.disturb(*faults)
        for number in range(3):
            scene.tester.transport.send(bytes([number]), seen)
        spoilt, passed = await scene.sut.nexts(2)
        assert (spoilt.hex() != "00", passed) == (True, b"\2")
        for number in range(3):
            scene.sut.transport.send(bytes([number]), scene.proxy.local)
        changed, whole = await scene.tester.nexts(2)
        assert whole == b"\2"
        assert sorted(scene.book.shown) == sorted(
            [
                *(("out", b"\0", "lost"), ("out", b"\1", "lost"), ("out", b"\2", "")),
                *(("out", spoilt, "injected"), ("in", changed, "injected")),
                *(("in", b"\0", "lost"), ("in", b"\1", "lost"), ("in", b"\2", "")),
            ]
        )
        assert [fired.index for fired in scene.network.fired] == [0, 1, 2, 3]

    between(play)


def test_a_copy_is_told_from_what_was_sent() -> None:
    async def play(scene: Scene) -> None:
        await scene.met()
        scene.network.disturb(Fault(Layer.DATAGRAM, IN, Duplicate()))
        scene.sut.transport.send(b"a", scene.proxy.local)
        assert await scene.tester.nexts(2) == [b"a", b"a"]
        assert scene.book.shown == [("in", b"a", ""), ("in", b"a", "injected")]

    between(play)


def test_a_rebound_peer_is_seen_elsewhere_and_not_at_its_former_address() -> None:
    async def play(scene: Scene) -> None:
        former = await scene.met()
        scene.network.disturb(Fault(Layer.DATAGRAM, IN, Rebind()))
        scene.sut.transport.send(b"a", scene.proxy.local)
        _, now = await asyncio.wait_for(scene.tester.got.get(), LONG)
        assert now != former
        scene.tester.transport.send(b"to nobody", former)
        scene.tester.transport.send(b"to it", now)
        assert await scene.sut.next() == b"to it"

    between(play)


def test_a_server_that_asks_from_another_port_is_answered_there() -> None:
    async def play(scene: Scene) -> None:
        seen = await scene.met()
        elsewhere = End(await UdpTransport.open(HERE, scene.network.ledger))
        try:
            elsewhere.transport.send(b"asked", seen)
            data, shown = await asyncio.wait_for(scene.sut.got.get(), LONG)
            assert (data, shown != scene.proxy.local) == (b"asked", True)
            scene.sut.transport.send(b"answered", shown)
            assert await elsewhere.next() == b"answered"
            scene.sut.transport.send(b"told", scene.proxy.local)
            assert await scene.tester.next() == b"told"
        finally:
            elsewhere.transport.close()

    between(play)


HEADER = bytes([2]) + (20).to_bytes(3) + bytes(5) + (20).to_bytes(3)
FLIGHT = [
    Record(ContentType.HANDSHAKE, 0, 1, HEADER + bytes(range(20))),
    Record(ContentType.CHANGE_CIPHER_SPEC, 0, 2, b"\1"),
    Record(ContentType.HANDSHAKE, 1, 0, b"protected"),
]
DATAGRAM = b"".join(map(bytes, FLIGHT))


@pytest.mark.parametrize(
    ("match", "left"),
    [
        (Match(handshake=2), FLIGHT[1:]),
        (Match(content_type=20), [FLIGHT[0], FLIGHT[2]]),
        (Match(epoch=1), FLIGHT[:2]),
        (Match(sequence=2), [FLIGHT[0], FLIGHT[2]]),
        (Match(largest=20), [FLIGHT[0], FLIGHT[2]]),
    ],
)
def test_one_record_of_a_datagram_is_lost(match: Match, left: list[Record]) -> None:
    async def play(scene: Scene) -> None:
        seen = await scene.met()
        scene.network.disturb(Fault(Layer.RECORD, OUT, Drop(), match))
        scene.tester.transport.send(DATAGRAM, seen)
        assert await scene.sut.next() == b"".join(map(bytes, left))

    between(play)


def test_a_delayed_record_comes_in_a_datagram_of_its_own() -> None:
    async def play(scene: Scene) -> None:
        seen = await scene.met()
        scene.network.disturb(Fault(Layer.RECORD, OUT, Delay(0.01), Match(content_type=20)))
        scene.tester.transport.send(DATAGRAM, seen)
        assert await scene.sut.nexts(2) == [bytes(FLIGHT[0]) + bytes(FLIGHT[2]), bytes(FLIGHT[1])]
        assert await scene.network.settled(LONG)

    between(play)


def test_a_handshake_message_is_cut_and_later_numbers_stay_behind() -> None:
    async def play(scene: Scene) -> None:
        seen = await scene.met()
        scene.network.disturb(Fault(Layer.RECORD, OUT, Fragment(8), Match(handshake=2)))
        scene.tester.transport.send(DATAGRAM, seen)
        from conformance.dtls.records import parse_datagram

        numbers = [(r.epoch, r.sequence) for r in parse_datagram(await scene.sut.next()).records]
        assert numbers == [(0, 64), (0, 65), (0, 66), (0, 128), (1, 0)]

    between(play)


GET = Message(Type.CON, Code.GET, 1, b"tk", request_options(path=("3", "0")), b"")
ANSWER = Message(Type.ACK, Code.CONTENT, 1, b"tk", (), b"x")


def test_a_message_in_clear_is_known_by_what_it_answers() -> None:
    async def play(scene: Scene) -> None:
        seen = await scene.met()
        about = Match(operation="Operation", path="/3", request=False, code="2")
        scene.network.disturb(Fault(Layer.MESSAGE, IN, Drop(), about))
        scene.tester.transport.send(encode(GET), seen)
        assert await scene.sut.next() == encode(GET)
        for message in (ANSWER, ANSWER.with_(mid=2, type=Type.CON)):
            scene.sut.transport.send(encode(message), scene.proxy.local)
        assert await scene.tester.next() == encode(ANSWER.with_(mid=2, type=Type.CON))
        assert [trace.message for trace in scene.book.told] == [ANSWER]

    between(play, clear=True)


def test_what_waits_is_overtaken_by_its_repetition() -> None:
    async def play(scene: Scene) -> None:
        seen = await scene.met()
        scene.network.disturb(Fault(Layer.MESSAGE, OUT, Reorder(1, LONG), Match(request=True)))
        for _ in range(2):
            scene.tester.transport.send(encode(GET), seen)
        assert await scene.sut.nexts(2) == [encode(GET)] * 2
        assert [mark for _, _, mark in scene.book.shown] == ["lost", "", "injected"]

    between(play, clear=True)


def test_recorded_faults_take_the_place_of_those_that_are_named() -> None:
    async def run() -> None:
        first = Network(1, Book())
        first.disturb(Fault(Layer.DATAGRAM, OUT, Drop()), Fault(Layer.DATAGRAM, IN, Drop()))
        again = Network(2, Book(), first.disturbance.schedule)
        again.disturb(Fault(Layer.DATAGRAM, OUT, Duplicate()))
        assert again.disturbance.schedule.faults == first.disturbance.schedule.faults[:1]
        assert again.as_data()["seed"] == 1

    asyncio.run(run())
