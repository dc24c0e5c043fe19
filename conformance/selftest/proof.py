"""The selftest: the reference first, then mutants and null peers against it, then the kill matrix."""

import asyncio
import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance import bundle
from conformance.evidence.run_record import write_json
from conformance.probe import probe
from conformance.selection import Declared, declared_cases
from conformance.selftest.campaign import Job, Outcome, run_jobs, variants_of
from conformance.selftest.matrix import Matrix, MutantRow, judge_mutant
from conformance.selftest.mutants import Mutant, MutantError, load_mutants, load_pairs
from conformance.selftest.pair_stage import SIDES, PairStage, judge_pair
from conformance.selftest.stage import Stage, reference_profile
from conformance.sut.profile import Profile
from conformance.system_under_test import Instance, SystemUnderTest
from conformance.testcase import LONG, PAIR, ROLES
from conformance.verdicts import Verdict

NULL_PEERS = ("closed-port", "mute", "reset-everything", "not-found", "changed", "echo", "hang-up")
"""The useless peers: none of them may pass a single case."""

SAMPLE, SAMPLE_OF_PAIRS = 12, 3
"""Mutants of a sample run, and those in pairs."""
SAMPLE_OF_CASES = 200
"""Cases of a sample run beside those of its mutants."""
MOST_VARIANTS = 16
"""Variants of its cases that a mutant of a sample run has at most: each may wait for what never comes."""


@dataclass(frozen=True)
class Plan:
    """What a selftest runs; `sample` takes some mutants, some cases and one null peer, by the seed.

    Cases that wait long run in a full selftest only; with `only` just the cases run that its mutants name.
    """

    folder: Path
    sample: bool
    seed: int
    at_once: int
    only: str = ""
    role: str | None = None
    """Only this role, as a test case spells it; ``pair`` for a device and a server against each other."""


Told = Callable[[str, int, int], None]
"""Is told of progress: what runs, how many outcomes so far, how many are red."""


async def prove(plan: Plan, told: Told = lambda what, done, red: None) -> Matrix:
    """Run the selftest of every role and judge it.

    Raises:
        MutantError: a mutant's file is wrong, or names a case that its role does not have.
    """
    declared = declared_cases(bundle.testcases())
    loaded = load_mutants(bundle.fixtures() / "mutants")
    loaded += load_pairs(bundle.fixtures() / "mutants" / "pairs.toml", loaded)
    _check_cases(loaded, {case.case.id: case for case in declared})
    cases = [case for case in declared if plan.role in (None, case.case.role)]
    by_id = {case.case.id: case for case in cases}
    mutants = [mutant for mutant in loaded if plan.only in mutant.name and plan.role in (None, mutant.role)]
    sentinels, excused = _settings()
    chance = random.Random(plan.seed)
    short = {case.case.id for case in cases if case.case.wait <= LONG}
    quick = [mutant for mutant in mutants if short.issuperset(mutant.cases) and _is_quick(mutant, by_id)]
    chosen = _sampled(quick, chance) if plan.sample else mutants
    wanted = set(by_id)
    if plan.sample or plan.only:
        named = {case for mutant in chosen for case in mutant.cases}
        concerned = {mutant.role for mutant in chosen}
        watch = {case for role in concerned for case in sentinels[role]}
        wanted = named | watch
    if plan.sample:
        alone = sorted(case for case in short if by_id[case].case.role != PAIR)
        wanted |= set(chance.sample(alone, min(SAMPLE_OF_CASES, len(alone))))
    kinds = [chance.choice(NULL_PEERS)] if plan.sample else [] if plan.only else list(NULL_PEERS)

    stages = await _stages([by_id[case] for case in by_id if case in wanted], sentinels, by_id)
    references = [job for stage in stages.values() for job in stage.reference_jobs(plan.at_once)]
    on_reference = await _run("reference", references, plan, told)
    red = [_line(outcome) for outcome in on_reference if _is_red(outcome)]

    jobs = [job for mutant in chosen for job in stages[mutant.role].mutant_jobs(mutant, by_id)]
    jobs.sort(key=lambda job: -max(case.case.wait for case in job.cases))
    on_mutants = await _run("mutants", jobs, plan, told)
    rows = [_row(mutant, stages[mutant.role].name_of(mutant), on_mutants) for mutant in chosen]

    null_jobs = [job for stage in stages.values() for job in stage.null_jobs(kinds, plan.at_once)]
    on_null = await _run("null peers", null_jobs, plan, told)
    passes = [_line(outcome) for outcome in on_null if outcome.result.verdict is Verdict.PASS]

    killed = {text.split()[0] for row in rows for text in row.killed_by}
    unkilled = [case for case in by_id if case not in killed and case not in excused]
    matrix = Matrix(
        tuple(rows),
        tuple(red),
        tuple(passes),
        () if plan.sample or plan.only else tuple(unkilled),
        {
            "cases": len(wanted),
            "variants on the reference": len(on_reference),
            "mutants": len(rows),
            "mutants killed": sum(row.state == "killed" for row in rows),
            "null peers": len(kinds) * sum(stage.sides for stage in stages.values()),
            "outcomes on null peers": len(on_null),
            "passes on null peers": len(passes),
        },
    )
    write_json(plan.folder / "matrix.json", matrix.as_data())
    return matrix


