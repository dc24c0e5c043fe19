"""The selftest: the reference first, then mutants and null peers against it, then the kill matrix."""

import asyncio
import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance import bundle
from conformance.evidence.run_record import write_json
from conformance.probe import probe
from conformance.selection import Declared, declared_cases
from conformance.selftest.campaign import Job, Outcome, Peer, run_jobs, with_arguments
from conformance.selftest.matrix import Matrix, judge_mutant
from conformance.selftest.mutants import Mutant, MutantError, load_mutants
from conformance.sut.ixit import Ixit
from conformance.sut.profile import Profile, load_profile
from conformance.system_under_test import Instance, SystemUnderTest
from conformance.testcase import LONG
from conformance.verdicts import Verdict

NULL_PEERS = ("closed-port", "mute", "reset-everything", "not-found", "changed", "echo", "hang-up")
"""The useless peers: none of them may pass a single case."""

SAMPLE = 12
"""Mutants of a sample run."""


@dataclass(frozen=True)
class Plan:
    """What a selftest runs; `sample` takes some mutants and one null peer, by the seed.

    Cases that wait long run in a full selftest only; with `only` just the cases run that its mutants name.
    """

    folder: Path
    sample: bool
    seed: int
    at_once: int
    only: str = ""


Told = Callable[[str, int, int], None]
"""Is told of progress: what runs, how many outcomes so far, how many are red."""


async def prove(plan: Plan, told: Told = lambda what, done, red: None) -> Matrix:
    """Run the selftest of the device role and judge it.

    Raises:
        MutantError: a mutant's file is wrong, or names a case that does not exist.
    """
    profile = load_profile(bundle.fixtures() / "profiles" / "reference-device.toml")
    cases = [case for case in declared_cases(bundle.testcases()) if case.case.role == "device"]
    mutants = [mutant for mutant in load_mutants(bundle.fixtures() / "mutants") if plan.only in mutant.name]
    by_id = {case.case.id: case for case in cases}
    for mutant in mutants:
        if unknown := [case for case in mutant.cases if case not in by_id]:
            raise MutantError(f"{mutant.file}: no test case has the id {unknown[0]}")
    sentinels, excused = _settings()
    chance = random.Random(plan.seed)
    short = {case.case.id for case in cases if case.case.wait <= LONG}
    quick = [mutant for mutant in mutants if short.issuperset(mutant.cases)]
    chosen = chance.sample(quick, min(SAMPLE, len(quick))) if plan.sample else mutants
    if plan.sample or plan.only:
        named = {case for mutant in chosen for case in mutant.cases}
        wanted = named | set(sentinels) if plan.only else named | short
        cases = [case for case in cases if case.case.id in wanted]
    kinds = [chance.choice(NULL_PEERS)] if plan.sample else [] if plan.only else list(NULL_PEERS)

    observed = await _observe(profile)
    reference = Peer("reference", profile, observed)
    on_reference = await _run("reference", reference_jobs(reference, cases, plan), plan, told)
    red = [_line(outcome) for outcome in on_reference if _is_red(outcome)]

    jobs = []
    for mutant in chosen:
        ids = dict.fromkeys([*mutant.cases, *sentinels])
        peer = Peer(mutant.name, _mutated(profile, mutant), observed)
        jobs.append(Job(peer, tuple(by_id[case] for case in ids if case in by_id)))
    on_mutants = await _run("mutants", jobs, plan, told)
    rows = [
        judge_mutant(
            mutant,
            [outcome for outcome in on_mutants if outcome.peer == mutant.name],
            reached=any(outcome.reached for outcome in on_mutants if outcome.peer == mutant.name),
        )
        for mutant in chosen
    ]

    null_jobs = [
        Job(Peer(f"null {kind}", _null(profile, kind), observed), (case,)) for kind in kinds for case in cases
    ]
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
            "cases": len(cases),
            "variants on the reference": len(on_reference),
            "mutants": len(rows),
            "mutants killed": sum(row.state == "killed" for row in rows),
            "null peers": len(kinds),
            "outcomes on null peers": len(on_null),
            "passes on null peers": len(passes),
        },
    )
    write_json(plan.folder / "matrix.json", matrix.as_data())
    return matrix


def reference_jobs(reference: Peer, cases: Sequence[Declared], plan: Plan) -> list[Job]:
    """The cases dealt out to as many instances as run at once."""
    hands = max(1, min(plan.at_once, len(cases)))
    return [Job(reference, tuple(cases[hand::hands])) for hand in range(hands)]


async def _run(what: str, jobs: Sequence[Job], plan: Plan, told: Told) -> list[Outcome]:
    done = red = 0

    def count(outcome: Outcome) -> None:
        nonlocal done, red
        done, red = done + 1, red + _is_red(outcome)
        told(what, done, red)

    return await run_jobs(jobs, plan.folder, at_once=plan.at_once, seed=plan.seed, done=count)


async def _observe(profile: Profile) -> dict[str, Mapping[str, Any]]:
    observed: dict[str, Mapping[str, Any]] = {}
    for version in profile.sut.lwm2m:
        instance = Instance(profile)
        try:
            seen = await probe(SystemUnderTest.of(instance, version, None))
        finally:
            await instance.part()
        observed[version] = seen.as_data()
    return observed


def _mutated(profile: Profile, mutant: Mutant) -> Profile:
    start = [*profile.adapter.start, "--mutant", mutant.name]
    mutated = with_arguments(profile, f"mutant {mutant.name}", start)
    if not mutant.lwm2m:
        return mutated
    return replace(mutated, sut=mutated.sut.model_copy(update={"lwm2m": [mutant.lwm2m], "prefer": None}))


def _null(profile: Profile, kind: str) -> Profile:
    module = profile.adapter.start.index("reference.device")
    start = [*profile.adapter.start[:module], "null_peers.device", kind, *profile.adapter.start[module + 1 :]]
    quick: Ixit = profile.ixit.merged(reaction_time=0.5)
    return replace(with_arguments(profile, f"null peer {kind}", start), ixit=quick)


def _settings() -> tuple[tuple[str, ...], frozenset[str]]:
    """The sentinel cases, and the cases that no mutant can kill, each with its reason."""
    file = bundle.fixtures() / "mutants" / "selftest.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(data["sentinels"]), frozenset(data.get("without_mutant", {}))


def _is_red(outcome: Outcome) -> bool:
    return outcome.result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)


def _line(outcome: Outcome) -> str:
    reason = outcome.result.reason.splitlines()
    return f"{outcome.peer}: {outcome.case.case.id}{outcome.variant}: {reason[-1] if reason else ''}"


def run_proof(plan: Plan, told: Told) -> Matrix:
    """Run `prove` in an event loop of its own."""
    return asyncio.run(prove(plan, told))
