"""Plays a conversation against a device, step by step, and judges every answer by what the model predicts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from conformance.exploration.belief import Belief
from conformance.exploration.changing import Changing
from conformance.exploration.looking import Looking
from conformance.exploration.notices import Notices
from conformance.exploration.scene import Scene
from conformance.exploration.step import Step
from conformance.exploration.surface import Surface
from conformance.messages import Path
from conformance.messages.codes import CHANGED, DELETED
from conformance.roles.device import Device
from conformance.roles.expectation import UnreadableError
from conformance.verdicts import CaseRecord, Check, CheckFailed

Deed = Callable[[Step, Path], Awaitable[None]]


@dataclass(frozen=True)
class Violation:
    """A prediction that did not hold: the step, and the check that failed."""

    step: Step
    check: Check


class Player:
    """One conversation with a device that is registered.

    `patience` is the time in seconds that an answer or a notification has. `performed` holds the steps that
    were more than nothing, such as the cancelling of an observation that there is not. `earlier` is what an
    earlier conversation with the same device left.
    """

    def __init__(
        self, device: Device, surface: Surface, patience: float, earlier: Belief | None = None
    ) -> None:
        self.scene = Scene(device, surface, patience)
        self.belief = self.scene.belief
        if earlier is not None:
            self.belief.succeed(earlier)
        self.performed: list[Step] = []
        self.notices = Notices(self.scene)
        looking, changing = Looking(self.scene), Changing(self.scene, self.notices)
        self._deeds: dict[str, Deed] = {
            "read": looking.read,
            "read-composite": looking.read_composite,
            "discover": looking.discover,
            "request": looking.request,
            "write": changing.write,
            "partial": changing.update,
            "replace": changing.replace,
            "write-composite": changing.write_composite,
            "create": changing.create,
            "delete": changing.delete,
            "attributes": changing.attributes,
            "execute": changing.execute,
            "payload": changing.payload,
            "observe": self.notices.observe,
            "cancel": self.notices.cancel,
        }

    async def play(self, steps: Sequence[Step]) -> Violation | None:
        """Play the steps in their order, as far as the first prediction that does not hold."""
        context = self.scene.device.context
        outer, self.performed = context.record, []
        try:
            for step in steps:
                path = Path.parse(step.path)
                if self.notices.is_moot(step, path):
                    continue
                self.performed.append(step)
                self.scene.begin_record()
                try:
                    await self._deeds[step.do](step, path)
                    await self.notices.expect_no_stray()
                except CheckFailed:
                    return Violation(step, context.record.checks[-1])
                except UnreadableError as problem:
                    return Violation(step, _unreadable(context.record, str(problem)))
        finally:
            context.record = outer
        return None

    def audit(self) -> list[Step]:
        """Reads of everything that is certain: the device has to hold what it was told to."""
        steps = [Step("read", str(path)) for path in self.belief.content if self.belief.exists(path.parent)]
        steps += [Step("read", str(instance)) for instance in sorted(self.belief.made)]
        if self.scene.surface.discover:
            shown = [path for path in self.belief.attributes if self.belief.exists(Path(*path[:2]))]
            steps += [Step("discover", str(path)) for path in sorted(shown)]
        if self.belief.several is not None:
            steps.append(Step("read", str(self.scene.surface.multiple)))
        return steps

    async def undo(self) -> None:
        """Take back what can be taken back: observations, attributes, Instances; no answer is judged.

        What the device does not take back stays in what is believed of it.
        """
        device, belief = self.scene.device, self.belief
        for one in belief.watched.values():
            await device.cancel(one.observation)
        for path, held in list(belief.attributes.items()):
            unset = [name for name, value in held.items() if value is not None]
            for name in unset:
                if (await device.write_attributes(path, **{name: None})).code != CHANGED:
                    belief.doubt(path)
        for instance in sorted(belief.present):
            if (await device.delete(instance)).code == DELETED:
                belief.removed(instance)


def _unreadable(record: CaseRecord, text: str) -> Check:
    try:
        return record.judge("unreadable", "something readable", {"unreadable": text}, actual=text)
    except CheckFailed:
        return record.checks[-1]
