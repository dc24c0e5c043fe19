"""Drives random conversations by Hypothesis, shrinks the first that goes wrong, and judges what is left.

Hypothesis runs in a thread of its own, which asks the tester's loop to play each conversation; no check of a
conversation reaches the record of the case but those of the one that is judged in the end.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import hypothesis
from hypothesis.strategies import SearchStrategy

from conformance import rules
from conformance.exploration.belief import Belief
from conformance.exploration.player import Player
from conformance.exploration.renewal import renewed
from conformance.exploration.replay import FILE, replay
from conformance.exploration.step import Conversation, Step, size
from conformance.exploration.surface import Surface
from conformance.roles.device import Device
from conformance.sut.adapter import SutError
from conformance.verdicts import CaseRecord, Inconclusive, Verdict

POLL = 0.1
"""Seconds until the thread sees that the case was given up."""


FIRST = 60.0
"""Seconds that the first conversation may go on when the time of the search is over: one is owed."""

DRAWN = 8
"""Conversations that Hypothesis draws at most for one that is played: it likes to vary the values alone."""

WORTHWHILE = 6
"""Operations below which a conversation is not played: a longer one holds it."""


def outline(steps: tuple[Step, ...]) -> tuple[tuple[str, str], ...]:
    """A conversation without its values."""
    return tuple((step.do, step.path or "/".join(step.segments) or str(step.slot)) for step in steps)


class Stop(BaseException):
    """Ends Hypothesis at once: the time is over, the case was cancelled, or something else went wrong."""


class WentWrong(Exception):  # noqa: N818 - what Hypothesis takes for a failing example
    """A conversation with a violated prediction."""


@dataclass(frozen=True)
class Found:
    """A conversation that went wrong: its steps up to the violated prediction, the id of the check, and what
    was seen instead."""

    steps: tuple[Step, ...]
    check: str
    seen: str = ""


class Explorer:
    """One exploration of one device; it searches for at most `Exploration.seconds`, and shrinks for
    twice `Exploration.shrinking`.

    `part` is the share of the conversations that the case is worth.
    """

    def __init__(self, device: Device, case: str, *, part: float = 1.0) -> None:
        self.device = device
        self.case = case
        self.settings = device.context.exploration
        self.examples = max(1, int(part * self.settings.examples))
        self.played = self.operations = 0
        self.notes: Counter[str] = Counter()
        self.surface: Surface | None = None
        self.first: Found | None = None
        self.shortest: Found | None = None
        self._trouble: Exception | None = None
        self._left: Belief | None = None
        self._deadline = 0.0
        self._stopped = threading.Event()
        self._seen: set[tuple[tuple[str, str], ...]] = set()

    async def explore(self, drawn: Callable[[Surface], SearchStrategy[list[Step]]]) -> None:
        """Search, shrink, and judge; the checks and observations stand in the record of the case.

        Raises:
            CheckFailed: a prediction does not hold, and does not hold either when it is played again.
            Inconclusive: it held when it was played again, or the time was too short for one conversation.
            NotApplicable: the profile lets nothing be written.
        """
        context, seconds = self.device.context, self.settings.seconds
        context.more_time(seconds + FIRST + 2 * self.settings.shrinking)
        surface = await self._ready(fresh=False)
        await self.device.control()
        self._deadline = time.monotonic() + seconds
        loop = asyncio.get_running_loop()
        search = asyncio.create_task(asyncio.to_thread(self._search, drawn(surface), loop))
        try:
            await asyncio.shield(search)
        finally:
            self._stopped.set()
            await asyncio.wait([search])
        if self._trouble is not None:
            raise self._with_finding(self._trouble)
        await self._leave_out(time.monotonic() + self.settings.shrinking)
        for text, count in sorted(self.notes.items()):
            context.record.note(f"{text} ({count} times)")
        told = f"seed {self.settings.seed}: {self.played} conversations, {self.operations} operations"
        context.record.note(told)
        if self.first is not None and self.shortest is not None:
            await self._judge_again(self.first, self.shortest)
        if not self.played:
            raise Inconclusive(
                f"no conversation came to its end within {seconds + FIRST:.1f} s: give more by --explore"
            )
        context.record.judge(
            "exploration.violations", 0, 0 if self.first is None else 1, what=f"violated predictions, {told}:"
        )

    def _search(self, strategy: SearchStrategy[list[Step]], loop: asyncio.AbstractEventLoop) -> None:
        """What runs in the thread."""

        @hypothesis.seed(self.settings.seed)
        @hypothesis.settings(
            max_examples=DRAWN * self.examples,
            database=None,
            deadline=None,
            phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
            suppress_health_check=list(hypothesis.HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
        )
        @hypothesis.given(strategy)
        def one(steps: list[Step]) -> None:
            self._one(tuple(steps), loop)

        with contextlib.suppress(Stop, WentWrong, hypothesis.errors.Flaky):
            one()

    def _one(self, steps: tuple[Step, ...], loop: asyncio.AbstractEventLoop) -> None:
        """One example, in the thread.

        Raises:
            WentWrong: a prediction did not hold; of several kinds only the first is followed.
            Stop: the exploration is over.
        """
        if self._stopped.is_set() or self._is_late():
            raise Stop
        if self.first is None:
            if self.played >= self.examples:
                raise Stop
            shape = outline(steps)
            if shape in self._seen or len(steps) < WORTHWHILE:
                return
            self._seen.add(shape)
        found = self._wait_for(asyncio.run_coroutine_threadsafe(self._play(steps), loop))
        if found is None:
            return
        if self.first is None:
            self.first = self.shortest = found
            self._deadline = time.monotonic() + self.settings.shrinking
        if self.shortest is not None and found.check == self.first.check:
            if size(found.steps) < size(self.shortest.steps):
                self.shortest = found
            raise WentWrong(found.check)

    def _is_late(self) -> bool:
        """Whether the time is over; the first conversation is waited for."""
        owed = FIRST if not self.played else 0.0
        return time.monotonic() > self._deadline + owed

    def _with_finding(self, trouble: Exception) -> Exception:
        """The trouble, and if it ended the shortening of a conversation that went wrong, that one too."""
        if self.shortest is None or not isinstance(trouble, Inconclusive | SutError):
            return trouble
        found = self.shortest
        Conversation(found.steps, self.case, self.settings.seed, found.check).save(
            self.device.context.folder / FILE
        )
        return Inconclusive(f"{found.check} was violated ({found.seen}; {FILE}), and then: {trouble}")

    def _wait_for(self, playing: concurrent.futures.Future[Found | None]) -> Found | None:
        while True:
            try:
                return playing.result(POLL)
            except concurrent.futures.CancelledError:
                raise Stop from None
            except TimeoutError:
                if playing.done():
                    continue
                if self._stopped.is_set() or (not self.played and self._is_late()):
                    playing.cancel()
            except Exception as problem:
                self._trouble = problem
                raise Stop from problem

    async def _play(self, steps: tuple[Step, ...]) -> Found | None:
        """One conversation, and a look at what it left."""
        found = self.first is not None
        surface = await self._ready(fresh=found)
        ixit = self.device.ixit
        quick = min(ixit.quiet_time, ixit.reaction_time)
        player = self._new_player(surface, quick if found else ixit.reaction_time)
        violation = await player.play(steps)
        conversation = player.performed
        if violation is None:
            violation = await player.play(player.audit())
            conversation += player.performed[-1:] if violation else []
        self.operations += len(conversation)
        if not found:
            self.played += 1
            self.notes.update(player.scene.notes)
        broken = None if violation is not None else self._broken_rule()
        if self.device.context.isolation != "reset":
            await player.undo()
            self._left = player.belief
        if violation is not None:
            return Found(tuple(conversation), violation.check.id, violation.check.actual)
        return None if broken is None else Found(tuple(conversation), broken)

    def _new_player(self, surface: Surface, patience: float) -> Player:
        """Who plays one conversation."""
        return Player(self.device, surface, patience, self._left)

    async def _replay(self, conversation: Conversation) -> None:
        """Play a conversation as the case."""
        await replay(self.device, conversation, self.surface, self._left)

    async def _leave_out(self, deadline: float) -> None:
        """Try the shortest conversation without each of its steps, which takes Hypothesis longer."""
        if self.first is None or self.shortest is None:
            return
        for index in reversed(range(len(self.shortest.steps))):
            steps = self.shortest.steps
            fewer = (*steps[:index], *steps[index + 1 :])
            if index >= len(steps) or not fewer or time.monotonic() > deadline:
                continue
            found = await self._play(fewer)
            if found is not None and found.check == self.first.check and len(found.steps) < len(steps):
                self.shortest = found

    def _broken_rule(self) -> str | None:
        """The passive rule that the messages of the last conversation break."""
        context = self.device.context
        record = CaseRecord(context.record.requirements, context.record.clause)
        broken = rules.judge("device", context.messages, record)
        return next((check.id for check in broken if check.verdict is Verdict.FAIL), None)

    async def _ready(self, *, fresh: bool) -> Surface:
        """A registered device, where `fresh` not as the last conversation left it if that can be had."""
        context = self.device.context
        if context.isolation == "reset" or (fresh and context.isolation == "process"):
            await renewed(self.device)
        else:
            await self.device.registered()
        if self.surface is None:
            self.surface = await Surface.seen(self.device)
        return self.surface

    async def _judge_again(self, first: Found, shortest: Found) -> None:
        """Play the shortest conversation once more, this time as the case; the longer one if it holds now."""
        for found in (shortest,) if shortest == first else (shortest, first):
            await self._replay(Conversation(found.steps, self.case, self.settings.seed, found.check))
            if self._broken_rule() is not None:
                return
        raise Inconclusive(
            f"{first.check} was violated once by {len(first.steps)} operations ({first.seen}), and held when "
            f"they were played again (seed {self.settings.seed}; {FILE})"
        )
