"""How the command adapter ends a SUT, and that nothing of one stays, whoever is killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from conformance.sut import posix
from conformance.sut.command import CommandAdapter
from tests.sut.peers import IGNORES_SIGTERM, WAITS, launch, profile_of, until, until_gone


@pytest.mark.parametrize("stop", ["close-stdin", "sigterm", "sigkill"])
def test_a_sut_that_will_not_end_is_killed(tmp_path: Path, stop: str) -> None:
    profile = profile_of(tmp_path, IGNORES_SIGTERM + WAITS + "time.sleep(60)", stop=stop, stop_time=0.4)

    async def run() -> None:
        adapter = CommandAdapter(profile)
        await adapter.start(launch(sys.executable))
        group = adapter.group
        assert group is not None
        stopped = await adapter.stop()
        assert stopped.status == "killed by SIGKILL"
        assert stopped.forced is (stop != "sigkill")
        assert not posix.group_alive(group)

    asyncio.run(run())


@pytest.mark.parametrize("session", ["False", "True"])
def test_children_that_outlive_the_sut_are_ended(tmp_path: Path, session: str) -> None:
    if session == "True" and sys.platform != "linux":
        pytest.skip("only Linux lets the guardian adopt orphans of other sessions")
    child = "[sys.executable, '-c', 'import time; time.sleep(60)']"
    program = WAITS + (
        f"import json, subprocess\nchild = subprocess.Popen({child}, start_new_session={session})\n"
        "print(json.dumps({'event': 'child', 'pid': child.pid}))\nsys.stdin.read()\n"
    )
    profile = profile_of(tmp_path, program)

    async def run() -> None:
        adapter = CommandAdapter(profile)
        await adapter.start(launch(sys.executable))
        event = await adapter.next_event("child", 3)
        assert event is not None
        os.kill(event["pid"], 0)
        stopped = await adapter.stop()
        assert (stopped.status, stopped.left) == ("exit status 0", 1)
        with pytest.raises(ProcessLookupError):
            os.kill(event["pid"], 0)

    asyncio.run(run())


def test_a_cancelled_start_leaves_nothing(tmp_path: Path) -> None:
    noted = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))"
    program = f"import os, time; {noted}; print('up')\ntime.sleep(60)"
    profile = profile_of(tmp_path, program)

    async def run() -> int:
        adapter = CommandAdapter(profile)
        starting = asyncio.create_task(adapter.start(launch(sys.executable)))
        await until(lambda: bool(adapter.log.tail()))
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        pid = int((tmp_path / "pid").read_text())
        await until_gone(pid)
        return pid

    assert not posix.group_alive(asyncio.run(run()))


WORKER = """
    import asyncio, sys
    from pathlib import Path
    from conformance.sut.adapter import Launch
    from conformance.sut.command import CommandAdapter
    from conformance.sut.profile import load_profile

    async def run():
        adapter = CommandAdapter(load_profile(Path(sys.argv[1])))
        await adapter.start(Launch({"python": sys.executable}))
        print(adapter.group, flush=True)
        await asyncio.sleep(60)

    asyncio.run(run())
"""


def test_a_killed_worker_leaves_nothing_running(tmp_path: Path) -> None:
    child = "[sys.executable, '-c', 'import time; time.sleep(60)']"
    program = (
        IGNORES_SIGTERM
        + "import subprocess, sys\n"
        + f"subprocess.Popen({child})\n"
        + WAITS
        + "time.sleep(60)"
    )
    profile = profile_of(tmp_path, program)
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", dedent(WORKER), str(profile.path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as worker:
        assert worker.stdout is not None
        group = int(worker.stdout.readline())
        assert posix.group_alive(group)
        began = time.monotonic()
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        asyncio.run(until_gone(group))
        assert 0.5 < time.monotonic() - began < 5, "SIGTERM first, SIGKILL a second later"


def parent(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return int(stat.rpartition(")")[2].split()[1])


def test_a_killed_guardian_takes_the_sut_with_it(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux ends a process with its parent")
    profile = profile_of(tmp_path, WAITS + "time.sleep(60)")

    async def run() -> None:
        adapter = CommandAdapter(profile)
        await adapter.start(launch(sys.executable))
        group = adapter.group
        assert group is not None
        os.kill(parent(group), signal.SIGKILL)
        assert await asyncio.wait_for(adapter.exited, 3) == "the guardian process was killed"
        await until_gone(group)
        await adapter.stop()

    asyncio.run(run())


def test_the_guardian_starts_without_the_weight_of_the_suite() -> None:
    root = Path(__file__).parents[2]
    code = (
        f"import sys; sys.path.append({str(root)!r}); from conformance.sut import posix; print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"pydantic", "asyncio", "tomllib", "pathlib", "subprocess"} & set(loaded.stdout.split())
