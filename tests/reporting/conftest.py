"""A realistic run folder, built in a temporary directory as the plugin writes it."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LESHAN = "Eclipse Leshan client 2.0.0-M18"
REFERENCE = "reference device"


def check_data(**changed: Any) -> dict[str, Any]:
    data = {
        "id": "update.lifetime",
        "verdict": "pass",
        "level": "MUST",
        "grade": "strict",
        "expected": "Update with lt=120 within 3.0 s",
        "actual": "Update with lt=120 (frame 3)",
        "clause": "LwM2M Core 1.1.1 §6.2.2",
        "requirements": ["HLF-010", "HLF-019"],
        "frame": 3,
        "source": "wire",
        "matcher": {"equal": 120},
        "value": 120,
        "limit": 3.0,
        "subject": {"field": "lifetime", "frame": 3},
    }
    return data | changed


def result_data(**changed: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "sut": LESHAN,
        "id": "REG-UPD-02",
        "variant": {},
        "role": "device",
        "title": "new lifetime is announced",
        "purpose": "Writing the lifetime makes the device send an Update that carries it.",
        "verdict": "pass",
        "reason": None,
        "requirements": ["HLF-010", "HLF-019"],
        "clause": "LwM2M Core 1.1.1 §6.2.2",
        "ets": "1.1-int-102",
        "seconds": 0.42,
        "case_revision": "3f2a",
        "checks": [check_data()],
        "rules": [],
        "observations": [],
        "known_issue": None,
        "flaky": False,
    }
    return data | changed


def failing(**changed: Any) -> dict[str, Any]:
    red = check_data(verdict="fail", actual="Update without lt (frame 3)", value=None)
    return result_data(verdict="fail", checks=[check_data(id="write.code", frame=2), red]) | changed


def message_data(frame: int, **changed: Any) -> dict[str, Any]:
    from_sut = frame % 2 == 1
    data = {
        "frame": frame,
        "time": frame * 0.0123,
        "direction": "in" if from_sut else "out",
        "local": "127.0.0.1:5683",
        "remote": "127.0.0.1:40000",
        "protocol": "coap",
        "type": "CON",
        "code": "0.02",
        "mid": 4711 + frame,
        "token": "a1b2",
        "options": [{"number": 11, "name": "Uri-Path", "value": "rd"}],
        "payload": b'</>;rt="oma.lwm2m";ct=110,</1/0>,</3/0>,</3442/0>'.hex() if from_sut else "",
        "operation": "Register" if frame == 1 else None,
        "summary": "CON POST /rd?ep=dev-1&lt=60&lwm2m=1.1&b=U"
        if from_sut
        else "ACK 2.01 Location-Path: /rd/5a3f",
        "malformed": None,
    }
    return data | changed


def run_data(results: list[dict[str, Any]], **changed: Any) -> dict[str, Any]:
    names = list(dict.fromkeys(result["sut"] for result in results)) or [LESHAN]
    data = {
        "schema": 1,
        "tool": {"name": "lwm2m-conformance", "version": "0.1.0"},
        "suts": [
            {"name": name, "role": "device", "lwm2m": ["1.1"], "profile_sha256": "ab" * 32} for name in names
        ],
        "started": "2026-11-21T11:51:21.123Z",
        "seconds": 12.3,
        "environment": {"python": "3.11.7", "platform": "Linux"},
        "seed": 7,
        "command": ["lwm2m-conformance", "run", "--sut", "leshan.toml"],
        "interrupted": False,
        "exit_code": 0,
        "results": copy.deepcopy(results),
        "deselected": [],
        "requirements": [],
    }
    return data | changed


class RunFolder:
    """Writes a run folder; `path` is the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, results: list[dict[str, Any]], messages: int = 4, **changed: Any) -> Path:
        self.path.mkdir(parents=True, exist_ok=True)
        self.write_record(run_data(results, **changed))
        for result in results:
            self.write_case(result, [message_data(frame) for frame in range(1, messages + 1)])
        return self.path

    def write_record(self, data: dict[str, Any]) -> None:
        (self.path / "run.json").write_text(json.dumps(data), encoding="utf-8")

    def case(self, result: dict[str, Any]) -> Path:
        variant = "-".join(result["variant"].values()) or "default"
        sut = re.sub(r"\W+", "-", result["sut"]).lower()
        return self.path / "cases" / sut / str(result["id"]) / variant

    def write_case(self, result: dict[str, Any], messages: list[dict[str, Any]]) -> Path:
        folder = self.case(result)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
        lines = "".join(json.dumps(message) + "\n" for message in messages)
        (folder / "messages.jsonl").write_text(lines, encoding="utf-8")
        return folder


@pytest.fixture
def run_folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "reports" / "20261121T115121Z-3f2a")


Data = Callable[..., dict[str, Any]]


@pytest.fixture
def a_check() -> Data:
    """Makes a check; named fields replace those of a pass."""
    return check_data


@pytest.fixture
def a_result() -> Data:
    """Makes a result; named fields replace those of a pass."""
    return result_data


@pytest.fixture
def a_failure() -> Data:
    """Makes a failed result whose second check, update.lifetime in frame 3, failed."""
    return failing


@pytest.fixture
def a_run() -> Callable[..., dict[str, Any]]:
    """Makes a run record of results; named fields replace the usual ones."""
    return run_data


@pytest.fixture
def a_message() -> Callable[..., dict[str, Any]]:
    """Makes a line of messages.jsonl for a frame number; odd frames come from the SUT."""
    return message_data
