"""Cases for a pair: the reference pair passes, and of a pair with a mutant the right side is blamed."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance import bundle
from conformance.execution import Result
from conformance.pair.execution import run_pair_case
from conformance.pair.pair import Pair
from conformance.pair.pairing import READABLE, Pairing
from conformance.selection import Declared, declared_cases
from conformance.selftest.campaign import variants_of, with_arguments
from conformance.selftest.mutants import load_mutants, load_pairs
from conformance.selftest.stage import reference_profile
from conformance.sut.profile import Profile
from conformance.system_under_test import Instance, Observed, SystemUnderTest
from conformance.testcase import NOSEC
from conformance.verdicts import Verdict
from tests.run.conftest import Workplace

MUTANTS = bundle.fixtures() / "mutants"
PROFILES = bundle.fixtures() / "profiles"
TSHARK = shutil.which("tshark")
DEVICE, SERVER = (str(path) for path in bundle.reference_pair())
VERBS = (
    *("read", "write", "execute", "create", "delete", "discover", "observe", "cancel"),
    *("write_attributes", "read_composite", "write_composite", "observe_composite"),
)
EVENTS = ("registered", "updated", "deregistered", "expired", "notify", "send")
SHOWN: Mapping[str, Mapping[str, bool]] = {
    "device": {"format_tlv": True, "read_composite": True, "write_composite": True, "discover": True},
    "server": {f"verb_{verb}": True for verb in VERBS} | {f"event_{event}": True for event in EVENTS},
}

BLAMED = [
    ("device", "unknown_instance_read_as_empty", "PAIR-READ-02", "read.code"),
    ("server", "error_code_swallowed", "PAIR-READ-02", "read-result.code"),
]
"""One for each side; `lwm2m-conformance selftest --role pair` runs all."""


@cache
def cases() -> Mapping[str, Declared]:
    declared = declared_cases(bundle.testcases())
    return {each.case.id: each for each in declared if each.case.role == "pair"}


def profile_of(role: str, mutant: str | None) -> Profile:
    profile = reference_profile(role)
    if mutant is None:
        return profile
    start = [*profile.adapter.start, "--mutant", mutant]
    return with_arguments(profile, f"mutant {mutant}", start)


def ran(folder: Path, case: str, mutants: Mapping[str, str] = {}) -> list[tuple[Result, ...]]:
    """The results of device and server, of each variant of a case."""
    return asyncio.run(_ran(folder, cases()[case], mutants))


async def _ran(folder: Path, declared: Declared, mutants: Mapping[str, str]) -> list[tuple[Result, ...]]:
    instances = {role: Instance(profile_of(role, mutants.get(role))) for role in ("device", "server")}
    device, server = (
        SystemUnderTest.of(instance, "1.1", Observed(dict(SHOWN[role]), ("/3442/0",)))
        for role, instance in instances.items()
    )
    found = []
    try:
        for number, (_, values) in enumerate(variants_of(declared)):
            if values.get("security", NOSEC) not in (NOSEC, READABLE):
                continue
            found.append(await _one(folder / str(number), declared, Pairing(device, server), values))
    finally:
        for instance in instances.values():
            await instance.part()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"the case left {left}"
    return found


async def _one(
    folder: Path, declared: Declared, pairing: Pairing, values: Mapping[str, Any]
) -> tuple[Result, ...]:
    case = declared.case.in_variant(values)
    arguments = {name: value for name, value in values.items() if name in declared.arguments}

    async def body(pair: Pair) -> None:
        await declared.function(pair=pair, **arguments)

    assert pairing.reason_against(case) == ""
    return await run_pair_case(case, pairing, body, [folder / "device", folder / "server"], 1)


@pytest.mark.parametrize("case", sorted(cases()))
def test_the_reference_pair_passes(tmp_path: Path, case: str) -> None:
    for results in ran(tmp_path, case):
        for result in results:
            assert (result.verdict, result.reason, result.rules) == (Verdict.PASS, "", ())
            assert any(not check.is_control for check in result.record.checks)
            assert any(check.is_control for check in result.record.checks)


@pytest.mark.parametrize(("role", "mutant", "case", "check"), BLAMED, ids=[row[1] for row in BLAMED])
def test_the_side_with_the_fault_is_blamed(
    tmp_path: Path, role: str, mutant: str, case: str, check: str
) -> None:
    failed = [
        results for results in ran(tmp_path, case, {role: mutant}) if any(_red(each) for each in results)
    ]
    assert failed, f"nothing found the mutant {mutant}"
    for results in failed:
        blamed, other = results if role == "device" else reversed(results)
        assert blamed.verdict is Verdict.FAIL
        assert check in [each.id for each in blamed.record.checks if each.verdict is Verdict.FAIL]
        assert other.verdict is Verdict.INCONCLUSIVE
        assert check in other.reason


def _red(result: Result) -> bool:
    return result.verdict is not Verdict.PASS


def test_every_case_is_killed_by_a_mutant() -> None:
    pairs = load_pairs(MUTANTS / "pairs.toml", load_mutants(MUTANTS))
    assert {case for mutant in pairs for case in mutant.killed_by} == set(cases())


def test_a_broken_rule_is_held_against_the_side_that_broke_it(tmp_path: Path) -> None:
    (device, server), *_ = ran(tmp_path, "PAIR-READ-01", {"server": "read_not_confirmable"})
    assert server.verdict is Verdict.FAIL
    assert {rule.id for rule in server.rules} == {"rule.server.confirmable"}
    assert (device.verdict is Verdict.FAIL, device.rules) == (False, ())


def test_each_side_has_its_own_view_of_one_conversation(tmp_path: Path) -> None:
    ran(tmp_path, "PAIR-REG-01")
    views = []
    for role in ("device", "server"):
        lines = (tmp_path / "0" / role / "messages.jsonl").read_text(encoding="utf-8").splitlines()
        views.append([json.loads(line) for line in lines])
    assert [line["frame"] for line in views[0]] == [line["frame"] for line in views[1]]
    assert [line["operation"] for line in views[0]] == [line["operation"] for line in views[1]]
    assert {(one["direction"], other["direction"]) for one, other in zip(*views, strict=True)} == {
        ("in", "out"),
        ("out", "in"),
    }


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed (apt-get install tshark)")
def test_a_secured_conversation_is_taken_down_as_it_is_inside(tmp_path: Path) -> None:
    assert TSHARK is not None
    ran(tmp_path, "PAIR-SEC-01")
    inside = []
    for role in ("device", "server"):
        folder = tmp_path / "0" / role
        lines = (folder / "messages.jsonl").read_text(encoding="utf-8").splitlines()
        inside.append([(line["frame"], line["operation"]) for line in map(json.loads, lines)])
        port = json.loads(lines[0])["local" if role == "device" else "remote"].rpartition(":")[2]
        command = [TSHARK, "-r", str(folder / "capture.pcapng"), "-Y", "coap", "-T", "fields"]
        command += ["-e", "frame.number", "-d", f"udp.port=={port},dtls", "-d", f"dtls.port=={port},coap"]
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert [int(number) for number in shown] == [frame for frame, _ in inside[-1]]
    assert inside[0] == inside[1]
    assert "Register" in str(inside[0])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--sut", DEVICE], "needs the profile of one device and of one server, not of 1 x device"),
        (
            ["--sut", SERVER, "--sut", str(PROFILES / "reference-bootstrap-server.toml")],
            "not of 1 x server and 1 x bootstrap-server",
        ),
        (
            ["--sut", DEVICE, "--sut", str(PROFILES / "leshan-device.toml")],
            "needs the profile of one device and of one server, not of 2 x device",
        ),
        (["--sut", DEVICE, "--sut", SERVER, "--role", "device"], "--role device"),
        (
            ["--sut", DEVICE, "--sut", str(PROFILES / "coap-shepherd-server.toml"), "--lwm2m", "1.1"],
            "--lwm2m 1.1: not spoken by both",
        ),
    ],
)
def test_what_makes_no_pair_is_a_usage_error(place: Workplace, arguments: list[str], told: str) -> None:
    ended = place.suite("run", "--pair", *arguments)
    assert ended.code == 2
    assert told in ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert not ended.folder.exists()


def test_a_run_has_a_result_and_a_requirement_state_for_each_side(place: Workplace) -> None:
    case = "PAIR-REG-01[security=psk]"
    ended = place.suite("run", "--pair", case, "--sut", DEVICE, "--sut", SERVER)
    assert ended.code == 0, ended.text
    assert [(row["sut"], row["role"], row["verdict"]) for row in ended.record["results"]] == [
        ("Reference device", "device", "pass"),
        ("Reference server", "server", "pass"),
    ]
    states = {row["sut"]: row["state"] for row in ended.record["requirements"] if row["label"] == "HLF-019"}
    assert states == {"Reference device": "met", "Reference server": "met"}
    assert len(list(ended.folder.glob("cases/*/PAIR-REG-01/*/capture.pcapng"))) == 2


def test_without_pair_no_case_for_pairs_runs(place: Workplace) -> None:
    ended = place.suite("run", "PAIR-REG-01", "--dry-run", "--sut", DEVICE, "--sut", SERVER)
    assert ended.code == 2
