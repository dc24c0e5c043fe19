"""What a run leaves: records that keep their schema, messages, captures, and the same bytes for one seed."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.reporting.schema import violation
from tests.run.conftest import Workplace

FIELDS = {
    "frame",
    "time",
    "direction",
    "local",
    "remote",
    "protocol",
    "type",
    "code",
    "mid",
    "token",
    "options",
    "payload",
    "operation",
    "summary",
    "malformed",
}


def messages(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "messages.jsonl").read_text().splitlines()]


def test_the_reference_device_leaves_evidence_that_an_outsider_can_read(place: Workplace) -> None:
    ended = place.suite("run", "REG-REG-01", "--jobs", "1", "--seed", "11")
    assert ended.code == 0, ended.text
    assert violation(ended.record) is None
    assert ended.record["seed"] == 11
    folders = sorted((ended.folder / "cases" / "reference-device" / "REG-REG-01").iterdir())
    assert folders
    for folder in folders:
        result = json.loads((folder / "result.json").read_text())
        assert violation(result, "result") is None
        assert result in ended.record["results"]
        lines = messages(folder)
        assert all(line.keys() == FIELDS for line in lines)
        assert [line["operation"] for line in lines[:2]] == ["Register", "Register"]
        assert lines[0]["direction"] == "in"
        assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
        assert {check["frame"] for check in result["checks"]} <= {line["frame"] for line in lines}
        assert (folder / "sut.log").exists()
        assert not (folder / "running.json").exists()
    assert "report: " in ended.out


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_frame_numbers_are_those_of_wireshark(place: Workplace) -> None:
    ended = place.pytest(place.cases(), "--sut", place.profile(), "--case", "TOY-RUN-01")
    folder = next(ended.folder.glob("cases/*/*/*/"))
    port = messages(folder)[0]["local"].rpartition(":")[2]
    fields = ("frame.number", "coap.mid", "coap.code", "coap.token")
    printed = subprocess.run(
        ["tshark", "-r", str(folder / "capture.pcapng"), "-d", f"udp.port=={port},coap", "-T", "fields"]
        + [part for field in fields for part in ("-e", field)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    seen = [tuple(line.split("\t")) for line in printed.splitlines()]

    def code(text: str) -> str:
        group, _, detail = text.partition(".")
        return str(int(group) * 32 + int(detail))

    assert seen == [
        (str(line["frame"]), str(line["mid"]), code(line["code"]), line["token"]) for line in messages(folder)
    ]


def said(folder: Path) -> list[tuple[Any, ...]]:
    """What our side chose: everything of its messages but ports, times and frames."""
    return [
        (line["type"], line["code"], line["mid"], line["token"], str(line["options"]), line["payload"])
        for line in messages(folder)
        if line["direction"] == "out"
    ]


def test_one_seed_gives_the_same_bytes_on_any_worker(place: Workplace) -> None:
    tree, profile = place.cases(), place.profile()
    chosen = [part for number in ("01", "11", "16") for part in ("--case", f"TOY-RUN-{number}")]
    runs = {
        name: place.pytest(tree, "--sut", profile, *chosen, "--seed", seed, "-n", workers, out=name)
        for name, seed, workers in (("one", "3", "0"), ("two", "3", "2"), ("other", "4", "0"))
    }
    folders = [path.relative_to(runs["one"].folder) for path in runs["one"].folder.glob("cases/*/*/*/")]
    assert len(folders) == 3
    for folder in folders:
        first, second, other = (said(run.folder / folder) for run in runs.values())
        assert first == second
        assert first != other


def test_a_claim_that_the_sut_refutes_is_a_finding(place: Workplace) -> None:
    profile = place.profile(tables="[ics]\nformat_text = false\n")
    ended = place.pytest(place.cases(), "--sut", profile, "--case", "TOY-RUN-15", "--case", "TOY-RUN-01")
    assert ended.code == 0, ended.text
    told = "the profile claims format_text = false, the SUT shows true"
    assert told in ended.out
    assert told in ended.record["environment"]["ics Tiny 1 1.1 format_text"]
    notes = {row["id"]: [item["text"] for item in row["observations"]] for row in ended.record["results"]}
    assert any(told in text for text in notes["TOY-RUN-15"])
    assert notes["TOY-RUN-01"] == []
    assert violation(ended.record) is None
