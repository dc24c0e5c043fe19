"""Runs that are verified, each made once for all tests: a device that fails, in every mode, and a pair."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from conformance.evidence.manifest import write_manifest
from conformance.evidence.run_record import write_json

ROOT = Path(__file__).resolve().parents[2]
SUITE = Path(sys.executable).with_name("lwm2m-conformance")
FAILING = "update_without_lifetime"


def suite(*arguments: object, expected: int) -> str:
    """Run a command; its output."""
    ended = subprocess.run(
        [str(SUITE), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == expected, ended.stdout + ended.stderr
    return ended.stdout


def profile(folder: Path) -> Path:
    """A profile of the reference device with a fault."""
    text = (ROOT / "fixtures/profiles/reference-device.toml").read_text(encoding="utf-8")
    text = text.replace('"--lwm2m", "{lwm2m}",', f'"--lwm2m", "{{lwm2m}}", "--mutant", "{FAILING}",')
    text = text.replace("file:", f"file:{ROOT}/fixtures/profiles/")
    text = text.replace('name = "Reference device"', 'name = "Device with a fault"')
    assert FAILING in tomllib.loads(text)["adapter"]["start"]
    file = folder / "faulty.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a failing case, every mode of security, and OSCORE."""
    folder = tmp_path_factory.mktemp("run")
    cases = ["REG-UPD-02", "COAP-BLK-04", "SEC-AUTH-01", "SEC-OSC-01"]
    options = ["--sut", profile(folder), "--lwm2m", "1.1", "--seed", 7, "--jobs", 2]
    suite("run", *cases, *options, "--out", folder / "run", expected=1)
    return folder / "run"


@pytest.fixture(scope="session")
def short_run(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, without reports, and with the requirements alone that its cases speak of."""
    folder = tmp_path_factory.mktemp("short") / "run"
    shutil.copytree(run, folder, ignore=shutil.ignore_patterns("report"))
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["deselected"] = []
    record["requirements"] = [item for item in record["requirements"] if item["cases"]]
    write_json(folder / "run.json", record)
    write_manifest(folder)
    return folder


@pytest.fixture(scope="session")
def pair_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a device and a server against each other, in clear and over DTLS."""
    folder = tmp_path_factory.mktemp("pair") / "run"
    suite("run", "--pair", "PAIR-READ-01", "PAIR-SEC-01", "--jobs", 2, "--out", folder, expected=0)
    return folder
