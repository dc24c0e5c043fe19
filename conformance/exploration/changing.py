"""Steps that change the device: Write in all its forms, Create, Delete, Write-Attributes, Execute."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.exploration.belief import Dropped
from conformance.exploration.notices import Notices
from conformance.exploration.payload import is_ordinary, read_payload
from conformance.exploration.scene import REFUSED, Scene
from conformance.exploration.step import Step, restored
from conformance.formats import ContentFormat, Value
from conformance.messages import Create, Delete, Execute, Path, Write, WriteAttributes, WriteComposite
from conformance.messages.codes import (
    CHANGED,
    CREATED,
    DELETED,
    UNSUPPORTED_CONTENT_FORMAT,
)
from conformance.messages.management import Mode, Payload
from conformance.roles.answer import Answer
from conformance.verdicts import Level

COMPLETED = (ContentFormat.TEXT, ContentFormat.SENML_JSON, ContentFormat.LWM2M_JSON)
"""Formats of which a beginning may be taken: a text is one itself, and a parser of JSON may close brackets
(RFC 8259 §9)."""


class Changing:
    """Judges the answers, and takes up what they make certain."""

    def __init__(self, scene: Scene, notices: Notices) -> None:
        self.scene = scene
        self.belief = scene.belief
        self.surface = scene.surface
        self.notices = notices

    async def write(self, step: Step, path: Path) -> None:
        """Write a Resource, all of a multiple Resource, or one of its Resource Instances."""
        values = restored(step.value) if step.values is None else by_id(step.values)
        payload = self.scene.payload(path, values, step.format or 0)
        answer = await self.scene.perform(Write(path, payload))
        if len(path) > 3 or path == self.surface.multiple:
            self._wrote_several(answer, path, values)
            return
        if isinstance(values, Mapping):
            raise ValueError(f"{path} takes one value")
        if not self.belief.exists(path.parent):
            self.scene.expect_not_found(answer)
            return
        if self._is_done(answer, {path: values}):
            await self.notices.tell(self.belief.believe({path: values}))

    def _is_done(self, answer: Answer, values: Mapping[Path, Value], *, open_: bool = False) -> bool:
        """Whether a Write was done; it may be refused for want of room, or, as with `open_`, where a Replace
        took away what it writes."""
        if self.scene.declined(answer, values.values()):
            return False
        dropped = open_ or any(isinstance(self.belief.content.get(path), Dropped) for path in values)
        answer.expect(code=CHANGED, tolerated={"code": REFUSED} if dropped else {})
        return answer.code == CHANGED

    def _wrote_several(self, answer: Answer, path: Path, values: Value | Mapping[int, Value]) -> None:
        """Which Resource Instances come and go is left to the device (§6.3.3); what it refuses stays."""
        held = self.belief.several
        if len(path) == 4 and not isinstance(values, Mapping):
            if held is not None and path[3] not in held:
                self.scene.expect_refused(answer)
                return
            if self.scene.is_done(answer, CHANGED) and held is not None:
                self.belief.several = {**held, path[3]: values}
        elif isinstance(values, Mapping) and self.scene.is_done(answer, CHANGED):
            self.belief.several = dict(values)
        self.notices.stirred(path)

    async def update(self, step: Step, path: Path) -> None:
        """Partially update an Instance, or the multiple Resource; what is not named stays."""
        values = by_id(step.values)
        payload = self.scene.payload(path, values, step.format or 0)
        answer = await self.scene.perform(Write(path, payload, Mode.PARTIAL))
        if path == self.surface.multiple:
            if self.scene.is_done(answer, CHANGED) and self.belief.several is not None:
                self.belief.several = {**self.belief.several, **values}
            self.notices.stirred(path)
            return
        written = {path / rid: value for rid, value in values.items()}
        if self._is_done(answer, written):
            await self.notices.tell(self.belief.believe(written))

    async def replace(self, step: Step, path: Path) -> None:
        """Replace an Instance; what is not named is gone, unless it has to be there."""
        values = {path / rid: value for rid, value in by_id(step.values).items()}
        payload = self.scene.payload(path, by_id(step.values), step.format or 0)
        lacks = [each for each in self.surface.members(path) if each.mandatory and each.path not in values]
        answer = await self.scene.perform(Write(path, payload))
        if self._is_done(answer, values, open_=bool(lacks)):
            gone = [each.path for each in self.surface.members(path) if each.path not in values]
            self.belief.replaced(path, values)
            self.notices.end(gone)
            self.notices.unsettle(path)
            await self.notices.tell(self.belief.believe(values))

    async def write_composite(self, step: Step, path: Path) -> None:
        """Write several Resources at once, all or none."""
        values = {Path.parse(text): restored(value) for text, value in (step.values or {}).items()}
        answer = await self.scene.perform(WriteComposite(self.scene.composite(values, step.format or 112)))
        if not all(self.belief.exists(at.parent) for at in values):
            self.scene.expect_refused(answer)
        elif self._is_done(answer, values):
            await self.notices.tell(self.belief.believe(values))

    async def create(self, step: Step, path: Path) -> None:
        """Create an Instance whose id the tester chose; an id in use is refused, and nothing changes."""
        values = by_id(step.values)
        instance = Path(*path[:2])
        payload = self.scene.payload(Path(path[0]), {path[1]: values}, step.format or 0)  # type: ignore[dict-item]
        answer = await self.scene.perform(Create(Path(path[0]), payload))
        if self.belief.exists(instance):
            self.scene.expect_refused(answer)
            return
        if self.scene.is_done(answer, CREATED):
            self.belief.created(instance)
            self.belief.believe({instance / rid: value for rid, value in values.items()})

    async def delete(self, step: Step, path: Path) -> None:
        """Delete an Instance that was created."""
        answer = await self.scene.perform(Delete(path))
        if not self.belief.exists(path):
            self.scene.expect_not_found(answer)
            return
        if self.scene.is_done(answer, DELETED):
            self.belief.removed(path)

    async def attributes(self, step: Step, path: Path) -> None:
        """Set or unset attributes; a device that does not take them leaves them as they were."""
        given = dict(step.values or {})
        answer = await self.scene.perform(WriteAttributes(path, given))
        if len(path) > 1 and not self.belief.exists(Path(*path[:2])):
            if answer.code == CHANGED:
                self.belief.doubt(path)
            else:
                self.scene.expect_not_found(answer)
            return
        if self.scene.is_done(answer, CHANGED):
            held = self.belief.attributes.setdefault(path, {})
            held.update({name: None if value is None else f"{value:g}" for name, value in given.items()})
            self.notices.unsettle(path)

    async def execute(self, step: Step, path: Path) -> None:
        """Execute the Resource that may be executed; it may change anything in its Instance."""
        answer = await self.scene.perform(Execute(path))
        answer.expect(code=CHANGED)
        self.belief.forget_below(path.parent)
        self.notices.unsettle(path.parent)

    async def payload(self, step: Step, path: Path) -> None:
        """Write octets: what is right is written, what is malformed is refused and changes nothing."""
        payload = Payload(bytes.fromhex(step.octets), step.format)
        answer = await self.scene.perform(Write(path, payload))
        answer.expect(outcome="response")
        values = read_payload(self.scene, path, payload)
        if values is not None:
            answer.expect(code=CHANGED, tolerated={"code": REFUSED}, level=Level.SHOULD)
        elif step.format not in self.surface.formats and step.format not in set(ContentFormat):
            self.scene.expect_refused(answer, UNSUPPORTED_CONTENT_FORMAT)
        elif step.cut and step.format not in COMPLETED:
            self.scene.expect_refused(answer)
        elif not str(answer.code).startswith("4."):
            self.scene.note(f"a malformed payload was answered {answer.code}")
        if answer.code == CHANGED:
            self.belief.forget_below(path)
            self.notices.unsettle(path)
            self.belief.spoilt.add(path)
            if values is not None and len(path) == 3 and all(map(is_ordinary, values.values())):
                self.belief.believe(values)


def by_id(values: Mapping[str, object] | None) -> dict[int, Value]:
    """Values of a step by number."""
    return {int(number): restored(value) for number, value in (values or {}).items()}
