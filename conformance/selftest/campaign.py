"""Runs cases against many peers side by side in one event loop: the reference, mutants and null peers."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Protocol

from conformance.evidence.run_record import case_folder, write_json
from conformance.execution import Result, result_data, run_case, taking_part
from conformance.roles.context import Exploration
from conformance.selection import Declared
from conformance.sut.adapter import SutError
from conformance.sut.profile import Profile
from conformance.system_under_test import Instance, Observed, SystemUnderTest
from conformance.testcase import variant_text
from conformance.verdicts import CaseRecord, Verdict

WITHOUT_HURRY = Exploration(seconds=60.0)
"""Cases that explore are bounded by their conversations, so that a seed means the same however slow it is."""


@dataclass(frozen=True)
class Peer:
    """A peer of the campaign: its name, how it is started, and what the reference showed in its place."""

    name: str
    profile: Profile
    observed: Mapping[str, Mapping[str, Any]]

    def observed_in(self, version: str) -> Observed | None:
        """What the reference showed in a version of LwM2M."""
        data = self.observed.get(version)
        return Observed.from_data(data) if data else None


@dataclass(frozen=True)
class Outcome:
    """The result of one variant of one case on one peer."""

    peer: str
    case: Declared
    variant: str
    result: Result
    reached: bool = False
    side: str = ""
    """Of which side of a pair the result is: ``device`` or ``server``."""


class Job(Protocol):
    """Cases that run one after the other."""

    @property
    def cases(self) -> tuple[Declared, ...]: ...

    async def run(self, folder: Path, seed: int) -> list[Outcome]:
        """Run them, with their evidence below the folder."""
        ...


@dataclass(frozen=True)
class PeerJob:
    """The cases that one instance of a peer runs one after the other."""

    peer: Peer
    cases: tuple[Declared, ...]

    async def run(self, folder: Path, seed: int) -> list[Outcome]:
        return await _run_job(self, folder, seed)


def with_arguments(profile: Profile, name: str, start: Sequence[str]) -> Profile:
    """The profile of another peer that is started like this one but for its name and command."""
    sut = profile.sut.model_copy(update={"name": name})
    adapter = profile.adapter.model_copy(update={"start": list(start)})
    return replace(profile, sut=sut, adapter=adapter)


def variants_of(case: Declared) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """Every combination of a case's parameters: as text, and as values."""
    names = [name for name, _ in case.parameters]
    texts = [text for _, text in case.parameters]
    return [
        (
            {name: texts[row][index] for row, (name, index) in enumerate(zip(names, indices, strict=True))},
            {
                name: case.values[row][index]
                for row, (name, index) in enumerate(zip(names, indices, strict=True))
            },
        )
        for indices in product(*(range(len(text)) for text in texts))
    ]


async def run_jobs(
    jobs: Iterable[Job],
    folder: Path,
    *,
    at_once: int,
    seed: int = 0,
    done: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Run all jobs, at most `at_once` side by side; `done` is told of every outcome."""
    places = asyncio.Semaphore(at_once)
    outcomes: list[Outcome] = []

    async def work(job: Job) -> None:
        async with places:
            for outcome in await job.run(folder, seed):
                outcomes.append(outcome)
                done(outcome)

    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(work(job))
    return outcomes


async def _run_job(job: PeerJob, folder: Path, seed: int) -> list[Outcome]:
    instance = Instance(job.peer.profile)
    suts = [
        SystemUnderTest.of(instance, version, job.peer.observed_in(version))
        for version in job.peer.profile.sut.versions
    ]
    outcomes = []
    try:
        for case in job.cases:
            fitting = [sut for sut in suts if sut.applicability(case.case.applies).applies]
            for sut in fitting if case.case.versions == "each" else fitting[:1]:
                for texts, values in variants_of(case):
                    varied = case.case.in_variant(values)
                    reason = sut.applicability(varied.applies).reason
                    outcomes.append(
                        _left_out(job.peer, case, variant_text({"lwm2m": sut.lwm2m, **texts}), reason)
                        if reason
                        else await _run_variant(job.peer, case, sut, texts, values, folder, seed)
                    )
            if not fitting:
                outcomes.append(
                    _left_out(job.peer, case, "", suts[0].applicability(case.case.applies).reason)
                )
    finally:
        await instance.part()
    reached = any(event.get("event") == "reached" for event in instance.events)
    return [replace(outcome, reached=outcome.reached or reached) for outcome in outcomes]


def _left_out(peer: Peer, case: Declared, variant: str, reason: str) -> Outcome:
    nothing = CaseRecord(case.case.verifies, case.case.clause)
    return Outcome(peer.name, case, variant, Result(Verdict.NOT_APPLICABLE, reason, 0.0, nothing))


async def _run_variant(
    peer: Peer,
    case: Declared,
    sut: SystemUnderTest,
    texts: Mapping[str, str],
    values: Mapping[str, Any],
    folder: Path,
    seed: int,
) -> Outcome:
    variant, varied = {"lwm2m": sut.lwm2m, **texts}, case.case.in_variant(values)
    arguments = {name: value for name, value in values.items() if name in case.arguments}

    async def body(device: Any) -> None:
        await case.function(**arguments, **taking_part(case.function, device))

    printed = variant_text(variant)
    place = case_folder(folder / peer.name, sut.profile.slug, case.case.id, printed)
    result = await run_case(varied, sut, body, place, seed, WITHOUT_HURRY)
    write_json(place / "result.json", result_data(varied, sut, variant, result))
    return Outcome(peer.name, case, printed, result, await has_reached(sut.instance))


async def has_reached(instance: Instance) -> bool:
    """Whether the peer told that its fault was reached.

    What a peer prints stays in order: once it has refused a verb, everything that it told before is here.
    """
    with contextlib.suppress(SutError):
        await instance.adapter.trigger("told-everything")
    return any(event.get("event") == "reached" for event in instance.events)
