"""Two runs of one case next to each other: the first message that differs, and what else does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.evidence.lines import Line
from conformance.formats import TypeOf
from conformance.verification.normal_form import Form, NormalForms


@dataclass(frozen=True)
class Difference:
    """Where two runs part: `frame` then and now, None where there is no such message; the field and both
    values of it."""

    what: str
    then: str
    now: str
    frame_then: int | None = None
    frame_now: int | None = None

    def __str__(self) -> str:
        return f"{self.what}: {_at(self.then, self.frame_then)}, now {_at(self.now, self.frame_now)}"


def first_difference(
    then: Sequence[Line], now: Sequence[Line], type_of: TypeOf, *, pair: bool = False
) -> Difference | None:
    """The first message that differs, by the frames of the run that was; None for the same conversation.

    In that of a `pair` no end was the tester.
    """
    before, after = (NormalForms(lines, type_of, pair=pair).strands for lines in (then, now))
    found = []
    for strand in dict.fromkeys((*before, *after)):
        sides = before.get(strand, []), after.get(strand, [])
        for number in range(max(map(len, sides))):
            old, new = (side[number] if number < len(side) else None for side in sides)
            if old is None or new is None or old[1] != new[1]:
                found.append(_difference(old, new))
                break
    return min(found, key=lambda each: each.frame_then or each.frame_now or 0, default=None)


def _difference(old: tuple[Line, Form] | None, new: tuple[Line, Form] | None) -> Difference:
    frames = (old[0]["frame"] if old else None, new[0]["frame"] if new else None)
    if old is None or new is None:
        was, now = (side[0]["summary"] if side else "nothing" for side in (old, new))
        return Difference("message", was, now, *frames)
    fields = dict.fromkeys((*old[1], *new[1]))
    field = next(name for name in fields if old[1].get(name) != new[1].get(name))
    was, now = (f"{side[1].get(field)} in {side[0]['summary']}" for side in (old, new))
    return Difference(field, was, now, *frames)


def verdicts_differ(then: Mapping[str, Any], now: Mapping[str, Any]) -> Difference | None:
    """The first check whose verdict differs, or the verdict of the case."""
    known = {check["id"]: check["verdict"] for check in now["checks"]}
    for check in then["checks"]:
        verdict = known.pop(check["id"], "not judged")
        if verdict != check["verdict"]:
            return Difference(f"check {check['id']}", check["verdict"], verdict)
    for identifier, verdict in known.items():
        return Difference(f"check {identifier}", "not judged", verdict)
    if then["verdict"] != now["verdict"]:
        return Difference("verdict", then["verdict"], now["verdict"])
    return None


def schedules_differ(then: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> Difference | None:
    """The schedule of faults, where it is another one."""
    old, new = ((each or {}).get("schedule") for each in (then, now))
    return None if old == new else Difference("schedule of faults", str(old), str(new))


def _at(text: str, frame: int | None) -> str:
    return text if frame is None else f"{text} (frame {frame})"
