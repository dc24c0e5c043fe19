"""The search: the shortest conversation of a fault, and every way in which a search ends without one."""

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.exploration import MANAGEMENT, Conversation, Step, Surface, conversations
from conformance.exploration import explorer as subject
from conformance.exploration.explorer import Explorer, Found
from conformance.exploration.strategies import Steps
from conformance.roles.context import Exploration
from conformance.sut.adapter import SutError
from conformance.verdicts import CaseRecord, CheckFailed, HarnessError, Inconclusive
from tests.exploration.surfaces import surface


class Scripted(Explorer):
    """An explorer of a device that goes wrong when one operation comes anywhere after another."""

    def __init__(self, before: str, after: str, **how: Any) -> None:
        record = CaseRecord(("HLF-001",), "c")
        context = SimpleNamespace(
            record=record, exploration=Exploration(**how), more_time=lambda seconds: None, folder=Path()
        )

        async def control() -> None:
            return

        device: Any = SimpleNamespace(context=context, control=control)
        super().__init__(device, "EXP-TOY-01")
        self.record, self.pair = record, (before, after)
        self.all_played: list[tuple[Step, ...]] = []
        self.slowness, self.flaky = 0.0, False

    async def _ready(self, *, fresh: bool) -> Surface:
        return surface()

    async def _play(self, steps: tuple[Step, ...]) -> Found | None:
        self.all_played.append(steps)
        counts = self.first is None
        await asyncio.sleep(self.slowness)
        self.played += counts
        return Found(steps, "read.value") if self.goes_wrong(steps) else None

    def goes_wrong(self, steps: tuple[Step, ...]) -> bool:
        kinds = [step.do for step in steps]
        before, after = self.pair
        if self.flaky and self.first is not None:
            return False
        return before in kinds and after in kinds[kinds.index(before) + 1 :]

    async def replayed(self, device: Any, conversation: Conversation, *known: object) -> None:
        if self.goes_wrong(conversation.steps):
            raise CheckFailed("read.value")

    def _broken_rule(self) -> str | None:
        return None


def drawn(known: Surface) -> Steps:
    return conversations(known, MANAGEMENT)


def run(explorer: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "replay", explorer.replayed)
    asyncio.run(explorer.explore(drawn))


def test_a_fault_is_shrunk_to_the_operations_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = Scripted("create", "delete", seed=3)
    with pytest.raises(CheckFailed):
        run(explorer, monkeypatch)
    assert explorer.shortest is not None
    assert [step.do for step in explorer.shortest.steps] == ["create", "delete"]


def test_a_seed_plays_the_same_conversations(monkeypatch: pytest.MonkeyPatch) -> None:
    played = []
    for seed in (3, 3, 4):
        explorer = Scripted("never", "never", seed=seed, examples=10)
        run(explorer, monkeypatch)
        played.append(explorer.all_played)
    assert len(played[0]) == 10
    assert played[0] == played[1] != played[2]


def test_a_device_without_a_fault_passes_and_the_seed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = Scripted("never", "never", seed=77, examples=5)
    run(explorer, monkeypatch)
    assert [check.id for check in explorer.record.checks] == ["exploration.violations"]
    assert "seed 77: 5 conversations" in explorer.record.observations[-1].text


def test_what_does_not_happen_again_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = Scripted("create", "delete", seed=3)
    explorer.flaky = True
    with pytest.raises(Inconclusive, match="held when they were played again"):
        run(explorer, monkeypatch)


def test_a_search_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = Scripted("never", "never", seconds=3.0, examples=1_000_000)
    explorer.slowness = 0.05
    began = time.monotonic()
    run(explorer, monkeypatch)
    assert 3.0 < time.monotonic() - began < 30
    assert 0 < explorer.played <= 60


def test_no_conversation_in_time_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "FIRST", 0.2)
    explorer = Scripted("never", "never", seconds=0.000_001)
    explorer.slowness = 30
    with pytest.raises(Inconclusive, match="--explore"):
        run(explorer, monkeypatch)


def test_the_first_conversation_may_come_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = Scripted("never", "never", seconds=0.000_001)
    explorer.slowness = 0.5
    run(explorer, monkeypatch)
    assert explorer.played == 1


@pytest.mark.parametrize("kind", [Inconclusive, SutError])
def test_a_device_that_is_lost_while_a_finding_is_shortened_does_not_hide_it(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    explorer = Scripted("create", "delete", seed=3)
    explorer.device.context.folder = tmp_path
    play = explorer._play

    async def lost(steps: tuple[Step, ...]) -> Found | None:
        if explorer.first is not None:
            raise kind("the device did not register")
        return await play(steps)

    monkeypatch.setattr(explorer, "_play", lost)
    with pytest.raises(Inconclusive, match=r"read.value was violated .* did not register"):
        run(explorer, monkeypatch)
    assert (tmp_path / "conversation.json").exists()


def test_a_case_that_is_given_up_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = Scripted("never", "never", seconds=60)
    explorer.slowness = 30

    async def cut_short() -> None:
        async with asyncio.timeout(0.5):
            await explorer.explore(drawn)

    monkeypatch.setattr(subject, "replay", explorer.replayed)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(cut_short())
    assert time.monotonic() - began < 20


def test_trouble_of_the_harness_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = Scripted("never", "never")

    async def broken(steps: tuple[Step, ...]) -> Found | None:
        raise HarnessError("out of order")

    monkeypatch.setattr(explorer, "_play", broken)
    with pytest.raises(HarnessError, match="out of order"):
        run(explorer, monkeypatch)
