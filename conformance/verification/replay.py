"""A case run again as it was: what to start it with, and what came out of it beside what had."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.evidence.run_record import FAULTS, case_folder
from conformance.faults import Schedule
from conformance.reporting.record import Result, Run, RunError, Verdict, read_json
from conformance.selection import parse_name
from conformance.sut.profile import Profile, load_profile, slug_of
from conformance.testcase import variant_text
from conformance.verification.cases import resource_types
from conformance.verification.comparison import (
    Difference,
    first_difference,
    schedules_differ,
    verdicts_differ,
)
from conformance.verification.conversation import Conversation
from conformance.verification.transcript import read_transcript


@dataclass(frozen=True)
class Replayed:
    """One result beside the one of the run that was; `differences` begin with the first message."""

    name: str
    messages: int
    verdict: str
    differences: tuple[Difference, ...]

    def as_data(self) -> dict[str, Any]:
        return vars(self) | {"differences": [vars(each) for each in self.differences]}


def given_options(command: Sequence[str]) -> dict[str, list[str]]:
    """The options of a recorded command line, each with its values."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word, after in zip(command, (*command[1:], ""), strict=True):
        name, equals, value = word.partition("=")
        if name.startswith("-"):
            found[name].append(value if equals else after)
    return dict(found)


def chosen(run: Run, names: Sequence[str]) -> list[Result]:
    """The results of a run that ran, by id, prefix or name with a variant.

    Raises:
        SelectionError: a name is malformed.
        RunError: the run has no such result, or none that ran.
    """
    found: dict[Any, Result] = {}
    for text in names:
        identifier, variant = parse_name(text)
        fitting = [
            result
            for result in run.results
            if result.id.startswith(identifier) and variant.items() <= result.variant.items()
        ]
        exact = [result for result in fitting if result.id == identifier]
        ran = [one for one in exact or fitting if one.verdict is not Verdict.NOT_APPLICABLE]
        if not ran:
            why = "was not applicable" if fitting else "is not in this run"
            raise RunError(run.folder, f"{text} {why}", "name a case that ran: see report/index.html")
        found |= {result.key: result for result in ran}
    return list(found.values())


def profiles_of(run: Run, results: Sequence[Result]) -> list[Profile]:
    """The profiles of the SUTs of these results, where they lay when the run began.

    Raises:
        RunError: the run does not tell them.
        ProfileError: one is not there any more, or no profile.
    """
    paths = given_options(run.command).get("--sut")
    if not paths:
        raise RunError(run.folder / "run.json", "tells no --sut", "run the case by `run --seed`")
    pair = "--pair" in run.command
    wanted = {result.sut for result in results}
    loaded = [load_profile(Path(path)) for path in paths]
    return [profile for profile in loaded if pair or profile.sut.name in wanted]


def schedule_for(recorded: Path, folder: Path) -> Schedule | None:
    """The schedule of faults of a case in a run that was; `folder` is that of the case now.

    Raises:
        ScheduleError: it cannot be read.
    """
    file = recorded.joinpath(*folder.parts[-4:], FAULTS)
    if not file.exists():
        return None
    return Schedule.from_data(json.loads(file.read_text(encoding="utf-8"))["schedule"])


def compare(result: Result, then: Path, now: Path, objects: Path | None, *, pair: bool = False) -> Replayed:
    """A result of the run `then`, perhaps one of a `pair`, beside the same case in the run `now`.

    Raises:
        RunError: the case has no result now.
    """
    folders = [
        case_folder(run, slug_of(result.sut), result.id, variant_text(result.variant)) for run in (then, now)
    ]
    old, new = (read_json(folder / "result.json", "run the case again") for folder in folders)
    role = result.role.replace("-", "_")
    before, after = (read_transcript(folder, role) for folder in folders)
    types = resource_types(result, Conversation(before.messages), objects)
    found = [
        schedules_differ(*map(_faults, folders)),
        first_difference(before.lines, after.lines, types, pair=pair),
        verdicts_differ(old, new),
    ]
    differences = tuple(each for each in found if each is not None)
    name = f"{result.name} {result.sut}" if pair else result.name
    return Replayed(name, len(before.lines), str(new["verdict"]), differences)


def _faults(folder: Path) -> Mapping[str, Any] | None:
    file = folder / FAULTS
    if not file.exists():
        return None
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return data
