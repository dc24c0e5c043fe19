"""One run of the suite: which SUTs, which seed, which folder; the same facts on the controller and on
every worker."""

import asyncio
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from conformance import clock
from conformance.pair.pairing import Pairing, PairingError, device_and_server, paired_versions
from conformance.probe import ProbeError, probe
from conformance.reporting.known_issues import KnownIssues, load_known_issues
from conformance.roles.context import Exploration
from conformance.selection import Filter, Parameters
from conformance.sut.adapter import SutError
from conformance.sut.ixit import split_address
from conformance.sut.profile import Profile, load_profile
from conformance.system_under_test import Instance, Observed, SystemUnderTest
from conformance.testcase import PAIR, TestCase
from conformance.transports.udp import AddressInUse, InvalidAddress

UNBOUNDED = 1_000_000
"""Conversations of a case whose time is given."""


class StartError(Exception):
    """The run cannot start; one line, and the exit code that it deserves."""

    def __init__(self, reason: str, exit_code: int) -> None:
        super().__init__(reason)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Settings:
    """What the command line fixes for a run."""

    profiles: tuple[Path, ...]
    folder: Path
    filter: Filter = field(default_factory=Filter)
    lwm2m: str | None = None
    seed: int = 0
    objects: Path | None = None
    known_issues: Path | None = None
    observed: Path | None = None
    dry_run: bool = False
    explore: float | None = None
    conversations: tuple[Path, ...] = ()
    pair: bool = False
    replayed: Path | None = None
    """The run whose schedules of faults take the place of drawn ones."""

    @property
    def exploration(self) -> Exploration:
        """What cases that explore are given; `explore` is the time in seconds that one of them has."""
        if self.explore is None:
            return Exploration(conversations=self.conversations)
        return Exploration(self.explore, UNBOUNDED, self.conversations)

    def as_data(self) -> dict[str, Any]:
        return {
            "profiles": [str(path) for path in self.profiles],
            "folder": str(self.folder),
            "filter": vars(self.filter),
            "lwm2m": self.lwm2m,
            "seed": self.seed,
            "objects": str(self.objects) if self.objects else None,
            "known_issues": str(self.known_issues) if self.known_issues else None,
            "explore": self.explore,
            "conversations": [str(path) for path in self.conversations],
            "pair": self.pair,
            "replayed": str(self.replayed) if self.replayed else None,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Settings":
        chosen = data["filter"]
        return cls(
            tuple(Path(path) for path in data["profiles"]),
            Path(data["folder"]),
            Filter(tuple(chosen["ids"]), tuple(chosen["requirements"]), chosen["role"], chosen["long"]),
            data["lwm2m"],
            data["seed"],
            Path(data["objects"]) if data["objects"] else None,
            Path(data["known_issues"]) if data["known_issues"] else None,
            explore=data["explore"],
            conversations=tuple(Path(path) for path in data["conversations"]),
            pair=data["pair"],
            replayed=Path(data["replayed"]) if data["replayed"] else None,
        )


def new_run_folder(parent: Path) -> Path:
    """A name for the folder of a run, ``<UTC>-<4 hex>``; nothing is made yet."""
    return parent / f"{clock.utc():%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


class Session:
    """The SUTs of a run in every version, and the event loop in which they are tested."""

    def __init__(self, settings: Settings, observed: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.settings = settings
        self.profiles = tuple(load_profile(path) for path in settings.profiles)
        names = [profile.sut.name for profile in self.profiles]
        if len(set(names)) != len(names):
            raise StartError(f"two profiles have the same sut.name: {', '.join(names)}", 2)
        self.known_issues = (
            load_known_issues(settings.known_issues) if settings.known_issues else KnownIssues()
        )
        if settings.pair:
            self.profiles = _paired(self.profiles, settings)
        self._instances = [Instance(profile) for profile in self.profiles]
        self._runner: asyncio.Runner | None = None
        self.observed: dict[str, dict[str, Any]] = {
            key: dict(value) for key, value in (observed or {}).items()
        }
        self.suts = self._build()

    def _build(self) -> list[list[SystemUnderTest]]:
        """The SUTs, each as a list of its versions, in the order of `Sut.versions`."""
        return [
            [self._sut(instance, lwm2m) for lwm2m in self.versions(instance.profile)]
            for instance in self._instances
        ]

    def versions(self, profile: Profile) -> list[str]:
        """The versions to test a SUT in: the preferred one first, then newest first.

        Raises:
            StartError: it speaks none of those asked for.
        """
        wanted = self.settings.lwm2m
        speaks = profile.sut.versions
        if self.settings.pair:
            device, server = self.profiles
            return [paired_versions(device, server, wanted)[profile is server]]
        chosen = [version for version in speaks if wanted in (None, version)]
        if not chosen:
            raise StartError(f"--lwm2m {wanted}: {profile.sut.name} speaks LwM2M {', '.join(speaks)}", 2)
        return chosen

    def _sut(self, instance: Instance, lwm2m: str) -> SystemUnderTest:
        data = self.observed.get(f"{instance.profile.sut.name}@{lwm2m}")
        observed = Observed.from_data(data) if data else None
        return SystemUnderTest.of(instance, lwm2m, observed, self.settings.objects)

    @property
    def awaited(self) -> list[str]:
        """For which devices, that the suite does not start, it will wait, where and how long."""
        return [
            f"waiting up to {profile.patience:.0f} s for {profile.sut.name} at {profile.ixit.tester}"
            for profile in self.profiles
            if profile.sut.role == "device" and profile.adapter.kind == "attach"
        ]

    def probe(self) -> None:
        """Look at every SUT in every version once.

        Raises:
            StartError: a SUT could not be started or never registered.
        """
        if self.settings.observed is not None:
            self.observed = _read_observed(self.settings.observed)
        else:
            for versions in self.suts:
                for sut in versions:
                    self._probe(sut)
        self.suts = self._build()

    def _probe(self, sut: SystemUnderTest) -> None:
        try:
            seen = self.run(probe(sut))
        except (ProbeError, SutError) as problem:
            raise StartError(f"{sut.profile.path}: {problem}", 3) from None
        except (AddressInUse, InvalidAddress) as problem:
            raise StartError(f"{sut.profile.path}: ixit.tester: {problem.strerror}", 3) from None
        self.observed[f"{sut.profile.sut.name}@{sut.lwm2m}"] = seen.as_data()

    def assignments(self, case: TestCase) -> "Sequence[SystemUnderTest | Pairing]":
        """The SUTs that a case runs against, each in the version or versions that suit it; with ``--pair``
        both at once, for the cases that are meant for a pair."""
        if self.settings.pair:
            return [Pairing(self.suts[0][0], self.suts[1][0])] if case.role == PAIR else []
        chosen: list[SystemUnderTest] = []
        for versions in self.suts:
            if versions[0].profile.sut.role.replace("-", "_") != case.role:
                continue
            fitting = [sut for sut in versions if sut.applicability(case.applies).applies]
            if case.versions == "each" and fitting:
                chosen += fitting
            else:
                chosen.append(fitting[0] if fitting else versions[0])
        return chosen

    def runs_of(self, case: TestCase, parameters: Parameters, chosen: Filter) -> int:
        """How many variants of a case the filter leaves, on all SUTs."""
        names = [name for name, _ in parameters]
        return sum(
            chosen.reason_against(
                case, {"lwm2m": sut.lwm2m} | dict(zip(names, texts, strict=True)), sut.awake_time
            )
            is None
            for sut in self.assignments(case)
            for texts in product(*(texts for _, texts in parameters))
        )

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine in the one event loop of this process."""
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(coroutine)

    def close(self) -> None:
        """End every SUT and the loop."""
        if self._runner is None:
            return
        try:
            for instance in self._instances:
                self._runner.run(instance.part())
        finally:
            self._runner.close()
            self._runner = None

    @property
    def jobs_limit(self) -> int | None:
        """How many workers the SUTs allow: the smallest number of instances, and one where the tester's port
        is fixed; None when nothing limits it."""
        limits = [profile.instances for profile in self.profiles if profile.instances is not None]
        if any(split_address(profile.ixit.tester)[1] for profile in self.profiles):
            limits.append(1)
        return min(limits, default=None)

    @property
    def contradictions(self) -> dict[str, str]:
        """What profiles claim and SUTs refute, as findings by SUT, version and ICS item."""
        return {
            f"ics {sut.profile.sut.name} {sut.lwm2m} {found.name}": str(found)
            for versions in self.suts
            for sut in versions
            for found in sut.ics.contradictions()
        }

    def described(self) -> list[dict[str, Any]]:
        """The SUTs as ``run.json`` names them."""
        return [
            {
                "name": profile.sut.name,
                "role": profile.sut.role,
                "lwm2m": self.versions(profile),
                "profile_sha256": profile.sha256,
            }
            for profile in self.profiles
        ]


def _paired(profiles: Sequence[Profile], settings: Settings) -> tuple[Profile, ...]:
    """The device and the server of a run with ``--pair``, in this order."""
    try:
        if settings.filter.role is not None:
            raise PairingError(f"--role {settings.filter.role}: runs cases for a single SUT: leave it out")
        pair = device_and_server(profiles)
        paired_versions(*pair, settings.lwm2m)
    except PairingError as problem:
        raise StartError(f"--pair: {problem}", 2) from None
    return pair


def _read_observed(file: Path) -> dict[str, dict[str, Any]]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        for seen in data.values():
            Observed.from_data(seen)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise StartError(f"--observed {file}: not what a SUT showed: {problem!r}", 2) from None
    return dict(data)


def default_jobs() -> int:
    """Workers when the user says nothing: four for each processor, since cases mostly wait."""
    return 4 * (os.cpu_count() or 1)
