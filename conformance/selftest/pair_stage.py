"""The reference device and server against each other, and what takes the place of one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.evidence.run_record import case_folder, write_json
from conformance.execution import Result, result_data
from conformance.pair.execution import run_pair_case
from conformance.pair.pair import Pair
from conformance.pair.pairing import Pairing, paired_versions
from conformance.selection import Declared
from conformance.selftest.campaign import Job, Outcome, Peer, has_reached, variants_of
from conformance.selftest.matrix import MutantRow, judge_mutant
from conformance.selftest.mutants import Mutant
from conformance.selftest.stage import Stage
from conformance.system_under_test import Instance, SystemUnderTest
from conformance.testcase import PAIR, variant_text
from conformance.verdicts import CaseRecord, Verdict

SIDES = ("device", "server")
HANDS = 4
"""Jobs that share the cases of one useless peer."""


@dataclass(frozen=True)
class PairJob:
    """The cases that one device and one server run one after the other."""

    name: str
    peers: tuple[Peer, Peer]
    cases: tuple[Declared, ...]

    async def run(self, folder: Path, seed: int) -> list[Outcome]:
        device, server = (Instance(peer.profile) for peer in self.peers)
        versions = paired_versions(device.profile, server.profile)
        suts = (
            SystemUnderTest.of(instance, version, peer.observed_in(version))
            for instance, version, peer in zip((device, server), versions, self.peers, strict=True)
        )
        pairing, outcomes = Pairing(*suts), list[Outcome]()
        try:
            for case in self.cases:
                for texts, values in variants_of(case):
                    outcomes += await self._variant(pairing, case, texts, values, folder, seed)
        finally:
            await device.part()
            await server.part()
        return outcomes

    async def _variant(
        self,
        pairing: Pairing,
        case: Declared,
        texts: Mapping[str, str],
        values: Mapping[str, Any],
        folder: Path,
        seed: int,
    ) -> list[Outcome]:
        varied = case.case.in_variant(values)
        arguments = {name: value for name, value in values.items() if name in case.arguments}

        async def body(pair: Pair) -> None:
            await case.function(pair=pair, **arguments)

        variant = {"lwm2m": pairing.lwm2m, **texts}
        printed = variant_text(variant)
        if reason := pairing.reason_against(varied):
            nothing = CaseRecord(case.case.verifies, case.case.clause)
            skipped = Result(Verdict.NOT_APPLICABLE, reason, 0.0, nothing)
            return [Outcome(self.name, case, printed, skipped, side=side) for side in SIDES]
        places = [
            case_folder(folder / self.name, sut.profile.slug, case.case.id, printed) for sut in pairing.suts
        ]
        results = await run_pair_case(varied, pairing, body, places, seed)
        outcomes = []
        for side, sut, place, result in zip(SIDES, pairing.suts, places, results, strict=True):
            write_json(place / "result.json", result_data(varied, sut, variant, result))
            reached = await has_reached(sut.instance)
            outcomes.append(Outcome(self.name, case, printed, result, reached, side))
        return outcomes


@dataclass(frozen=True)
class PairStage:
    """What runs in pairs; `device` and `server` are the stages that give the two."""

    device: Stage
    server: Stage
    cases: Sequence[Declared]
    sentinels: Sequence[Declared]
    sides: int = len(SIDES)

    def reference_jobs(self, at_once: int) -> list[Job]:
        """The cases dealt out to reference pairs that run at once."""
        return self._dealt("pair reference", self._peers(), min(at_once, len(self.cases)))

    def mutant_jobs(self, mutant: Mutant, by_id: Mapping[str, Declared]) -> list[Job]:
        """A pair with a mutant on one side against the cases that it names, and the sentinels."""
        ids = dict.fromkeys([*mutant.cases, *(sentinel.case.id for sentinel in self.sentinels)])
        stage = self.device if mutant.side == "device" else self.server
        peer = Peer(mutant.name, stage.mutated(mutant), stage.observed)
        peers = self._peers(**{mutant.side: peer})
        return [PairJob(self.name_of(mutant), peers, tuple(by_id[case] for case in ids))]

    def null_jobs(self, kinds: Sequence[str], at_once: int) -> list[Job]:
        """Each useless peer on each side against each case."""
        jobs = list[Job]()
        for side, stage in zip(SIDES, (self.device, self.server), strict=True):
            for kind in kinds:
                peers = self._peers(**{side: Peer(kind, stage.null(kind), stage.observed)})
                jobs += self._dealt(f"pair null {side} {kind}", peers, min(HANDS, at_once, len(self.cases)))
        return jobs

    def name_of(self, mutant: Mutant) -> str:
        """The name of a pair with a mutant among all peers."""
        return f"pair {mutant.side} {mutant.name}"

    def _peers(self, device: Peer | None = None, server: Peer | None = None) -> tuple[Peer, Peer]:
        return (
            device or Peer("reference", self.device.profile, self.device.observed),
            server or Peer("reference", self.server.profile, self.server.observed),
        )

    def _dealt(self, name: str, peers: tuple[Peer, Peer], hands: int) -> list[Job]:
        return [PairJob(name, peers, tuple(self.cases[hand::hands])) for hand in range(hands)]


def judge_pair(mutant: Mutant, outcomes: Sequence[Outcome], *, reached: bool) -> MutantRow:
    """What became of a mutant on one side: its own side has to be blamed, and the other must not be."""
    own = [outcome for outcome in outcomes if outcome.side == mutant.side]
    row = judge_mutant(mutant, own, reached=reached)
    wrong = [
        f"{outcome.case.case.id}{outcome.variant} blames the {outcome.side}: {check.id}"
        for outcome in outcomes
        if outcome.side != mutant.side
        for check in (*outcome.result.record.checks, *outcome.result.rules)
        if check.verdict is Verdict.FAIL
    ]
    named = replace(mutant, name=f"{PAIR} {mutant.side} {mutant.name}")
    return replace(row, mutant=named, wrong_red=(*row.wrong_red, *wrong))
