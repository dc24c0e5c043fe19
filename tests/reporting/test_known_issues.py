"""Known issues: what they excuse, when they are stale, what a wrong file says."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conformance.reporting.known_issues import KnownIssues, KnownIssuesError, load_known_issues
from conformance.reporting.record import Deselected, result_from_data

Data = Callable[..., dict[str, Any]]
ENTRY = """
[[issue]]
sut = "Eclipse Leshan client"
version = "2.0.0-M*"
case = "REG-UPD-02"
check = "update.lifetime"
actual = "without lt"
link = "https://github.com/eclipse-leshan/leshan/issues/1"
expires = 2027-01-31
"""
TODAY = date(2026, 11, 21)


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], KnownIssues]:
    def write(text: str) -> KnownIssues:
        file = tmp_path / "known.toml"
        file.write_text(text, encoding="utf-8")
        return load_known_issues(file)

    return write


def test_a_known_failure_is_matched(load: Callable[[str], KnownIssues], a_failure: Data) -> None:
    issue = load(ENTRY).match(result_from_data(a_failure()))
    assert issue is not None
    assert issue.mark.link.endswith("/issues/1")
    assert issue.mark.expires == "2027-01-31"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('sut = "Eclipse Leshan client"', 'sut = "Eclipse Leshan"'),
        ('version = "2.0.0-M*"', 'version = "2.0.0-M17"'),
        ('case = "REG-UPD-02"', 'case = "REG-UPD-0"'),
        ('check = "update.lifetime"', 'check = "update"'),
        ('actual = "without lt"', 'actual = "^without lt"'),
        ("[[issue]]", '[[issue]]\nvariant = { format = "tlv" }'),
    ],
)
def test_anything_else_is_no_match(
    load: Callable[[str], KnownIssues], a_failure: Data, old: str, new: str
) -> None:
    assert load(ENTRY.replace(old, new)).match(result_from_data(a_failure())) is None


def test_a_variant_is_matched_by_its_values(load: Callable[[str], KnownIssues], a_failure: Data) -> None:
    issues = load(ENTRY.replace("[[issue]]", '[[issue]]\nvariant = { format = "tlv" }'))
    assert issues.match(result_from_data(a_failure(variant={"lwm2m": "1.1", "format": "tlv"}))) is not None
    assert issues.match(result_from_data(a_failure(variant={"lwm2m": "1.1", "format": "cbor"}))) is None


def test_a_second_failure_is_not_excused(
    load: Callable[[str], KnownIssues], a_failure: Data, a_check: Data
) -> None:
    red = a_check(id="coap.token", verdict="fail", actual="token reused")
    other = ENTRY.replace("update.lifetime", "coap.token").replace("without lt", "reused")
    assert load(ENTRY).match(result_from_data(a_failure(rules=[red]))) is None
    assert load(ENTRY + other).match(result_from_data(a_failure(rules=[red]))) is not None


@pytest.mark.parametrize("verdict", ["pass", "inconclusive", "error", "not_applicable"])
def test_only_a_fail_is_excused(load: Callable[[str], KnownIssues], a_failure: Data, verdict: str) -> None:
    assert load(ENTRY).match(result_from_data(a_failure(verdict=verdict, reason="x"))) is None


@pytest.mark.parametrize(
    ("verdicts", "stale"),
    [
        (["pass"], True),
        (["other fail"], True),
        (["fail"], False),
        (["pass", "fail"], False),
        (["inconclusive"], False),
        (["error"], False),
        (["not_applicable"], False),
        (["pass", "inconclusive"], False),
        (["pass", "error"], False),
        (["pass", "not_applicable"], True),
        ([], False),
    ],
)
def test_staleness(
    load: Callable[[str], KnownIssues],
    a_result: Data,
    a_failure: Data,
    a_check: Data,
    *,
    verdicts: list[str],
    stale: bool,
) -> None:
    results = []
    for number, verdict in enumerate(verdicts):
        variant = {"n": str(number)}
        if verdict == "fail":
            data = a_failure(variant=variant)
        elif verdict == "other fail":
            data = a_failure(variant=variant, checks=[a_check(verdict="fail", actual="no Update")])
        else:
            data = a_result(variant=variant, verdict=verdict, reason="x")
        results.append(result_from_data(data))
    found = load(ENTRY).stale(results, TODAY)
    assert bool(found) is stale
    if found:
        assert "no longer seen in REG-UPD-02[n=0]" in str(found[0])


def test_a_case_left_out_keeps_its_entry(load: Callable[[str], KnownIssues], a_result: Data) -> None:
    left_out = Deselected(None, "REG-UPD-02", {"n": "1"}, (), "-k")
    assert load(ENTRY).stale([result_from_data(a_result(variant={"n": "0"}))], TODAY, [left_out]) == ()


def test_expiry_is_the_last_day(load: Callable[[str], KnownIssues], a_failure: Data) -> None:
    results = [result_from_data(a_failure())]
    assert load(ENTRY).stale(results, date(2027, 1, 31)) == ()
    (stale,) = load(ENTRY).stale(results, date(2027, 2, 1))
    assert "expired on 2027-01-31" in str(stale)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = ", "not TOML"),
        ("[other]\nx = 1", "unknown key 'other'"),
        ("[issue]\nx = 1", "two brackets"),
        (ENTRY + 'colour = "red"', r"issue 1 \(REG-UPD-02\), key 'colour': unknown key; known are sut"),
        (ENTRY.replace("2027-01-31", '"soon"'), "key 'expires'"),
        (ENTRY.replace('link = "https://github.com/eclipse-leshan/leshan/issues/1"', ""), "key 'link'"),
        (ENTRY.replace("without lt", "("), "not a regular expression"),
    ],
)
def test_a_wrong_file_gives_one_line(load: Callable[[str], KnownIssues], text: str, told: str) -> None:
    with pytest.raises(KnownIssuesError, match=told) as caught:
        load(text)
    assert "\n" not in str(caught.value)
    assert "known.toml" in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(KnownIssuesError, match="cannot be read"):
        load_known_issues(tmp_path / "absent.toml")


def test_a_name_without_version_needs_an_open_pattern(load: Callable[[str], KnownIssues]) -> None:
    (entry,) = load(ENTRY.replace('version = "2.0.0-M*"', "")).entries
    assert entry.concerns_sut("Eclipse Leshan client")
    assert entry.concerns_sut("Eclipse Leshan client 3.0.0")
    assert not entry.concerns_sut("Eclipse Leshan clients 3")
