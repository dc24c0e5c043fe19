"""Exit codes of a run, by the command line and by plain pytest (DESIGN: the table of exit codes)."""

from xml.etree import ElementTree

import pytest

from conformance.reporting.schema import violation
from tests.run.conftest import Ended, Workplace


@pytest.mark.parametrize(
    ("cases", "code", "verdicts"),
    [
        (["TOY-RUN-01", "TOY-RUN-11"], 0, {"TOY-RUN-01": "pass", "TOY-RUN-11": "pass"}),
        (["TOY-RUN-01", "TOY-RUN-02", "TOY-RUN-03"], 1, {"TOY-RUN-02": "fail", "TOY-RUN-03": "inconclusive"}),
        (["TOY-RUN-02", "TOY-RUN-04"], 3, {"TOY-RUN-04": "error"}),
        (["TOY-RUN-03", "TOY-RUN-05"], 5, {"TOY-RUN-05": "not_applicable"}),
    ],
)
def test_the_worst_verdict_decides(
    place: Workplace, cases: list[str], code: int, verdicts: dict[str, str]
) -> None:
    chosen = [part for case in cases for part in ("--case", case)]
    ended = place.pytest(place.cases(), "--sut", place.profile(), *chosen)
    assert ended.code == code, ended.text
    assert verdicts.items() <= ended.verdicts().items()
    assert ended.record["exit_code"] == code
    assert violation(ended.record) is None


def test_pytests_own_reports_show_the_same(place: Workplace) -> None:
    chosen = [part for number in (1, 2, 6) for part in ("--case", f"TOY-RUN-0{number}")]
    reports = ("--junitxml", place.folder / "own.xml", "--alluredir", place.folder / "allure")
    ended = place.pytest(place.cases(), "--sut", place.profile(), *chosen, *reports)
    assert ended.code == 1, ended.text
    suite = ElementTree.parse(place.folder / "own.xml").getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    assert len(list((place.folder / "allure").glob("*-result.json"))) == 3
    assert (ended.folder / "report" / "junit.xml").exists()
    assert "update" not in ended.out
    assert "register.lifetime" in ended.out or "with lifetime" in ended.out


WRONG = (
    (["-k", "a and"], "-k 'a and'"),
    (["--role", "toaster"], "--role toaster: no such role"),
    (["--lwm2m", "3.0"], "--lwm2m 3.0: Tiny 1 speaks LwM2M 1.1"),
    (["-k", "nothing_is_called_so"], "nothing was selected"),
    (["--case", "TOY-RUN-01[broken"], "TOY-RUN-01[broken"),
    (["--known-issues", "absent.toml"], "absent.toml: cannot be read"),
    (["--observed", "absent.json"], "--observed absent.json"),
    (["--objects", "absent"], "--objects: absent"),
    (["--out", __file__], "is a file"),
)
WRONG_FOR_THE_SUITE = (
    (["REG-REGG-01"], "did you mean 'REG-REG-01'?"),
    (["REG-REG-01[lwm2m=9.9]"], "no lwm2m=9.9"),
    (["REG-REG-01[format=tlv]"], "does not vary by format"),
    (["--requirement", "XYZ-1"], "XYZ-1"),
    (["--role", "toaster"], "toaster"),
    (["-k", "or or"], "-k 'or or'"),
    (["REG-REG", "--jobs", "1", "-k", "nothing_is_called_so"], "nothing was selected"),
)


def test_wrong_use_ends_with_2_and_leaves_no_folder(place: Workplace) -> None:
    common = (place.cases(), "--sut", place.profile(), "--out", place.out)
    for wrong, told in WRONG:
        is_refused(place.end(place.start(*common, *wrong)), told)
    assert not place.out.exists()


def test_the_command_line_tells_what_does_not_exist(place: Workplace) -> None:
    common = ("run", "--sut", place.profile(), "--out", place.out)
    for wrong, told in WRONG_FOR_THE_SUITE:
        is_refused(place.end(place.start(*common, *wrong, cli=True)), told)
    assert not place.out.exists()


def is_refused(ended: Ended, told: str) -> None:
    assert ended.code == 2, ended.text
    assert told in ended.text
    assert "Traceback" not in ended.text


def test_a_folder_that_is_not_empty_is_left_alone(place: Workplace) -> None:
    place.out.mkdir()
    (place.out / "mine").write_text("keep")
    ended = place.suite("run", "REG-REG-01", "--sut", place.profile())
    assert ended.code == 2
    assert f"--out {place.out}: the folder is not empty" in ended.err
    assert [path.name for path in place.out.iterdir()] == ["mine"]


def test_a_known_issue_is_expected_and_a_stale_one_is_told(place: Workplace) -> None:
    known = place.folder / "known.toml"
    entry = (
        '[[issue]]\nsut = "Tiny"\ncase = "{}"\ncheck = "register.lifetime"\nactual = "60"\n'
        'link = "https://example.org/1"\nexpires = 2999-01-01\n'
    )
    known.write_text(entry.format("TOY-RUN-02"))
    tree, profile = place.cases(), place.profile()
    common = (tree, "--sut", profile, "--known-issues", known, "--case", "TOY-RUN-01", "--case", "TOY-RUN-02")
    ended = place.pytest(*common)
    assert ended.code == 0, ended.text
    assert "1 xfailed" in ended.out
    marked = next(row for row in ended.record["results"] if row["id"] == "TOY-RUN-02")
    assert marked["verdict"] == "fail"
    assert marked["known_issue"]["link"] == "https://example.org/1"

    known.write_text(entry.format("TOY-RUN-02") + entry.format("TOY-RUN-01"))
    ended = place.pytest(*common, out="stale")
    assert ended.code == 4, ended.text
    assert "no longer seen in TOY-RUN-01" in ended.out


def test_stopping_after_the_first_failure_is_no_interruption(place: Workplace) -> None:
    tree, profile = place.cases(), place.profile()
    for workers, out in (("0", "alone"), ("2", "together")):
        chosen = ("--case", "TOY-RUN-02", "--case", "TOY-RUN-01")
        ended = place.pytest(tree, "--sut", profile, *chosen, "-x", "-n", workers, out=out)
        assert ended.code == 1, ended.text
        assert ended.record["interrupted"] is False
