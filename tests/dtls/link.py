"""Two ends of an association in memory, on a link with a clock of its own that loses what a schedule says."""

from __future__ import annotations

import heapq
import random as standard_random
from collections.abc import Callable, Iterable
from itertools import count
from typing import TypeVar

from conformance.dtls.association import Association
from conformance.dtls.client import Client
from conformance.dtls.configuration import Configuration
from conformance.dtls.events import ApplicationData, Discarded, Established, Event, Failed
from conformance.dtls.random_source import seeded
from conformance.dtls.records import parse_datagram
from conformance.dtls.script import Script
from conformance.dtls.server import Server

E = TypeVar("E", bound=Event)
Disturbance = Callable[[int, bytes], Iterable[tuple[float, bytes]]]
"""From the number of a datagram, from 0, and its bytes: what arrives instead, each after so many seconds."""

DELAY = 0.01


def _undisturbed(_number: int, data: bytes) -> list[tuple[float, bytes]]:
    return [(DELAY, data)]


class Link:
    """Carries datagrams between `client` and `server`; datagrams of both are numbered in one row."""

    def __init__(self, client: Client, server: Server, disturb: Disturbance | None = None) -> None:
        self.client, self.server = client, server
        self.now = 0.0
        self.carried: list[tuple[Association, bytes]] = []
        """Who sent, and what, before it was disturbed."""
        self.events: dict[Association, list[Event]] = {client: [], server: []}
        self._disturb = disturb or _undisturbed
        self._under_way: list[tuple[float, int, Association, bytes]] = []
        self._order = count()

    def start(self) -> None:
        self.server.start(self.now)
        self.client.start(self.now)
        self._collect()

    def run(self, until: float = 2000.0) -> None:
        """Carry and let time pass until nothing is under way and no timer runs, or that moment has come."""
        self._collect()
        while (moment := self._next()) is not None and moment <= until:
            self.now = moment
            if self._under_way and self._under_way[0][0] <= moment:
                _, _, receiver, data = heapq.heappop(self._under_way)
                receiver.receive(data, self.now)
            else:
                for end in (self.client, self.server):
                    end.timeout(self.now)
            self._collect()

    def handshake(self) -> tuple[Established, Established]:
        """Run to the end of the handshake: what client and server say of it."""
        self.start()
        self.run()
        return self.only(self.client, Established), self.only(self.server, Established)

    def calm(self) -> None:
        """Nothing is disturbed from now on."""
        self._disturb = _undisturbed

    def deliver(self, data: bytes, to: Association) -> None:
        """Hand a datagram over at once, past the schedule."""
        to.receive(data, self.now)
        self._collect()

    def say(self, sender: Association, data: bytes) -> list[bytes]:
        """Send application data; what the other end was given of it, and of what was under way."""
        receiver = self.server if sender is self.client else self.client
        known = len(self.of(receiver, ApplicationData))
        sender.send(data, self.now)
        self.run()
        return [event.data for event in self.of(receiver, ApplicationData)[known:]]

    def of(self, end: Association, kind: type[E]) -> list[E]:
        return [event for event in self.events[end] if isinstance(event, kind)]

    def only(self, end: Association, kind: type[E]) -> E:
        found = self.of(end, kind)
        assert len(found) == 1, self.events[end]
        return found[0]

    def failure(self, end: Association) -> Failed:
        return self.only(end, Failed)

    def discarded(self, end: Association) -> list[Discarded]:
        return self.of(end, Discarded)

    def _next(self) -> float | None:
        moments = [self._under_way[0][0]] if self._under_way else []
        moments += [end.next_timeout for end in (self.client, self.server) if end.next_timeout is not None]
        return min(moments, default=None)

    def _collect(self) -> None:
        for sender, receiver in ((self.client, self.server), (self.server, self.client)):
            self.events[sender] += sender.events()
            for data in sender.outgoing():
                number = len(self.carried)
                self.carried.append((sender, data))
                for delay, arriving in self._disturb(number, data):
                    heapq.heappush(self._under_way, (self.now + delay, next(self._order), receiver, arriving))


def connect(
    client: Configuration,
    server: Configuration,
    disturb: Disturbance | None = None,
    *,
    client_script: Script | None = None,
    server_script: Script | None = None,
    seed: int = 1,
) -> Link:
    """A link between ends of these configurations, not yet started."""
    return Link(
        Client(client, seeded(f"client {seed}"), client_script),
        Server(server, seeded(f"server {seed}"), b"192.0.2.1:5683", server_script),
        disturb,
    )


def losing(*numbers: int) -> Disturbance:
    """Loses the datagrams of these numbers."""
    return lambda number, data: [] if number in numbers else [(DELAY, data)]


def unreliable(seed: int, datagrams: int) -> Disturbance:
    """Among the first datagrams: loses some, doubles some, delays some past others; later ones arrive."""
    dice = standard_random.Random(seed)
    fates = [dice.choice(("lose", "double", "delay", "pass", "pass")) for _ in range(datagrams)]

    def disturb(number: int, data: bytes) -> list[tuple[float, bytes]]:
        match fates[number] if number < datagrams else "pass":
            case "lose":
                return []
            case "double":
                return [(DELAY, data), (1.5 * DELAY, data)]
            case "delay":
                return [(3.5 * DELAY, data)]
            case _:
                return [(DELAY, data)]

    return disturb


def each_record_by_itself(late: set[int]) -> Disturbance:
    """Cuts datagrams into records; those of the client's last flight with a number in `late` come last."""

    def disturb(_number: int, data: bytes) -> list[tuple[float, bytes]]:
        records = [bytes(record) for record in parse_datagram(data, None).records]
        if len(records) < 5 or records[-1][0:5] != b"\x16\xfe\xfd\x00\x01":
            return [(DELAY, record) for record in records]
        return [(DELAY * (3 if number in late else 1), record) for number, record in enumerate(records)]

    return disturb
