"""A workplace for one run: a folder, a profile of a tiny device, toy cases, and the two ways to start."""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2]))

from tests.run import toy_cases
from tests.run.prepared import Command

TINY = Path(__file__).with_name("tiny_device.py")
LIMIT = 60.0
PLAIN = ("-p", "no:cacheprovider", "-q")
"""Options of plain pytest in these tests."""


@dataclass
class Ended:
    """What a command left: its exit code, what it printed, and the folder of its run."""

    code: int
    out: str
    err: str
    folder: Path
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.out + self.err

    def verdicts(self) -> dict[str, str]:
        """Verdict by printed name without the version."""
        found = {}
        for row in self.record["results"]:
            variant = ",".join(f"{k}={v}" for k, v in row["variant"].items() if k != "lwm2m")
            found[f"{row['id']}[{variant}]" if variant else row["id"]] = row["verdict"]
        return found


class Workplace:
    """A folder in which everything that a test starts runs, so that whatever is left is found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "run"

    def profile(
        self, mode: str = "right", *, name: str = "Tiny 1", tables: str = "", **adapter: object
    ) -> Path:
        """Write a profile that starts the tiny device in one mode; `adapter` are keys of ``[adapter]``."""
        start = ["{python}", "-I", "-S", str(TINY), mode]
        keys = {
            "kind": "command",
            "start": [*start, "{server_uri}", "{endpoint}", "{lifetime}", "{lwm2m}"],
            "stop_time": 2.0,
            **adapter,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items() if value is not None]
        if "[ixit]" not in tables:
            tables += "\n[ixit]\nreaction_time = 0.5\nquiet_time = 0.1"
        head = f'[sut]\nname = "{name}"\nrole = "device"\nlwm2m = ["1.1"]\n[adapter]'
        file = self.folder / f"{mode}.toml"
        file.write_text("\n".join([head, *lines, tables]) + "\n", encoding="utf-8")
        return file

    def cases(self, more: str = "") -> Path:
        return toy_cases.write(self.folder, more)

    def start(self, *arguments: object, cli: bool = False) -> Command:
        """Start the command line or plain pytest."""
        given = [str(argument) for argument in arguments]
        return Command(given if cli else [*PLAIN, *given], cli=cli, folder=self.folder)

    def ctrl_c(self, process: Command) -> None:
        """What a terminal does: SIGINT to the command and to all its workers."""
        os.killpg(process.pid, signal.SIGINT)

    def end(self, process: Command, out: Path | None = None) -> Ended:
        code, printed, errors = process.end(LIMIT)
        folder = out or self.out
        file = folder / "run.json"
        record = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return Ended(code, printed, errors, folder, record)

    def pytest(self, *arguments: object, out: str = "run") -> Ended:
        """Run plain pytest with ``--out``."""
        folder = self.folder / out
        return self.end(self.start(*arguments, "--out", folder), folder)

    def suite(self, *arguments: object, out: str | None = "run") -> Ended:
        """Run the command line; ``run`` gets ``--out``."""
        folder = self.folder / (out or "run")
        more = ("--out", folder) if out and arguments[0] == "run" else ()
        return self.end(self.start(*arguments, *more, cli=True), folder)

    def running(self) -> list[int]:
        """The processes that work below the folder."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                place = os.readlink(entry / "cwd") if entry.name.isdigit() else ""
            except OSError:
                continue
            if place.startswith(str(self.folder)):
                found.append(int(entry.name))
        return found

    def wait_until(self, holds: Callable[[], object], within: float = 20.0) -> None:
        """Wait for something that no system call tells of; looks every 20 ms."""
        deadline = time.monotonic() + within
        while not holds():
            assert time.monotonic() < deadline, "it never came about"
            time.sleep(0.02)

    def all_end(self, within: float = 5.0) -> bool:
        """Whether every process that works below the folder ends by itself in time."""
        for pid in self.running():
            try:
                watched = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            try:
                if not select.select([watched], [], [], within)[0]:
                    return False
            finally:
                os.close(watched)
        return not self.running()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """A workplace; nothing that it started may be left at the end."""
    workplace = Workplace(tmp_path)
    yield workplace
    assert workplace.all_end(), f"still running: {workplace.running()}"
