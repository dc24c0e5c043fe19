"""Bad profiles and bad SUTs: one clear line, the right exit code, nothing left, what was judged kept."""

import os
import signal
import socket
from pathlib import Path

import pytest

from conformance.reporting.recovery import open_run
from conformance.reporting.schema import violation
from conformance.verification.run import verify_run
from tests.run.conftest import Ended, Workplace


def run_case(place: Workplace, profile: Path, *more: object) -> Ended:
    return place.pytest(place.cases(), "--sut", profile, "--case", "TOY-RUN-01", *more)


def line_with(ended: Ended, text: str) -> str:
    lines = [line for line in ended.text.splitlines() if text in line]
    assert lines, ended.text
    assert "Traceback" not in ended.text
    return lines[0]


def test_a_bad_profile_is_told_by_file_and_key(place: Workplace) -> None:
    tables = {
        "unknown": (
            "[ixit]\nreaction_tme = 1",
            "ixit.reaction_tme: unknown key, did you mean 'reaction_time'?",
        ),
        "type": ('[ixit]\nreaction_time = "3"', 'ixit.reaction_time: found "3", expected a number'),
        "ics": ("[ixit]\n[ics]\nqueue_mode = 1", "ics.queue_mode: found 1, expected true or false"),
        "toml": ("[ixit", "not TOML"),
    }
    tree = place.cases()
    for name, (text, told) in tables.items():
        profile = place.profile(name, tables=text + "\n" if "[ixit" in text else text)
        is_told_in_one_line(place.pytest(tree, "--sut", profile), told)
        is_told_in_one_line(place.suite("run", "--sut", profile), told)
    is_told_in_one_line(place.suite("run", "--sut", place.folder / "absent.toml"), "no such file")
    assert not place.out.exists()


def is_told_in_one_line(ended: Ended, told: str) -> None:
    assert ended.code == 2, ended.text
    assert told in ended.text.replace("\n", " ")
    assert ".toml" in ended.text
    assert len(ended.text.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("silent", "no Register came from the SUT within 0.5 s"),
        ("exits", "the SUT ended (exit status 1) while the suite looked at it"),
        ("dies", "the SUT ended (exit status 1) while the suite looked at it"),
    ],
)
def test_a_sut_that_is_not_there_stops_the_run(place: Workplace, mode: str, told: str) -> None:
    ended = run_case(place, place.profile(mode))
    assert ended.code == 3
    line = line_with(ended, told)
    assert f"{mode}.toml" in line
    assert "adapter.start" in line
    assert {"silent": "tiny device", "exits": "no licence found", "dies": "out of memory"}[mode] in line
    assert not ended.folder.exists()


def test_a_program_that_does_not_exist_is_told(place: Workplace) -> None:
    ended = run_case(place, place.profile(start=["./no-such-device", "{server_uri}"]))
    assert ended.code == 3
    assert "install it or correct adapter.start" in line_with(ended, "no-such-device")


def test_a_busy_port_is_told_by_key_and_address(place: Workplace) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        profile = place.profile(tables=f'[ixit]\ntester = "127.0.0.1:{port}"')
        ended = run_case(place, profile)
    assert ended.code == 3
    line = line_with(ended, "is in use")
    assert "right.toml: ixit.tester" in line
    assert f"127.0.0.1:{port}" in line
    assert not ended.folder.exists()


def test_a_fixed_port_serves_one_case_at_once(place: Workplace) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    profile = place.profile(tables=f'[ixit]\ntester = "127.0.0.1:{port}"')
    assert run_case(place, profile, "-n", "2").code == 2
    ended = place.pytest(place.folder / "testcases", "--sut", profile, "--case", "TOY-RUN-07")
    assert ended.code == 0, ended.text
    assert len(ended.record["results"]) == 2


def test_a_sut_that_ends_during_a_case_fails_it(place: Workplace) -> None:
    ended = run_case(place, place.profile("dies"), "--observed", observed(place))
    assert ended.code == 1, ended.text
    checks = ended.record["results"][0]["checks"]
    assert checks[-1]["id"] == "sut.alive"
    assert checks[-1]["source"] == "live"
    assert "exit status 1" in checks[-1]["actual"]


def test_a_sut_that_never_registers_fails_what_waits_for_it(place: Workplace) -> None:
    ended = run_case(place, place.profile("silent"), "--observed", observed(place))
    assert ended.code == 1
    assert "no Register" in ended.record["results"][0]["checks"][0]["actual"]


def observed(place: Workplace) -> Path:
    """What the tiny device shows, so that the run does not look first."""
    file = place.folder / "observed.json"
    file.write_text(
        '{"Tiny 1@1.1": {"items": {"lifetime_readable": true}, "objects": ["/1/0", "/3/0"], "versions": {}}}'
    )
    return file


def test_a_strange_object_list_stops_nothing(place: Workplace) -> None:
    ended = run_case(place, place.profile("odd"))
    assert ended.code == 0, ended.text


def test_an_answer_from_another_port_is_named(place: Workplace) -> None:
    ended = run_case(place, place.profile("elsewhere"), "--observed", observed(place))
    assert ended.code == 1
    failed = next(check for check in ended.record["results"][0]["checks"] if check["verdict"] == "fail")
    assert failed["id"].startswith("control-1.")
    assert "an answer came from 127.0.0.1:" in failed["actual"]


