"""One life of a SUT as a process under the guardian."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from conformance.sut import posix
from conformance.sut.adapter import AdapterError, SutNotStartedError

_CHUNK: Final = 1 << 16
_PAUSE: Final = 0.005  # seconds after half a chunk or more: a flood is slowed down, not the suite
_LINE_LIMIT: Final = 1 << 20  # bytes; a longer line is handed on in pieces
_GUARDIAN: Final = str(Path(__file__).with_name("guardian.py"))
_STEP: Final = 5.0  # the guardian itself answers within this many seconds
_LAST_WORDS: Final = 1.0  # to read what an ended SUT has left in its pipes

OnLine = Callable[[str], None]


class SutProcess:
    """A SUT that runs. Made by ``start``; ``end`` must be called, and is safe to be cancelled."""

    def __init__(self, guardian: asyncio.subprocess.Process, control: asyncio.StreamWriter) -> None:
        self._guardian = guardian
        self._control = control
        self._gone: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self.exited: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.pid = 0
        self._stuck = 0

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        stdout: OnLine,
        stderr: OnLine,
    ) -> "SutProcess":
        """Start a program; ``stdout`` and ``stderr`` get every line. Raises SutNotStartedError."""
        _must_exist(cwd)
        ours, theirs = posix.lifeline()
        with theirs:
            guardian = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-S", _GUARDIAN, str(theirs.fileno()), *command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                cwd=cwd,
                env={**os.environ, **env},
            )
        reader, writer = await asyncio.open_connection(sock=ours)
        process = cls(guardian, writer)
        try:
            await process._begin(command[0], reader, stdout, stderr)
        except SutNotStartedError:
            process.cut()
            await guardian.wait()
            raise
        except BaseException:
            process.cut()
            raise
        return process

    async def _begin(
        self, program: str, reader: asyncio.StreamReader, stdout: OnLine, stderr: OnLine
    ) -> None:
        words = (await reader.readline()).decode().split(maxsplit=2)
        if not words or words[0] != "started":
            reason = words[2].strip() if len(words) == 3 else "the guardian process ended"
            hint = "install it or correct adapter.start"
            raise SutNotStartedError(f"{program!r} cannot be executed: {reason}; {hint}")
        self.pid = int(words[1])
        assert self._guardian.stdout is not None
        assert self._guardian.stderr is not None
        printed = [
            asyncio.create_task(_lines(self._guardian.stdout, stdout)),
            asyncio.create_task(_lines(self._guardian.stderr, stderr)),
        ]
        self._tasks = [*printed, asyncio.create_task(self._listen(reader, printed))]

    async def _listen(self, reader: asyncio.StreamReader, printed: list[asyncio.Task[None]]) -> None:
        status, left = "the guardian process was killed", 0
        try:
            while line := (await reader.readline()).decode().strip():
                word, _, rest = line.partition(" ")
                if word == "exit":
                    status = rest
                    await asyncio.wait(printed, timeout=_LAST_WORDS)
                    if not self.exited.done():
                        self.exited.set_result(status)
                elif word == "gone":
                    left = int(rest)
                elif word == "stuck":
                    self._stuck = int(rest)
        finally:
            if not self.exited.done():
                self.exited.set_result(status)
            self._gone.set_result(left)

    def write(self, line: str) -> None:
        """One line to the SUT's stdin; a SUT that no longer reads is noticed by its end, not here."""
        if self._guardian.stdin is not None and not self._guardian.stdin.is_closing():
            self._guardian.stdin.write(line.encode() + b"\n")

    def close_stdin(self) -> None:
        """End of file on the SUT's stdin."""
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()

    def terminate(self) -> None:
        """SIGTERM to all processes of the SUT."""
        self._order(b"T")

    def kill(self) -> None:
        """SIGKILL to all processes of the SUT."""
        self._order(b"K")

    def _order(self, order: bytes) -> None:
        if not self._control.is_closing():
            self._control.write(order)

    def cut(self) -> None:
        """Leave the rest to the guardian: SIGTERM now, SIGKILL after a second."""
        self._control.close()
        self.close_stdin()
        for task in self._tasks:
            task.cancel()
        if not self.exited.done():
            self.exited.set_result("left to the guardian, which ends it")

    async def end(self, grace: float) -> tuple[bool, int]:
        """Wait for the end, kill after ``grace`` seconds: whether it was killed, and how many outlived it."""
        forced = False
        try:
            done, _ = await asyncio.wait([self.exited], timeout=grace)
            if not done:
                forced = True
                self.kill()
            await asyncio.wait([self._gone], timeout=posix.SWEEP + _STEP)
            await asyncio.wait_for(self._guardian.wait(), _STEP)
            if self._stuck:
                raise AdapterError(f"{self._stuck} processes of the SUT outlive SIGKILL: end them by hand")
            return forced, self._gone.result() if self._gone.done() else 0
        except TimeoutError:
            raise AdapterError(f"the guardian of process {self.pid} does not end: end it by hand") from None
        finally:
            self.cut()


def _must_exist(folder: Path) -> None:
    if not folder.is_dir():
        raise SutNotStartedError(f"its folder {folder} does not exist; correct adapter.cwd")


async def _lines(stream: asyncio.StreamReader, take: OnLine) -> None:
    """Hand on line by line what comes, and hold at most one line of it."""
    rest = bytearray()
    while chunk := await stream.read(_CHUNK):
        rest += chunk
        *lines, last = rest.split(b"\n")
        for line in lines:
            take(line.decode(errors="replace").rstrip("\r"))
        rest = bytearray(last)
        if len(rest) > _LINE_LIMIT:
            take(rest.decode(errors="replace"))
            rest.clear()
        if len(chunk) >= _CHUNK // 2:
            await asyncio.sleep(_PAUSE)
    if rest:
        take(rest.decode(errors="replace"))
