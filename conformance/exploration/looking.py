"""Steps that change nothing: Read, Read-Composite, Discover, and requests for what is not there."""

from __future__ import annotations

import re

from conformance.bindings.coap_datagrams import CoapRequest, perform
from conformance.coap.codes import Code
from conformance.coap.options import Option, is_critical
from conformance.exploration.belief import Dropped, Known, same
from conformance.exploration.scene import Scene
from conformance.exploration.step import Step
from conformance.matching import containing, covering, differs, excluding, matches, one_of, unordered
from conformance.messages import Discover, Path, Read, ReadComposite
from conformance.messages.codes import BAD_OPTION, CONTENT, NOT_FOUND
from conformance.messages.content import names_of
from conformance.roles.answer import Answer

THERE_OR_NOT = one_of(CONTENT, NOT_FOUND)
"""What a Read of something gives of whose value nothing is known."""

ATTRIBUTES = frozenset({"pmin", "pmax", "gt", "lt", "st"})


class Looking:
    """Judges what a device shows by what is believed of it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.belief = scene.belief
        self.surface = scene.surface

    async def read(self, step: Step, path: Path) -> None:
        """Read a Resource, an Instance, or the multiple Resource."""
        answer = await self.scene.perform(Read(path, step.format))
        if any(each[: len(path)] == path for each in self.belief.spoilt):
            answer.expect(outcome="response")
            return
        if len(path) > 1 and not self.belief.exists(Path(*path[:2])):
            self.scene.expect_not_found(answer)
        elif path == self.surface.multiple:
            self._expect_several(answer, path)
        elif len(path) == 3:
            self._expect_value(answer, path)
        elif len(path) == 4:
            held = (self.belief.several or {}).get(path[3])
            answer.expect(code=CONTENT, value=held) if held is not None else answer.expect(outcome="response")
        else:
            self._expect_values(answer, path)
        if step.format is not None and answer.code == CONTENT and answer.payload:
            answer.expect(format=one_of(step.format, None))

    def _expect_value(self, answer: Answer, path: Path) -> None:
        held = self.belief.content.get(path)
        if isinstance(held, Known):
            answer.expect(code=CONTENT, value=held.value)
        elif isinstance(held, Dropped):
            answer.expect(code=NOT_FOUND, tolerated={"code": CONTENT})
            if answer.code == CONTENT and held.before is not None:
                there = answer.value
                if there is not None and same(held.before, there) and self.belief.survives(path, there):
                    answer.expect(value=differs(held.before))
        else:
            answer.expect(code=THERE_OR_NOT)

    def _expect_several(self, answer: Answer, path: Path) -> None:
        if self.belief.several is None:
            answer.expect(code=THERE_OR_NOT)
            return
        given = {str(path / number): value for number, value in self.belief.several.items()}
        answer.expect(code=CONTENT, values=covering(given), paths=unordered(*given))

    def _expect_values(self, answer: Answer, path: Path) -> None:
        """An Object or an Instance shows every value that is certain, and no Instance that is not there."""
        certain = {str(at): value for at, value in self.belief.values_at(path).items()}
        answer.expect(code=THERE_OR_NOT if not certain and self._may_be_empty(path) else CONTENT)
        if answer.code != CONTENT:
            return
        if certain:
            answer.expect(values=covering(certain))
        gone = [slot for slot in self.surface.slots if slot not in self.belief.present and len(path) == 1]
        if any(slot.parent == path for slot in gone):
            shown = sorted({str(Path(*entry.path[:2])) for entry in answer.entries if len(entry.path) > 1})
            self.scene.judge("read.instances", excluding(*map(str, gone)), shown, answer)

    def _may_be_empty(self, path: Path) -> bool:
        """Whether an Object may have no Instance, or an Instance no value: the answer to a Read is open."""
        if len(path) == 1:
            return self.surface.bare and not any(slot.parent == path for slot in self.belief.present)
        return any(isinstance(held, Dropped) for at, held in self.belief.content.items() if at.parent == path)

    async def read_composite(self, step: Step, path: Path) -> None:
        """Read several Resources at once; what is not there is left out."""
        paths = [Path.parse(text) for text in step.values or {}]
        payload = names_of(paths, step.format or 112, self.scene.type_of)
        answer = await self.scene.perform(ReadComposite(payload, step.format or 112))
        certain = {str(at): value for each in paths for at, value in self.belief.values_at(each).items()}
        answer.expect(code=CONTENT if certain else THERE_OR_NOT)
        if certain:
            answer.expect(values=covering(certain))

    async def discover(self, step: Step, path: Path) -> None:
        """Discover a path: Instances that are there, and the attributes that were set at the path itself."""
        answer = await self.scene.perform(Discover(path))
        if len(path) > 1 and not self.belief.exists(Path(*path[:2])):
            self.scene.expect_not_found(answer)
            return
        lacking = len(path) == 3 and not isinstance(self.belief.content.get(path), Known)
        if lacking or (len(path) == 1 and self._may_be_empty(path)):
            answer.expect(code=THERE_OR_NOT)
        else:
            answer.expect(code=CONTENT)
        if answer.code != CONTENT:
            return
        if len(path) == 1:
            slots = {
                str(slot): slot in self.belief.present for slot in self.surface.slots if slot[:1] == path
            }
            shown = sorted({"/".join(target.split("/")[:3]) for target in answer.targets})
            there = [text for text, is_there in slots.items() if is_there]
            self.scene.judge("discover.instances", containing(*there), shown, answer)
            gone = [text for text, is_there in slots.items() if not is_there]
            self.scene.judge("discover.no-instances", excluding(*gone), shown, answer)
        self._expect_attributes(answer, path)

    def _expect_attributes(self, answer: Answer, path: Path) -> None:
        """What was set is shown as it was set; what was unset is not shown, unless it holds by default.

        A device that has never shown an attribute of a path may do so (§5.1.2: it should support them).
        """
        shown = answer.attributes(str(path))
        held = {name: value for name, value in shown.items() if name in ATTRIBUTES}
        if any(held.get(name) == value for name, value in self.belief.former.get(path, {}).items()):
            self.scene.note("an Object Instance has the attributes of an earlier one with its id")
        if any(path[: len(each)] == each for each in self.belief.doubtful):
            return
        default = dict(zip(("pmin", "pmax"), self.surface.periods, strict=True))
        above = self.belief.assigned(path.parent)
        for name, value in self.belief.attributes.get(path, {}).items():
            if value is None:
                inherited = {above.get(name), f"{default[name]:g}" if name in default else None}
                wanted = one_of(None, *sorted(inherited - {None}, key=str))
            elif held.get(name) is None and (path, name) not in self.belief.shown:
                self.scene.note(f"{name} was taken, and Discover does not show it")
                continue
            else:
                wanted = matches(re.escape(value) + r"(\.0+)?")
            self.scene.judge(f"discover.{name}", wanted, held.get(name), answer)
            if held.get(name) is not None:
                self.belief.shown.add((path, name))

    async def request(self, step: Step, path: Path) -> None:
        """Any request at any path: it is answered, and what is not there is refused."""
        device = self.scene.device
        options = tuple(Option(number, bytes.fromhex(text)) for number, text in step.options)
        segments = (*device.current.prefix, *step.segments)
        made = CoapRequest(Code(step.method), segments, payload=bytes.fromhex(step.octets))
        exchange = await perform(
            device.endpoint, device.current.remote, made, limit=self.scene.patience, options=options
        )
        if exchange.response is None:
            device.check_alive()
        answer = self.scene.answer("request", path, exchange)
        answer.expect(outcome="response")
        strange = [number for number, _ in step.options if is_critical(number)]
        if strange:
            self.scene.expect_refused(answer, BAD_OPTION)
        elif path:
            answer.expect(code=THERE_OR_NOT)
        elif not all(map(_is_identifier, step.segments)):
            if not str(answer.code).startswith("4."):
                self.scene.note(f"{made.method.name} of a path that is no number was answered {answer.code}")
        else:
            self.scene.expect_not_found(answer)


def _is_identifier(segment: str) -> bool:
    """Whether a segment of a path can be the number of something (LwM2M Core 1.1.1 §7.3)."""
    return re.fullmatch("0|[1-9][0-9]{0,4}", segment) is not None and int(segment) < 65535
