"""Commands in processes of their own, forked from one that has imported the suite: each import of it costs
more processor time than most of the runs in these tests."""

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.run.preloaded"])


class Command:
    """``lwm2m-conformance`` or ``python -m pytest`` in a session of its own, with a folder to work in."""

    def __init__(self, arguments: Sequence[str], *, cli: bool, folder: Path) -> None:
        self._printed = [tempfile.NamedTemporaryFile(buffering=0) for _ in range(2)]  # noqa: SIM115
        names = [file.name for file in self._printed]
        self._process = _FORKING.Process(target=_begin, args=(list(arguments), cli, str(folder), names))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def end(self, limit: float) -> tuple[int, str, str]:
        """Exit code, output and errors; a command that has not ended after `limit` seconds is killed.

        Raises:
            TimeoutError: it had to be killed.
        """
        self._process.join(limit)
        code = self._process.exitcode
        if code is None:
            self._process.kill()
            self._process.join()
        out, err = (Path(file.name).read_text(encoding="utf-8") for file in self._printed)
        for file in self._printed:
            file.close()
        if code is None:
            raise TimeoutError(f"the command did not end within {limit:.0f} s: {out}{err}")
        return code, out, err


def _begin(arguments: list[str], cli: bool, folder: str, names: list[str]) -> None:
    """What a shell does before it starts a command, and the command."""
    os.setsid()
    os.chdir(folder)
    os.environ["PYTEST_ADDOPTS"] = ""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, name in enumerate(names, start=1):
        opened = os.open(name, os.O_WRONLY | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    if cli:
        from conformance.cli import app

        sys.argv = ["lwm2m-conformance", *arguments]
        app()
    import pytest

    sys.argv = ["pytest", *arguments]
    raise SystemExit(int(pytest.main(arguments)))
