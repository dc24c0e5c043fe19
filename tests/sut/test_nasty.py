"""SUTs that stall, fork, go into the background, close their streams or flood: all end, and in time."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from conformance.sut import posix
from conformance.sut.adapter import (
    EVENT_TEXT_KEPT,
    SutExitedError,
    SutNotStartedError,
    VerbUnansweredError,
)
from conformance.sut.command import CommandAdapter
from conformance.sut.control import Control
from conformance.sut.profile import Profile
from tests.sut.peers import READY, launch, profile_of

SAYS_READY = f"import os, signal, sys, time\nprint('''{READY}''')\n"
Scene = Callable[[CommandAdapter], Awaitable[None]]

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the guardian adopt orphans")


def play(profile: Profile, scene: Scene) -> CommandAdapter:
    """Let a scene have the SUT, end it, and see that nothing works in its folder any more."""

    async def run() -> CommandAdapter:
        adapter = CommandAdapter(profile)
        await adapter.start(launch(sys.executable))
        try:
            await scene(adapter)
        finally:
            await adapter.stop()
        return adapter

    adapter = asyncio.run(run())
    assert working_in(profile.cwd) == []
    return adapter


def working_in(folder: Path) -> list[int]:
    """The processes whose folder is this one."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and Path(os.readlink(entry / "cwd")) == folder:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


async def ask_in_vain(adapter: CommandAdapter) -> None:
    with pytest.raises(VerbUnansweredError, match="got no answer within"):
        await adapter.trigger("set", path="/1/0/1")


def test_a_sut_that_no_longer_reads_fills_its_pipe_and_is_given_up(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, SAYS_READY + "time.sleep(60)", verb_time=0.1, stop="sigterm")

    async def scene(adapter: CommandAdapter) -> None:
        with pytest.raises(VerbUnansweredError):
            await adapter.trigger("set", value="x" * 500_000)
        await ask_in_vain(adapter)

    play(profile, scene)


def test_half_a_line_is_no_answer(tmp_path: Path) -> None:
    program = SAYS_READY + 'sys.stdin.readline()\nsys.stdout.write(\'{"id": 1, "result": {\')\ntime.sleep(60)'
    play(profile_of(tmp_path, program, verb_time=0.1, stop="sigterm"), ask_in_vain)


def test_a_stopped_sut_is_ended(tmp_path: Path) -> None:
    program = SAYS_READY + "os.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(60)"
    profile = profile_of(tmp_path, program, verb_time=0.1, stop="sigterm", stop_time=0.2)

    async def scene(adapter: CommandAdapter) -> None:
        await ask_in_vain(adapter)
        stopped = await adapter.stop()
        assert (stopped.status, stopped.forced) == ("killed by SIGKILL", True)

    play(profile, scene)


@pytest.mark.parametrize("streams", ["(0, 1)", "(1, 2)", "(0, 1, 2)"])
def test_a_sut_that_closes_its_streams_goes_on_until_it_is_stopped(tmp_path: Path, streams: str) -> None:
    program = SAYS_READY + f"sys.stdout.flush()\nfor each in {streams}:\n    os.close(each)\ntime.sleep(60)"

    async def scene(adapter: CommandAdapter) -> None:
        await ask_in_vain(adapter)
        assert not adapter.exited.done()

    play(profile_of(tmp_path, program, verb_time=0.1, stop="sigterm"), scene)


def test_a_sut_that_ends_well_before_it_is_ready_was_not_started(tmp_path: Path) -> None:
    async def run() -> None:
        with pytest.raises(SutNotStartedError, match="exit status 0 before it was ready"):
            await CommandAdapter(profile_of(tmp_path, "print('done')")).start(launch(sys.executable))

    asyncio.run(run())


BACKGROUND = """
import os, sys, time
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
"""


@linux
def test_a_sut_that_goes_into_the_background_has_ended(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, BACKGROUND + "time.sleep(60)")

    async def run() -> None:
        with pytest.raises(SutNotStartedError, match="exit status 0 before it was ready"):
            await CommandAdapter(profile).start(launch(sys.executable))

    asyncio.run(run())
    assert working_in(profile.cwd) == []


@linux
def test_also_where_it_holds_the_pipes_and_talks_from_there(tmp_path: Path) -> None:
    program = BACKGROUND.replace("if os.fork", f"print('{READY}', flush=True)\nif os.fork", 1)
    profile = profile_of(tmp_path, program + "time.sleep(60)")

    async def scene(adapter: CommandAdapter) -> None:
        assert await asyncio.wait_for(adapter.exited, 5) == "exit status 0"
        with pytest.raises(SutExitedError, match="exit status 0"):
            await adapter.trigger("set")
        assert (await adapter.stop()).left >= 1

    play(profile, scene)


FAMILY = (
    SAYS_READY
    + """
import itertools
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                break
        time.sleep(60)
print('{"event": "settled"}')
time.sleep(60)
"""
)


@linux
def test_a_family_in_sessions_of_its_own_is_ended_to_the_last(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, FAMILY, stop="sigterm", stop_time=0.2)

    async def scene(adapter: CommandAdapter) -> None:
        assert await adapter.next_event("settled", 5) is not None
        stopped = await adapter.stop()
        assert stopped.forced
        assert stopped.left >= 3

    play(profile, scene)


HYDRA = (
    SAYS_READY
    + """
print('{"event": "settled"}')
sys.stdout.flush()
while True:
    if os.fork():
        time.sleep(0.02)
        os._exit(0)
    os.setsid()
"""
)


@linux
def test_a_process_that_is_always_another_one_is_caught(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, HYDRA)

    async def scene(adapter: CommandAdapter) -> None:
        assert await asyncio.wait_for(adapter.exited, 5) == "exit status 0"

    play(profile, scene)


def test_what_is_no_text_is_logged_as_such(tmp_path: Path) -> None:
    program = SAYS_READY + (
        "out = sys.stdout.buffer\nsys.stdout.flush()\nout.write(bytes(range(256)) * 40 + b'\\n')\n"
        'out.write(b\'{"event": "over"}\\n\')\nout.flush()\nsys.stdin.read()'
    )

    async def scene(adapter: CommandAdapter) -> None:
        assert await adapter.next_event("over", 5) is not None

    adapter = play(profile_of(tmp_path, program), scene)
    assert "\ufffd" in adapter.log.text()


def test_large_events_are_kept_up_to_a_limit() -> None:
    async def run() -> None:
        control, kept = Control(lambda line: None), EVENT_TEXT_KEPT // 1_000_000
        for number in range(kept + 5):
            text = json.dumps({"event": "big", "n": number, "x": ""})
            control.line(text.replace('""', '"' + "x" * (1_000_000 - len(text)) + '"'))
        assert [event["n"] for event in control.events] == list(range(5, kept + 5))
        first = await control.next_event("big", 1)
        assert first is not None
        assert first["n"] == 5

    asyncio.run(run())


def test_files_that_a_sut_leaves_are_left_to_its_owner(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, SAYS_READY + "open('left-behind', 'w').close()\nsys.stdin.read()")

    async def scene(adapter: CommandAdapter) -> None:
        assert adapter.group is not None
        assert posix.group_alive(adapter.group)

    play(profile, scene)
    assert (profile.cwd / "left-behind").exists()
