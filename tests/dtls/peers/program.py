"""A program that a test starts, listens to and talks to, and that is gone when the test is over."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from types import TracebackType

import pytest

LINE = rb"(?m)^(line-[0-9a-z]+)\r?\n"
"""What the tests send; no command of an interactive `openssl s_server` begins like it."""

WITHIN = 20.0
"""Seconds in which a program must have said what is waited for; generous, for loaded machines."""


class Program:
    """A running program; what it writes, errors too, can be waited for in order."""

    def __init__(self, *command: str) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._said = b""
        self._taken = 0
        self._finished = False
        self._news = asyncio.Condition()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Program:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._running
        if process.returncode is None:
            process.kill()
        await process.wait()
        if self._reading is not None:
            await self._reading

    async def _read(self) -> None:
        output = self._running.stdout
        assert output is not None
        while more := await output.read(1 << 16):
            async with self._news:
                self._said += more
                self._news.notify_all()
        async with self._news:
            self._finished = True
            self._news.notify_all()

    @property
    def _running(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "the program was not started"
        return self._process

    async def until(self, pattern: bytes, within: float | None = WITHIN) -> re.Match[bytes]:
        """Wait for the next match of `pattern` in what the program says; AssertionError if it never comes."""
        match = await self._search(pattern, within, from_start=False)
        self._taken = match.end()
        return match

    async def said(self, pattern: bytes) -> re.Match[bytes]:
        """The first match in all that the program ever says; others may wait beside this."""
        return await self._search(pattern, WITHIN, from_start=True)

    async def _search(self, pattern: bytes, within: float | None, from_start: bool) -> re.Match[bytes]:
        wanted = re.compile(pattern)

        def search() -> re.Match[bytes] | None:
            return wanted.search(self._said, 0 if from_start else self._taken)

        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(lambda: search() is not None or self._finished)
        except TimeoutError:
            raise AssertionError(self._complaint(pattern, f"within {within} s")) from None
        match = search()
        if match is None:
            raise AssertionError(self._complaint(pattern, "before it ended"))
        return match

    def _complaint(self, pattern: bytes, when: str) -> str:
        said = self._said.decode(errors="replace")
        return f"{' '.join(self._command)}\ndid not say {pattern!r} {when}, but:\n{said}"

    async def ended(self) -> None:
        """Wait until it ends by itself; AssertionError if it does not."""
        try:
            async with asyncio.timeout(WITHIN):
                await self._running.wait()
        except TimeoutError:
            raise AssertionError(f"{' '.join(self._command)} did not end within {WITHIN} s") from None

    def write(self, data: bytes) -> None:
        """Give it `data` on its standard input."""
        entry = self._running.stdin
        assert entry is not None
        entry.write(data)


def required() -> bool:
    """Whether a peer that is not there is a failure, and no reason to skip."""
    return os.environ.get("REQUIRE_PEERS") == "1"


def need(program: str, package: str) -> None:
    """Skip, or fail where all peers are required, when a program is not installed."""
    if shutil.which(program) is None:
        absent(f"{program} is not installed; Debian, Ubuntu: apt-get install {package}")


def absent(reason: str) -> None:
    """Skip for `reason`, or fail where all peers are required."""
    if required():
        pytest.fail(f"{reason}, and REQUIRE_PEERS=1 demands it")
    pytest.skip(reason)