def _is_quick(mutant: Mutant, by_id: Mapping[str, Declared]) -> bool:
    """Whether a mutant meets few variants."""
    return sum(len(variants_of(by_id[case])) for case in mutant.cases) <= MOST_VARIANTS


def _sampled(mutants: Sequence[Mutant], chance: random.Random) -> list[Mutant]:
    alone = [mutant for mutant in mutants if not mutant.side]
    paired = [mutant for mutant in mutants if mutant.side]
    return [
        *chance.sample(alone, min(SAMPLE, len(alone))),
        *chance.sample(paired, min(SAMPLE_OF_PAIRS, len(paired))),
    ]


async def _stages(
    cases: Sequence[Declared], sentinels: Mapping[str, Sequence[str]], by_id: Mapping[str, Declared]
) -> dict[str, Stage | PairStage]:
    """The stages of these cases, by role; a long case comes first."""
    own: dict[str, list[Declared]] = {}
    for case in sorted(cases, key=lambda case: -case.case.wait):
        own.setdefault(case.case.role, []).append(case)
    alone: dict[str, Stage] = {}
    for role in ROLES:
        if role in own or (PAIR in own and role in SIDES):
            profile = reference_profile(role)
            watched = [by_id[case] for case in sentinels[role]] if role in own else []
            alone[role] = Stage(role, profile, own.get(role, []), watched, await _observe(profile))
    stages: dict[str, Stage | PairStage] = {role: stage for role, stage in alone.items() if role in own}
    if PAIR in own:
        watched = [by_id[case] for case in sentinels[PAIR]]
        stages[PAIR] = PairStage(alone["device"], alone["server"], own[PAIR], watched)
    return stages


def _check_cases(mutants: Sequence[Mutant], by_id: Mapping[str, Declared]) -> None:
    for mutant in mutants:
        for case in mutant.cases:
            if case not in by_id:
                raise MutantError(f"{mutant.file}: no test case has the id {case}")
            if by_id[case].case.role != mutant.role:
                raise MutantError(f"{mutant.file}: {case} is no case for the role {mutant.role}")


def _row(mutant: Mutant, name: str, outcomes: Sequence[Outcome]) -> MutantRow:
    own = [outcome for outcome in outcomes if outcome.peer == name]
    judge = judge_pair if mutant.side else judge_mutant
    return judge(mutant, own, reached=any(outcome.reached for outcome in own))


async def _run(what: str, jobs: Sequence[Job], plan: Plan, told: Told) -> list[Outcome]:
    done = red = 0

    def count(outcome: Outcome) -> None:
        nonlocal done, red
        done, red = done + 1, red + _is_red(outcome)
        told(what, done, red)

    return await run_jobs(jobs, plan.folder, at_once=plan.at_once, seed=plan.seed, done=count)


async def _observe(profile: Profile) -> dict[str, Mapping[str, Any]]:
    observed: dict[str, Mapping[str, Any]] = {}
    instance = Instance(profile)
    try:
        for version in profile.sut.lwm2m:
            observed[version] = (await probe(SystemUnderTest.of(instance, version, None))).as_data()
    finally:
        await instance.part()
    return observed


def _settings() -> tuple[dict[str, list[str]], frozenset[str]]:
    """The sentinel cases by role, and the cases that no mutant can kill, each with its reason."""
    file = bundle.fixtures() / "mutants" / "selftest.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return data["sentinels"], frozenset(data.get("without_mutant", {}))


def _is_red(outcome: Outcome) -> bool:
    return outcome.result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)


def _line(outcome: Outcome) -> str:
    reason = outcome.result.reason.splitlines()
    peer = f"{outcome.peer}, {outcome.side}" if outcome.side else outcome.peer
    return f"{peer}: {outcome.case.case.id}{outcome.variant}: {reason[-1] if reason else ''}"


def run_proof(plan: Plan, told: Told) -> Matrix:
    """Run `prove` in an event loop of its own."""
    return asyncio.run(prove(plan, told))
