"""What becomes of everything on its way, by the faults of a schedule that are armed."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Protocol

from conformance.clock import now
from conformance.faults.actions import (
    Action,
    Corrupt,
    Delay,
    Drop,
    Duplicate,
    Fragment,
    Loss,
    Mtu,
    Mutate,
    Mute,
    Rebind,
    Reorder,
    Replay,
    Truncate,
)
from conformance.faults.alteration import corrupted
from conformance.faults.reading import Facts
from conformance.faults.schedule import Direction, Fault, Layer, Schedule

MAX_HISTORY = 64
"""Things of one layer and direction that can still be replayed."""
MAX_FIRED = 10_000
"""Faults that are told; a SUT that floods must not fill the memory."""


class Way(Protocol):
    """The rest of the way of one thing, which the caller of `Disturbance.pass_on` knows."""

    @property
    def frame(self) -> int | None:
        """The number of its frame in the evidence, as soon as it has one."""
        ...

    def goes_on(self, data: bytes) -> None:
        """It goes on as it came, now."""
        ...

    def lost(self, data: bytes) -> None:
        """It goes no further, or not now, or not as it came."""
        ...

    def brings(self, data: bytes) -> None:
        """This goes on in its place, or behind it: what a fault held back, changed or copied."""
        ...

    def rebind(self) -> None:
        """Its sender has another source address from now on."""
        ...

    def fragments(self, data: bytes, size: int) -> Sequence[bytes]:
        """It, cut into smaller ones; itself where it cannot be cut."""
        ...


@dataclass(frozen=True)
class Fired:
    """A fault that acted: `time` in seconds since the conversation began, `index` in the schedule, the bytes
    before and what went on in their place, none where nothing did."""

    time: float
    index: int
    before: bytes
    after: tuple[bytes, ...]
    frame: int | None = None

    def as_data(self) -> dict[str, Any]:
        after = [data.hex() for data in self.after]
        return {
            "time": round(self.time, 6),
            "fault": self.index,
            "frame": self.frame,
            "before": self.before.hex(),
            "after": after,
        }


@dataclass
class _Armed:
    index: int
    fault: Fault
    chance: Random
    seen: int = 0
    fired: int = 0


@dataclass(eq=False)
class _Held:
    """What waits until others overtook it."""

    data: bytes
    way: Way
    behind: int
    timer: asyncio.TimerHandle | None = None


@dataclass
class _Lane:
    """What is remembered of one layer in one direction."""

    history: deque[bytes] = field(default_factory=lambda: deque(maxlen=MAX_HISTORY))
    held: list[_Held] = field(default_factory=list)


class Disturbance:
    """Applies the armed faults; the first in the order of the schedule that is due decides.

    All chance comes from the seed and the number of the fault. `started` is the monotonic time from which
    `Fired.time` counts.
    """

    def __init__(self, seed: int, started: float | None = None) -> None:
        self.seed = seed
        self.started = now() if started is None else started
        self.fired: list[Fired] = []
        self.on_fired: Callable[[], None] = lambda: None
        self._armed: list[_Armed] = []
        self._all: list[_Armed] = []
        self._lanes: defaultdict[tuple[Layer, Direction], _Lane] = defaultdict(_Lane)
        self._muted_until: dict[Layer, tuple[float, int]] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._delayed = 0

    @property
    def schedule(self) -> Schedule:
        """Every fault that was armed so far."""
        return Schedule(self.seed, tuple(armed.fault for armed in self._all))

    @property
    def idle(self) -> tuple[Fault, ...]:
        """The faults that never acted."""
        return tuple(armed.fault for armed in self._all if not armed.fired)

    @property
    def underway(self) -> int:
        """How many things a fault holds back that will go on yet."""
        return self._delayed + sum(len(lane.held) for lane in self._lanes.values())

    def concerns(self, layer: Layer) -> bool:
        """Whether a fault is armed that acts on this layer."""
        return layer in self._muted_until or any(armed.fault.layer is layer for armed in self._armed)

    def arm(self, faults: Sequence[Fault]) -> None:
        """Let these act from now on, behind those that do already; their occurrences count from now."""
        for fault in faults:
            index = len(self._all)
            own = f"/{fault.action.seed}" if isinstance(fault.action, Loss) else f"{self.seed}/{index}"
            armed = _Armed(index, fault, Random(own))
            self._all.append(armed)
            self._armed.append(armed)

    def calm(self) -> None:
        """Let no fault act any more; what was held back for others to overtake goes on now."""
        self._armed.clear()
        self._muted_until.clear()
        for lane in self._lanes.values():
            held, lane.held = lane.held, []
            for one in held:
                self._release(one)

    def close(self) -> None:
        """Drop whatever still waits."""
        self._armed.clear()
        for timer in self._timers:
            timer.cancel()
        for lane in self._lanes.values():
            for held in lane.held:
                if held.timer is not None:
                    held.timer.cancel()
            lane.held.clear()

    def pass_on(self, layer: Layer, direction: Direction, data: bytes, facts: Facts, way: Way) -> None:
        """Let one thing go its way, as far and as changed as the faults want."""
        lane = self._lanes[layer, direction]
        due = self._due(layer, direction, facts)
        muted = self._muted_until.get(layer)
        if muted is not None and now() < muted[0]:
            way.lost(data)
            self._tell(muted[1], data, (), way)
        elif due is None:
            way.goes_on(data)
            self._overtaken(lane)
        else:
            self._act(due, layer, lane, data, way)
        lane.history.append(data)

    def _due(self, layer: Layer, direction: Direction, facts: Facts) -> _Armed | None:
        found = None
        for armed in self._armed:
            fault = armed.fault
            if fault.layer is not layer or fault.direction is not direction or not fault.match.holds(facts):
                continue
            armed.seen += 1
            if found is None and fault.due(armed.seen) and _strikes(fault.action, facts, armed.chance):
                found = armed
        return found

    def _act(self, armed: _Armed, layer: Layer, lane: _Lane, data: bytes, way: Way) -> None:
        armed.fired += 1
        after: tuple[bytes, ...] = ()
        match armed.fault.action:
            case Drop() | Loss() | Mtu():
                way.lost(data)
            case Mute(seconds=seconds):
                self._muted_until[layer] = now() + seconds, armed.index
                way.lost(data)
            case Delay(seconds=seconds):
                way.lost(data)
                after = (data,)
                self._later(seconds, partial(way.brings, data))
            case Reorder(behind=behind, within=within):
                way.lost(data)
                after = (data,)
                self._hold(lane, _Held(data, way, behind), within)
            case Duplicate(times=times, after=pause):
                way.goes_on(data)
                self._overtaken(lane)
                after = (data,) * (times + 1)
                for number in range(1, times + 1):
                    self._later(number * pause, partial(way.brings, data))
            case Replay(back=back, after=pause):
                earlier = ([*lane.history, data])[-1 - min(back, len(lane.history))]
                way.goes_on(data)
                self._overtaken(lane)
                after = (data, earlier)
                self._later(pause, partial(way.brings, earlier))
            case Rebind():
                way.rebind()
                way.goes_on(data)
                self._overtaken(lane)
                after = (data,)
            case action:
                after = self._changed(action, layer, data, armed.chance, way)
                way.lost(data)
                for piece in after:
                    way.brings(piece)
                self._overtaken(lane)
        self._tell(armed.index, data, after, way)

    def _changed(
        self, action: Action, layer: Layer, data: bytes, chance: Random, way: Way
    ) -> tuple[bytes, ...]:
        match action:
            case Corrupt(bits=bits, where=where):
                return (corrupted(data, bits, where, layer, chance),)
            case Truncate(octets=octets):
                return (data[:octets],)
            case Mutate(field=name):
                from conformance.faults.scapy import mutated

                return (mutated(data, name, chance),)
            case Fragment(size=size):
                return tuple(way.fragments(data, size))
            case _:
                raise AssertionError(f"{action} changes nothing")

    def _hold(self, lane: _Lane, held: _Held, within: float) -> None:
        lane.held.append(held)
        held.timer = asyncio.get_running_loop().call_later(within, self._in_time, lane, held)

    def _in_time(self, lane: _Lane, held: _Held) -> None:
        if held in lane.held:
            lane.held.remove(held)
            self._release(held)

    def _overtaken(self, lane: _Lane) -> None:
        """Something went on: what waited for that goes on behind it."""
        for held in list(lane.held):
            held.behind -= 1
            if held.behind <= 0:
                lane.held.remove(held)
                self._release(held)

    def _release(self, held: _Held) -> None:
        if held.timer is not None:
            held.timer.cancel()
        held.way.brings(held.data)
        self.on_fired()

    def _later(self, seconds: float, bring: Callable[[], None]) -> None:
        if seconds <= 0:
            bring()
            return
        time = asyncio.get_running_loop().time()
        self._timers = {timer for timer in self._timers if timer.when() >= time}
        self._delayed += 1
        self._timers.add(asyncio.get_running_loop().call_later(seconds, self._bring, bring))

    def _bring(self, bring: Callable[[], None]) -> None:
        self._delayed -= 1
        bring()
        self.on_fired()

    def _tell(self, index: int, before: bytes, after: tuple[bytes, ...], way: Way) -> None:
        if len(self.fired) < MAX_FIRED:
            self.fired.append(Fired(now() - self.started, index, before, after, way.frame))
        self.on_fired()


def _strikes(action: Action, facts: Facts, chance: Random) -> bool:
    """Whether an action that leaves some alone acts on this one."""
    match action:
        case Loss(probability=probability):
            return chance.random() < probability
        case Mtu(limit=limit):
            return bool(facts["length"] > limit)
        case _:
            return True
