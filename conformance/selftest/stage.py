"""One role in the selftest: its reference, its cases and sentinels, and the peers that take the reference's
place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance import bundle
from conformance.selection import Declared
from conformance.selftest.campaign import Job, Peer, PeerJob, variants_of, with_arguments
from conformance.selftest.mutants import Mutant
from conformance.sut.ixit import Ixit
from conformance.sut.profile import Profile, load_profile
from conformance.testcase import LONG

NULL_REACTION_TIME, NULL_RESTART_TIME = 0.5, 2.0
"""Seconds for which a useless peer is waited for, and for which one that was just started is."""

MANY_VARIANTS = 8
"""More variants of a case than this run beside the other cases of a mutant."""

Observed = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Stage:
    """What runs in one role; `role` as a test case spells it, ``bootstrap_server``."""

    role: str
    profile: Profile
    cases: Sequence[Declared]
    sentinels: Sequence[Declared]
    observed: Observed
    sides: int = 1
    """How many useless peers of a kind there are."""

    def reference_jobs(self, at_once: int) -> list[Job]:
        """The cases dealt out to instances of the reference that run at once, a long one to its own."""
        reference = Peer(self._named("reference"), self.profile, self.observed)
        return [PeerJob(reference, cases) for cases in self._dealt(at_once)]

    def _dealt(self, hands: int) -> list[tuple[Declared, ...]]:
        long = [case for case in self.cases if case.case.wait > LONG]
        short = [case for case in self.cases if case.case.wait <= LONG]
        dealt = (tuple(short[hand::hands]) for hand in range(hands))
        return [cases for cases in (*((case,) for case in long), *dealt) if cases]

    def mutant_jobs(self, mutant: Mutant, by_id: Mapping[str, Declared]) -> list[Job]:
        """A mutant against the cases that it names, and the sentinels; a case with many variants has an
        instance of its own."""
        named = dict.fromkeys([*mutant.cases, *(sentinel.case.id for sentinel in self.sentinels)])
        cases = [by_id[case] for case in named]
        few = tuple(case for case in cases if len(variants_of(case)) <= MANY_VARIANTS)
        many = [(case,) for case in cases if len(variants_of(case)) > MANY_VARIANTS]
        peer = Peer(self.name_of(mutant), self.mutated(mutant), self.observed)
        return [PeerJob(peer, together) for together in (few, *many) if together]

    def null_jobs(self, kinds: Sequence[str], at_once: int) -> list[Job]:
        """Each useless peer against each case, dealt out like those of the reference."""
        peers = [Peer(self._named(f"null {kind}"), self.null(kind), self.observed) for kind in kinds]
        return [PeerJob(peer, cases) for peer in peers for cases in self._dealt(at_once)]

    def name_of(self, mutant: Mutant) -> str:
        """The name of a mutant among the peers of all roles."""
        return self._named(mutant.name)

    def _named(self, name: str) -> str:
        return name if self.role == "device" else f"{self.role.replace('_', '-')} {name}"

    def mutated(self, mutant: Mutant) -> Profile:
        """The profile of the reference with the fault of a mutant."""
        start = [*self.profile.adapter.start, "--mutant", mutant.name]
        mutated = with_arguments(self.profile, f"mutant {mutant.name}", start)
        if not mutant.lwm2m:
            return mutated
        versions = {"lwm2m": [mutant.lwm2m], "prefer": None}
        return replace(mutated, sut=mutated.sut.model_copy(update=versions))

    def null(self, kind: str) -> Profile:
        """The profile of a useless peer in the reference's place."""
        command = self.profile.adapter.start
        module = command.index(f"reference.{self.role}")
        start = [*command[:module], f"null_peers.{self.role}", kind, *command[module + 1 :]]
        quick: Ixit = self.profile.ixit.merged(
            reaction_time=NULL_REACTION_TIME, restart_time=NULL_RESTART_TIME
        )
        return replace(with_arguments(self.profile, f"null peer {kind}", start), ixit=quick)


def reference_profile(role: str) -> Profile:
    """The profile of the embedded reference peer of a role."""
    return load_profile(bundle.fixtures() / "profiles" / f"reference-{role.replace('_', '-')}.toml")
