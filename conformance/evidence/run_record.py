"""Writes the run record while the run goes on, so that a crash or Ctrl-C loses nothing that was judged."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from conformance import __version__, clock
from conformance.evidence.disk import EvidenceError

WRITE_EVERY = 2.0
"""Seconds at least between two versions of ``run.json`` while results come in."""
SHARE = 20
"""A version that took a second to write is followed by the next after so many."""

FAULTS = "faults.json"
"""What in a case's folder tells of the faults of the network."""


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file so that a reader sees the old or the new one, never a half.

    Raises:
        EvidenceError: the system does not take it.
    """
    draft = path.with_suffix(path.suffix + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json_text(data), encoding="utf-8")
        os.replace(draft, path)
    except OSError as problem:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise EvidenceError(path, problem) from None


def json_text(data: Any, *, indent: int | None = 1) -> str:
    """JSON that UTF-8 can carry: a lone surrogate out of a SUT's JSON goes as the escape that it came as."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def case_folder(run_folder: Path, sut_slug: str, case_id: str, variant: str) -> Path:
    """Where the evidence of one case lies."""
    return run_folder / "cases" / sut_slug / case_id / (variant.strip("[]").replace(",", " ") or "default")


class RunRecordWriter:
    """``run.json`` as it grows."""

    def __init__(
        self, folder: Path, suts: Sequence[Mapping[str, Any]], seed: int, command: Sequence[str]
    ) -> None:
        self.folder = folder
        self._began = clock.now()
        self._next_version = 0.0
        self._data: dict[str, Any] = {
            "schema": 1,
            "tool": {"name": "lwm2m-conformance", "version": __version__},
            "suts": list(suts),
            "started": clock.utc().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "seconds": 0.0,
            "environment": {
                "python": platform.python_version(),
                "platform": platform.platform(terse=True),
                "processors": os.cpu_count() or 0,
            },
            "seed": seed,
            "command": list(command),
            "interrupted": False,
            "exit_code": None,
            "results": [],
            "deselected": [],
            "requirements": [],
        }

    @property
    def data(self) -> Mapping[str, Any]:
        """The record as it stands."""
        return self._data

    @property
    def results(self) -> list[dict[str, Any]]:
        return list(self._data["results"])

    @property
    def seconds(self) -> float:
        """Wall seconds since the run began."""
        return clock.now() - self._began

    def add(self, result: Mapping[str, Any]) -> None:
        """Take up the result of a case."""
        self._data["results"].append(dict(result))
        if clock.now() >= self._next_version:
            self.write()

    def environment(self, facts: Mapping[str, str | float]) -> None:
        """Add facts about the SUTs and the machine to what is known of the environment."""
        self._data["environment"].update(facts)

    def deselect(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take up what the user's filter left out."""
        self._data["deselected"] = list(rows)

    def finish(self, *, interrupted: bool) -> None:
        """Put the results in order and write them; the requirements and the exit code come after."""
        self._data["results"].sort(key=lambda row: (row["sut"], row["id"], list(row["variant"].values())))
        self._data["interrupted"] = interrupted
        self.write()

    def conclude(self, requirements: Sequence[Mapping[str, Any]], exit_code: int) -> None:
        """Write the record's last version."""
        self._data["requirements"] = list(requirements)
        self._data["exit_code"] = exit_code
        self.write()

    def write(self) -> None:
        """Write ``run.json`` as it stands."""
        began = clock.now()
        self._data["seconds"] = round(self.seconds, 3)
        write_json(self.folder / "run.json", self._data)
        now = clock.now()
        self._next_version = now + max(WRITE_EVERY, SHARE * (now - began))
