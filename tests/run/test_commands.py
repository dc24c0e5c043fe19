"""Commands beside the run: what they print, and the exit code when they are asked for what is not there."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.sut.profile import load_profile
from tests.run.conftest import Workplace


def call(*arguments: object) -> tuple[int, str]:
    ended = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended.exit_code, ended.output


@pytest.mark.parametrize("role", ["device", "server", "bootstrap-server"])
def test_a_new_profile_can_be_loaded_as_it_is(tmp_path: Path, role: str) -> None:
    file = tmp_path / "sut.toml"
    assert call("init", file, "--role", role) == (0, f"{file}\n")
    assert load_profile(file).sut.role == role
    code, text = call("init", file)
    assert code == 2
    assert f"{file} exists" in text


def test_a_new_profile_names_every_key_in_a_form_that_can_be_uncommented(tmp_path: Path) -> None:
    file = tmp_path / "sut.toml"
    call("init", file)
    text = file.read_text()
    assert "# reaction_time = 3.0" in text
    assert "# queue_mode = false" in text
    file.write_text(text.replace("# queue_mode", "queue_mode").replace("# reaction_time", "reaction_time"))
    assert load_profile(file).ixit.reaction_time == 3.0


def test_a_profile_that_cannot_be_written(tmp_path: Path) -> None:
    code, text = call("init", tmp_path / "absent" / "sut.toml")
    assert code == 2
    assert "cannot be written" in text
    assert call("init", tmp_path / "sut.toml", "--role", "toaster")[0] == 2


def test_cases_are_listed_and_described() -> None:
    code, text = call("list", "REG-REG", "--format", "json")
    assert code == 0
    rows = json.loads(text)
    assert {"REG-REG-01", "REG-REG-02", "REG-REG-03"} <= {row["id"] for row in rows}
    assert all(row["id"].startswith("REG-REG") and row["requirements"] for row in rows)
    code, text = call("describe", "REG-REG-03[lwm2m=1.1]")
    assert code == 0
    assert re.search(r"file +testcases/device/registration/test_register.py", text)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["describe", "REG-REG-0"], "is a prefix of several ids"),
        (["describe", "REG-REGG-01"], "did you mean 'REG-REG-01'"),
        (["list", "REG-REGG-01"], "did you mean 'REG-REG-01'"),
        (["list", "--requirement", "XYZ"], "no case matches"),
        (["requirements", "XYZ"], "XYZ"),
        (["report", "absent"], "no such folder"),
        (["coverage", "absent"], "no such folder"),
        (["replay", "absent", "REG-REG-01"], "no such folder"),
        (["explain", "REG-REG-01", "--sut", "absent.toml"], "no such file"),
        (["adapter", "check", "absent.toml"], "no such file"),
    ],
)
def test_what_is_not_there_is_wrong_use(arguments: list[str], told: str) -> None:
    code, text = call(*arguments)
    assert code == 2, text
    assert told in text


def test_explaining_looks_at_the_sut_and_gives_the_origin_of_each_term(place: Workplace) -> None:
    profile = place.profile(tables="[ics]\nqueue_mode = true\n")
    code, text = call("explain", "REG-REG-01", "--sut", profile, "--format", "json")
    assert code == 0, text
    row = json.loads(text)[0]
    assert (row["term"], row["value"], row["origin"]) == ("device", True, "profile")
    code, text = call("explain", "REG-REG-01", "--sut", place.profile("exits"))
    assert code == 3
    assert "the SUT ended" in text


def test_an_adapter_is_checked(place: Workplace) -> None:
    code, text = call("adapter", "check", place.profile(ready_time=2.0), "--format", "json")
    assert code == 0, text
    assert all(row["ok"] for row in json.loads(text))
    code, text = call("adapter", "check", place.profile("exits", ready_time=0.5))
    assert code in (1, 3), text
    assert "Traceback" not in text
