"""What becomes of things that pass: every action, in the order of the schedule, by chance of the seed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from conformance.faults import (
    Action,
    Corrupt,
    Delay,
    Direction,
    Disturbance,
    Drop,
    Duplicate,
    Fault,
    Layer,
    Loss,
    Match,
    Mtu,
    Mute,
    Rebind,
    Reorder,
    Replay,
    Truncate,
)

THERE, BACK = Direction.TO_SUT, Direction.FROM_SUT
LONG = 60.0


@dataclass
class Road:
    """The rest of every way: what left, in its order."""

    left: list[bytes] = field(default_factory=list)
    lost_here: list[bytes] = field(default_factory=list)
    rebound: int = 0
    frame: int | None = 7

    def goes_on(self, data: bytes) -> None:
        self.left.append(data)

    def lost(self, data: bytes) -> None:
        self.lost_here.append(data)

    def brings(self, data: bytes) -> None:
        self.left.append(data)

    def rebind(self) -> None:
        self.rebound += 1

    def fragments(self, data: bytes, size: int) -> Sequence[bytes]:
        return [data[begin : begin + size] for begin in range(0, len(data), size)]


def carry(
    actions: Sequence[Action],
    things: Sequence[bytes],
    *,
    seed: int = 1,
    then: Callable[[Disturbance, Road], Awaitable[None]] | None = None,
    **how: int | None,
) -> tuple[Road, Disturbance]:
    """Let things pass under faults of the layer of datagrams."""
    road = Road()

    async def run() -> Disturbance:
        disturbance = Disturbance(seed)
        faults = [Fault(Layer.DATAGRAM, THERE, action, **how) for action in actions]  # type: ignore[arg-type]
        disturbance.arm(faults)
        for number, thing in enumerate(things, 1):
            facts = {"length": len(thing), "number": number}
            disturbance.pass_on(Layer.DATAGRAM, THERE, thing, facts, road)
        if then is not None:
            await then(disturbance, road)
        disturbance.close()
        return disturbance

    return road, asyncio.run(run())


ABC = [b"a", b"b", b"c"]


@pytest.mark.parametrize(
    ("action", "left"),
    [
        (Drop(), [b"b", b"c"]),
        (Duplicate(2), [b"a", b"a", b"a", b"b", b"c"]),
        (Reorder(1, LONG), [b"b", b"a", b"c"]),
        (Reorder(2, LONG), [b"b", b"c", b"a"]),
        (Replay(), [b"a", b"a", b"b", b"c"]),
        (Rebind(), ABC),
        (Mute(LONG), []),
        (Loss(1.0), [b"b", b"c"]),
        (Mtu(9), ABC),
        (Delay(LONG), [b"b", b"c"]),
    ],
)
def test_the_first_thing_meets_an_action(action: Action, left: list[bytes]) -> None:
    road, disturbance = carry([action], ABC)
    assert road.left == left
    assert bool(disturbance.idle) is isinstance(action, Mtu)
    assert road.rebound == isinstance(action, Rebind)


def test_an_earlier_thing_is_replayed() -> None:
    road, _ = carry([Replay(back=2)], ABC, first=3)
    assert road.left == [b"a", b"b", b"c", b"a"]


def test_what_is_longer_than_the_path_bears_is_lost() -> None:
    road, _ = carry([Mtu(2)], [b"aa", b"bbb", b"c"], count=None)
    assert (road.left, road.lost_here) == ([b"aa", b"c"], [b"bbb"])


def test_what_is_cut_off_goes_on_shorter() -> None:
    road, disturbance = carry([Truncate(2)], [b"abcd"])
    assert (road.left, road.lost_here) == ([b"ab"], [b"abcd"])
    assert [(fired.before, fired.after, fired.frame) for fired in disturbance.fired] == [
        (b"abcd", (b"ab",), 7)
    ]


def test_corruption_comes_from_the_seed_and_the_number_of_the_fault() -> None:
    def bits(seed: int) -> list[bytes]:
        return carry([Corrupt(3), Corrupt(3)], [bytes(40)] * 3, seed=seed)[0].left

    assert bits(1) == bits(1)
    assert bits(1) != bits(2)
    assert all(sum(octet.bit_count() for octet in data) == 3 for data in bits(1)[:1])


def test_a_loss_is_drawn_from_its_own_seed() -> None:
    things = [bytes([number]) for number in range(100)]
    left = [
        carry([Loss(0.2, seed)], things, seed=run, count=None)[0].left
        for run, seed in ((1, 5), (2, 5), (1, 6))
    ]
    assert left[0] == left[1] != left[2]
    assert 60 < len(left[0]) < 95


def test_the_first_fault_that_is_due_decides_and_all_count() -> None:
    road, disturbance = carry([Drop(), Duplicate()], ABC, count=2)
    assert road.left == [b"c"]
    assert [fired.index for fired in disturbance.fired] == [0, 0]


def test_a_fault_of_another_direction_or_layer_does_nothing() -> None:
    async def run() -> list[bytes]:
        road, disturbance = Road(), Disturbance(1)
        disturbance.arm([Fault(Layer.RECORD, THERE, Drop()), Fault(Layer.DATAGRAM, BACK, Drop())])
        disturbance.pass_on(Layer.DATAGRAM, THERE, b"a", {"length": 1}, road)
        disturbance.pass_on(Layer.DATAGRAM, BACK, b"b", {"length": 1}, road)
        return road.left

    assert asyncio.run(run()) == [b"a"]


def test_what_is_delayed_comes_by_itself() -> None:
    async def wait(disturbance: Disturbance, road: Road) -> None:
        rung = asyncio.Event()
        disturbance.on_fired = rung.set
        assert disturbance.underway == 1
        await asyncio.wait_for(rung.wait(), LONG)
        assert disturbance.underway == 0

    road, _ = carry([Delay(0.01)], ABC, then=wait)
    assert road.left == [b"b", b"c", b"a"]


def test_what_nothing_overtakes_comes_in_time() -> None:
    async def wait(disturbance: Disturbance, road: Road) -> None:
        rung = asyncio.Event()
        disturbance.on_fired = rung.set
        await asyncio.wait_for(rung.wait(), LONG)

    assert carry([Reorder(5, 0.01)], ABC, then=wait)[0].left == [b"b", b"c", b"a"]


def test_calm_lets_everything_go_on() -> None:
    async def calm(disturbance: Disturbance, road: Road) -> None:
        disturbance.calm()
        disturbance.pass_on(Layer.DATAGRAM, THERE, b"d", {"length": 1}, road)

    assert carry([Reorder(5, LONG)], ABC, then=calm)[0].left == [b"b", b"c", b"a", b"d"]
    assert carry([Mute(LONG)], ABC, then=calm)[0].left == [b"d"]


def test_silence_holds_in_both_directions() -> None:
    async def back(disturbance: Disturbance, road: Road) -> None:
        disturbance.pass_on(Layer.DATAGRAM, BACK, b"z", {"length": 1}, road)

    road, disturbance = carry([Mute(LONG)], ABC, then=back)
    assert road.left == []
    assert len(disturbance.fired) == 4


def test_what_acted_is_told_as_data() -> None:
    _, disturbance = carry([Drop()], [b"\x01"])
    data = disturbance.fired[0].as_data()
    assert data | {"time": 0} == {"time": 0, "fault": 0, "frame": 7, "before": "01", "after": []}
    assert disturbance.schedule.faults[0].match == Match()