def test_a_megabyte_a_second_of_output_disturbs_nothing(place: Workplace) -> None:
    ended = run_case(place, place.profile("noisy"))
    assert ended.code == 0, ended.text
    log = next(ended.folder.glob("cases/*/*/*/sut.log"))
    assert log.stat().st_size < 9 * 1024 * 1024


def test_garbage_is_recorded_and_judged(place: Workplace) -> None:
    ended = run_case(place, place.profile("garbage"), "--observed", observed(place))
    assert ended.code == 1, ended.text
    result = ended.record["results"][0]
    assert [rule["id"] for rule in result["rules"]] == ["rule.coap.well-formed"]
    control = next(check for check in result["checks"] if check["id"] == "control-1.value")
    assert control["verdict"] == "pass"
    lines = next(ended.folder.glob("cases/*/*/*/messages.jsonl")).read_text().splitlines()
    assert sum('"malformed": null' not in line for line in lines) >= 30


def test_a_flood_is_survived_and_bounded(place: Workplace) -> None:
    ended = run_case(place, place.profile("flood"), "--observed", observed(place))
    assert ended.code in (0, 1), ended.text
    result = ended.record["results"][0]
    assert result["checks"][0]["verdict"] == "pass"
    assert result["seconds"] < 20
    folder = next(ended.folder.glob("cases/*/*/*/"))
    assert (folder / "messages.jsonl").read_bytes().count(b"\n") <= 20_000
    assert (folder / "capture.pcapng").stat().st_size < 10_000_000


@pytest.mark.parametrize("workers", ["0", "2"])
def test_ctrl_c_keeps_what_was_judged(place: Workplace, workers: str) -> None:
    cases = ("--case", "TOY-RUN-08", "--case", "TOY-RUN-10")
    arguments = (place.cases(), "--sut", place.profile(), *cases, "-n", workers, "--out", place.out)
    process = place.start(*arguments)
    place.wait_until((place.folder / "hanging").exists)
    result = place.out / "cases/tiny-1/TOY-RUN-08/lwm2m=1.1/result.json"
    place.wait_until(result.exists)
    place.ctrl_c(process)
    ended = place.end(process)
    assert ended.code == 130, ended.text
    assert ended.record["interrupted"] is True
    assert ended.record["exit_code"] == 130
    assert ended.verdicts() == {"TOY-RUN-08": "pass"}
    assert violation(ended.record) is None
    assert (place.out / "report/index.html").exists()
    assert place.all_end()
    assert not verify_run(place.out).findings


def test_a_second_ctrl_c_leaves_nothing_running_and_loses_nothing(place: Workplace) -> None:
    cases = ("--case", "TOY-RUN-08", "--case", "TOY-RUN-10")
    process = place.start(place.cases(), "--sut", place.profile(), *cases, "-n", "1", "--out", place.out)
    place.wait_until((place.folder / "hanging").exists)
    place.wait_until((place.out / "cases/tiny-1/TOY-RUN-08/lwm2m=1.1/result.json").exists)
    place.ctrl_c(process)
    place.ctrl_c(process)
    place.end(process)
    assert place.all_end()
    run = open_run(place.out)
    assert [(result.id, str(result.verdict)) for result in run.results] == [("TOY-RUN-08", "pass")]


def test_a_worker_that_is_killed_is_an_error_and_the_rest_goes_on(place: Workplace) -> None:
    cases = [part for number in ("01", "08", "13", "16") for part in ("--case", f"TOY-RUN-{number}")]
    ended = place.pytest(place.cases(), "--sut", place.profile(), *cases, "-n", "2")
    assert ended.code == 3, ended.text
    assert ended.verdicts() == {
        "TOY-RUN-01": "pass",
        "TOY-RUN-08": "pass",
        "TOY-RUN-13": "error",
        "TOY-RUN-16": "pass",
    }
    lost = next(row for row in ended.record["results"] if row["id"] == "TOY-RUN-13")
    assert lost["reason"].startswith("the case did not end")
    assert violation(ended.record) is None
    assert place.all_end()
    assert not verify_run(place.out).findings


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_run_that_is_killed_can_be_read(place: Workplace, workers: str) -> None:
    cases = ("--case", "TOY-RUN-08", "--case", "TOY-RUN-10")
    process = place.start(place.cases(), "--sut", place.profile(), *cases, "-n", workers, "--out", place.out)
    place.wait_until((place.folder / "hanging").exists)
    os.kill(process.pid, signal.SIGKILL)
    place.end(process)
    assert place.all_end(within=20.0)  # a worker of pytest-xdist gives its case five seconds
    run = open_run(place.out)
    assert [(result.id, str(result.verdict)) for result in run.results] == [("TOY-RUN-08", "pass")]
    assert run.interrupted
    assert run.suts[0].name == "Tiny 1"


def test_ctrl_c_before_the_first_case(place: Workplace) -> None:
    profile = place.profile("silent", tables="[ixit]\nreaction_time = 30.0")
    process = place.start(place.cases(), "--sut", profile, "--out", place.out)
    place.wait_until(lambda: len(place.running()) >= 3)  # pytest, the guardian, the SUT
    place.ctrl_c(process)
    ended = place.end(process)
    assert ended.code == 130, ended.text
    assert "interrupted before the first case" in ended.text
    assert place.all_end()
