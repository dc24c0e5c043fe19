"""Observations of a conversation: taking them up, ending them, and what a change has to bring about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from conformance.coap.exchange import Received
from conformance.coap.message import Type
from conformance.exploration.belief import Due, Watched, same
from conformance.exploration.scene import Change, Scene
from conformance.exploration.step import Step
from conformance.formats import Value
from conformance.matching import covering, one_of
from conformance.messages import Path
from conformance.messages.codes import CONTENT
from conformance.roles.expectation import UnreadableError
from conformance.roles.observation import Notification
from conformance.verdicts import Subject


@dataclass
class Cancelled:
    """An observation that was cancelled; `changed` are the values that it had to tell if it were not."""

    watched: Watched
    changed: dict[Path, Value] = field(default_factory=dict)

    def take_up(self, changed: Mapping[Path, Change]) -> None:
        """Values changed."""
        path = self.watched.path
        self.changed |= {at: after for at, (_, after) in changed.items() if at[: len(path)] == path}

    def tells(self, received: Received) -> bool:
        """Whether a notification tells one of the changes, and not something that was on its way before."""
        try:
            shown = self.watched.observation.notification(received).values
        except UnreadableError:
            return False
        return any(same(after, shown.get(str(path))) for path, after in self.changed.items())


class Notices:
    """Judges notifications by what changed."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.belief = scene.belief
        self._cancelled: dict[bytes, Cancelled] = {}

    def is_moot(self, step: Step, path: Path) -> bool:
        """Whether a step would cancel nothing, or observe again what is observed (RFC 7641 §3.1)."""
        watched = self.belief.watched
        if step.do == "cancel":
            return step.slot not in watched
        return step.do == "observe" and (
            step.slot in watched or any(one.path == path for one in watched.values())
        )

    async def observe(self, step: Step, path: Path) -> None:
        """Observe a path in a slot that is free; a device keeps as many observations as it has room for."""
        observation = await self.scene.device.observe(path)
        first = observation.first
        if not self.belief.exists(Path(*path[:2])):
            self.scene.expect_not_found(first)
            return
        if self.belief.watched:
            self.scene.is_done(first, CONTENT)
        elif len(path) == 3 and self.belief.known(path) is None:
            first.expect(code=one_of(CONTENT, "4.04"))
        else:
            first.expect(code=CONTENT)
        if not first.answered or first.code != CONTENT or first.observe is None:
            self.scene.note(f"Observe answered {first.code} without an observation")
            return
        told = self.belief.known(path)
        if told is not None:
            first.expect(value=told)
        self.belief.watched[step.slot] = Watched(path, observation, told)

    async def cancel(self, step: Step, path: Path) -> None:
        """Cancel the observation of a slot."""
        one = self.belief.watched.pop(step.slot)
        answer = await self.scene.device.cancel(one.observation)
        answer.expect(outcome="response")
        if answer.code == CONTENT:
            self._cancelled[one.observation.handle.token] = Cancelled(one)

    def unsettle(self, path: Path) -> None:
        """What is told of values at or below a path is open from now on: attributes changed during the
        observation, or the values by themselves."""
        for one in self._near(path):
            one.unsettled = True

    def stirred(self, path: Path) -> None:
        """Values at or below a path may have changed."""
        for one in self._near(path):
            one.told = None

    def end(self, gone: Iterable[Path]) -> None:
        """Resources are gone, and the observations of them with them (RFC 7641 §4.2)."""
        paths = set(gone)
        for slot in [slot for slot, one in self.belief.watched.items() if one.path in paths]:
            del self.belief.watched[slot]

    def _near(self, path: Path) -> list[Watched]:
        return [
            one
            for one in self.belief.watched.values()
            if one.path[: len(path)] == path or path[: len(one.path)] == one.path
        ]

    async def tell(self, changed: Mapping[Path, Change]) -> None:
        """Expect what the changes have to bring about for each observation."""
        for cancelled in self._cancelled.values():
            cancelled.take_up(changed)
        for one in list(self.belief.watchers(changed)):
            self.scene.begin_record()
            due = self.belief.due(one, changed)
            if due is Due.MUST:
                await self._expect(one, changed)
            else:
                await self._take(one, due, changed)

    async def _expect(self, one: Watched, changed: Mapping[Path, Change]) -> None:
        wanted = {path: after for path, (_, after) in changed.items() if path[: len(one.path)] == one.path}
        told = await one.observation.next(self.scene.patience)
        while not self._is_latest(told, one, wanted):
            later = await one.observation.next_or_none(self.scene.patience)
            if later is None:
                break
            told = later
        self._judge(told, one, wanted)

    async def _take(self, one: Watched, due: Due, changed: Mapping[Path, Change]) -> None:
        """Take what has come although nothing had to come."""
        while (told := await one.observation.next_or_none(0)) is not None:
            if due is Due.NOT and told.code == CONTENT and same(told.value, changed[one.path][1]):
                self.scene.device.context.record.judge(
                    "notification.absent",
                    None,
                    str(told.value),
                    subject=Subject("notification.absent", told.frame),
                    what=f"no notification of {one.path} that no condition calls for, but",
                )
            if told.code == CONTENT and len(one.path) == 3:
                one.told = told.value
        if due is Due.MAY:
            one.told = None

    def _is_latest(self, told: Notification, one: Watched, wanted: Mapping[Path, object]) -> bool:
        if told.code != CONTENT:
            return True
        shown = told.values
        return all(shown.get(str(path)) == value for path, value in wanted.items())

    def _judge(self, told: Notification, one: Watched, wanted: Mapping[Path, object]) -> None:
        if len(one.path) == 3:
            told.expect(code=CONTENT, value=wanted[one.path])
            one.told = told.value
        else:
            told.expect(code=CONTENT, values=covering({str(path): value for path, value in wanted.items()}))

    async def expect_no_stray(self) -> None:
        """No observation that was cancelled tells what changed afterwards; what was on its way may come.

        Raises:
            CheckFailed: one does.
        """
        while self._cancelled:
            stray = await self.scene.device.endpoint.next(self._is_stray, limit=0)
            if stray is None:
                return
            if not self._cancelled[stray.message.token].tells(stray):
                self.scene.note("a notification was still on its way when its observation was cancelled")
                continue
            self.scene.device.context.record.judge(
                "notification.absent",
                None,
                repr(stray.message),
                subject=Subject("notification.absent", stray.frame),
                what="no notification of an observation that was cancelled, but",
            )

    def _is_stray(self, received: Received) -> bool:
        """Whether a message is a notification with a cancelled token, and no late answer to its Cancel."""
        message = received.message
        late = message.type is Type.ACK or message.observe is None
        return message.token in self._cancelled and message.code.is_response and not late
