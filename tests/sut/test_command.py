"""The command adapter: starting, talking, and the ways in which a SUT can misbehave there."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from conformance.sut import posix
from conformance.sut.adapter import (
    AdapterError,
    AdapterUnavailableError,
    SutExitedError,
    SutNotStartedError,
    UnsupportedVerbError,
    VerbFailedError,
    VerbUnansweredError,
)
from conformance.sut.command import CommandAdapter
from conformance.sut.log import FILE_LIMIT, LINES
from conformance.sut.profile import Profile
from tests.sut.peers import HONEST, IGNORES_SIGTERM, WAITS, launch, profile_of


def not_started(profile: Profile) -> SutNotStartedError:
    async def run() -> None:
        adapter = CommandAdapter(profile)
        await adapter.start(launch(sys.executable))

    with pytest.raises(SutNotStartedError) as caught:
        asyncio.run(run())
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_whole_life_of_an_honest_sut(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, HONEST, isolation="reset")

    async def run() -> None:
        adapter = CommandAdapter(profile)
        adapter.log_to(tmp_path / "sut.log")
        ready = await adapter.start(launch(sys.executable))
        assert ready.contract == 1
        assert sorted(ready.verbs) == ["reset", "set", "update"]
        assert ready.uris == {"coap": "coap://127.0.0.1:1"}
        group = adapter.group
        assert group is not None
        assert posix.group_alive(group)
        assert await adapter.trigger("set", path="/3303/0/5700", value=21.5) == {"value": 21.5}
        assert await adapter.next_event("changed", 2) == {"event": "changed", "path": "/3303/0/5700"}
        assert await adapter.next_event("changed", 0.05) is None
        with pytest.raises(UnsupportedVerbError, match="'fly'"):
            await adapter.trigger("fly")
        with pytest.raises(VerbFailedError, match=r"bad-arguments \(no value\)"):
            await adapter.trigger("set")
        after = await adapter.reset(launch(sys.executable, endpoint="dev-2", lifetime="60"))
        assert after.uris == {"coap": "coap://127.0.0.1:2"}
        assert await adapter.next_event("registered", 2) == {"event": "registered", "endpoint": "dev-2"}
        assert adapter.group == group, "reset must not start another process"
        assert not adapter.exited.done()
        stopped = await adapter.stop()
        assert (stopped.status, stopped.forced, stopped.left) == ("exit status 0", False, 0)
        assert await adapter.stop() == stopped
        assert not posix.group_alive(group)
        assert adapter.exited.result() == "exit status 0"
        with pytest.raises(SutExitedError):
            await adapter.trigger("set")
        await adapter.start(launch(sys.executable))
        assert (await adapter.trigger("update")) == {}
        await adapter.stop()
        adapter.log_to(None)

    asyncio.run(run())
    log = (tmp_path / "sut.log").read_text(encoding="utf-8")
    assert '> {"id": 1, "verb": "set"' in log
    assert "started with []" in log


def test_isolation_process_starts_another_process(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, HONEST)

    async def run() -> None:
        adapter = CommandAdapter(profile)
        await adapter.start(launch(sys.executable))
        first = adapter.group
        await adapter.reset(launch(sys.executable))
        assert first is not None
        assert adapter.group != first
        assert not posix.group_alive(first)
        await adapter.stop()

    asyncio.run(run())


def test_a_reset_gives_a_bootstrap_server_and_cannot_take_start_arguments_back(tmp_path: Path) -> None:
    tables = '[adapter.with]\nbootstrap = ["--bs", "{bootstrap_uri}"]'
    profile = profile_of(tmp_path, HONEST, (), tables, isolation="reset")
    uri = "coap://127.0.0.1:3"

    async def run() -> None:
        adapter = CommandAdapter(profile)
        adapter.log_to(tmp_path / "sut.log")
        await adapter.start(launch(sys.executable))
        first = adapter.group
        await adapter.reset(launch(sys.executable, "bootstrap", bootstrap_uri=uri))
        await adapter.reset(launch(sys.executable, bootstrap_uri=uri))
        assert adapter.group == first
        with pytest.raises(AdapterUnavailableError, match="start the SUT with psk"):
            await adapter.reset(launch(sys.executable, "psk"))
        await adapter.start(launch(sys.executable, "bootstrap", bootstrap_uri=uri))
        second = adapter.group
        await adapter.reset(launch(sys.executable, bootstrap_uri=uri))
        assert adapter.group != second
        await adapter.stop()
        adapter.log_to(None)

    asyncio.run(run())
    log = (tmp_path / "sut.log").read_text(encoding="utf-8")
    told = [line.partition('"bootstrap_uri": ')[2] for line in log.splitlines() if '"verb": "reset"' in line]
    assert told == ['"coap://127.0.0.1:3"}}', '""}}']
    assert log.count("started with ['--bs', 'coap://127.0.0.1:3']") == 1


def test_a_reset_carries_the_blocks_that_the_profile_names(tmp_path: Path) -> None:
    tables = (
        '[adapter.with]\nqueue = ["--queue"]\npsk = ["--psk", "{psk_identity}", "{psk_key_hex}"]\nx509 = []'
    )
    profile = profile_of(tmp_path, HONEST, (), tables, isolation="reset", reset_with=["psk", "queue"])
    given = {"psk_identity": "one", "psk_key_hex": "c0ffee"}

    async def run() -> None:
        adapter = CommandAdapter(profile)
        adapter.log_to(tmp_path / "sut.log")
        await adapter.start(launch(sys.executable, "queue", "psk", **given))
        first = adapter.group
        await adapter.reset(launch(sys.executable))
        await adapter.reset(launch(sys.executable, "psk", **given | {"psk_identity": "two"}))
        await adapter.reset(launch(sys.executable, "psk", "queue", **given | {"psk_identity": "three"}))
        assert adapter.group == first, "no other process is needed"
        await adapter.reset(launch(sys.executable, "x509", "psk", **given))
        assert adapter.group != first, "x509 is none of these blocks"
        await adapter.stop()
        adapter.log_to(None)

    asyncio.run(run())
    log = (tmp_path / "sut.log").read_text(encoding="utf-8")
    told = [line.partition('"with": ')[2] for line in log.splitlines() if '"verb": "reset"' in line]
    assert told == [
        "[]}}",
        '["--psk", "two", "[redacted]"]}}',
        '["--queue", "--psk", "three", "[redacted]"]}}',
    ]
    assert "c0ffee" not in log


def test_a_killed_sut_keeps_what_is_in_its_folder_and_can_be_started_again(tmp_path: Path) -> None:
    tables = '[adapter.with]\nstate = ["--state", "{state}"]'
    profile = profile_of(tmp_path, HONEST, (), tables, isolation="reset")
    given = launch(sys.executable, "state", state=str(tmp_path))

    async def run() -> None:
        adapter = CommandAdapter(profile)
        await adapter.start(given)
        first = adapter.group
        stopped = await adapter.kill()
        assert stopped.status == "killed by SIGKILL"
        assert adapter.exited.result() == stopped.status
        assert await adapter.kill() == stopped
        await adapter.start(given)
        assert adapter.group != first
        await adapter.reset(launch(sys.executable))
        assert adapter.group != first
        await adapter.stop()

    asyncio.run(run())


def test_options_are_appended_and_placeholders_filled(tmp_path: Path) -> None:
    program = HONEST.replace("sys.argv[1:]", "sys.argv[1:], __import__('os').environ['EP']")
    tables = """
[adapter.with]
psk = ["--key", "{psk_key_hex}"]
bootstrap = ["--bs"]
[adapter.let]
jar = "{root}/x.jar"
[adapter.env]
EP = "{endpoint}"
"""
    profile = profile_of(tmp_path, program, ("{jar}", '{"a": 1}'), tables)

    async def run() -> str:
        adapter = CommandAdapter(profile)
        with pytest.raises(AdapterUnavailableError, match="start the SUT with x509"):
            await adapter.start(launch(sys.executable, "x509", root="/r"))
        with pytest.raises(AdapterUnavailableError, match=r"uses \{psk_key_hex\} \(PSK in hexadecimal\)"):
            await adapter.start(launch(sys.executable, "psk", root="/r"))
        await adapter.start(launch(sys.executable, "psk", root="/r", psk_key_hex="c0ffee"))
        await adapter.stop()
        return adapter.log.text()

    log = asyncio.run(run())
    assert """started with ['/r/x.jar', '{"a": 1}', '--key', '[redacted]'] dev-1""" in log
    assert "c0ffee" not in repr(launch("python", psk_key_hex="c0ffee"))


def test_a_program_that_does_not_exist(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, "", start=["no-such-program-here"])
    text = str(not_started(profile))
    assert "'no-such-program-here' cannot be executed: No such file or directory" in text
    assert "install it or correct adapter.start" in text


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert "correct adapter.cwd" in str(not_started(profile_of(tmp_path, "", cwd="nowhere")))


def test_a_sut_that_exits_at_once(tmp_path: Path) -> None:
    error = not_started(
        profile_of(tmp_path, "import sys; print('no such option', file=sys.stderr); sys.exit(3)")
    )
    assert "exit status 3 before it was ready" in str(error)
    assert "its last line was: no such option" in str(error)
    assert error.log_tail == ("no such option",)


def test_a_sut_that_crashes_at_once(tmp_path: Path) -> None:
    program = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    assert "killed by SIGSEGV before it was ready" in str(not_started(profile_of(tmp_path, program)))


def test_a_sut_that_never_becomes_ready_leaves_nothing(tmp_path: Path) -> None:
    program = (
        IGNORES_SIGTERM + f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
    )
    profile = profile_of(tmp_path, program + "time.sleep(60)", ready_time=1.5)
    began = time.monotonic()
    assert "within 1.5 s (adapter.ready_time)" in str(not_started(profile))
    assert time.monotonic() - began < 8
    assert not posix.group_alive(int((tmp_path / "pid").read_text()))


def test_a_sut_without_control_is_ready_at_once_and_gets_sigterm(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, "import time; print('up'); time.sleep(60)", control="none")

    async def run() -> None:
        adapter = CommandAdapter(profile)
        ready = await adapter.start(launch(sys.executable))
        assert ready.verbs == frozenset()
        with pytest.raises(UnsupportedVerbError):
            await adapter.trigger("update")
        assert await adapter.next_event("registered", 1) is None
        stopped = await adapter.stop()
        assert (stopped.status, stopped.forced) == ("killed by SIGTERM", False)

    asyncio.run(run())


def test_a_flood_on_both_streams_is_bounded(tmp_path: Path) -> None:
    program = WAITS + (
        "line = 'x' * 999\nfor _ in range(4_300):\n    print(line)\n    print(line, file=sys.stderr)\n"
        "print('y' * 3_000_000)\nprint('{\"event\": \"flooded\"}')\nsys.stdin.read()\n"
    )
    profile = profile_of(tmp_path, program)

    async def run() -> CommandAdapter:
        adapter = CommandAdapter(profile)
        adapter.log_to(tmp_path / "sut.log")
        await adapter.start(launch(sys.executable))
        assert await adapter.next_event("flooded", 20) is not None
        await adapter.stop()
        adapter.log_to(None)
        return adapter

    adapter = asyncio.run(run())
    assert adapter.log.written > 8_600
    assert adapter.log.text().startswith("[")
    assert len(adapter.log.text().splitlines()) == LINES + 1
    size = (tmp_path / "sut.log").stat().st_size
    assert FILE_LIMIT < size + 5000 < FILE_LIMIT + 10_000
    assert "[log cut" in (tmp_path / "sut.log").read_text(encoding="utf-8")[-100:]


def test_a_flood_of_events_is_bounded(tmp_path: Path) -> None:
    program = (
        WAITS
        + 'for n in range(5000):\n    print(\'{"event": "e"}\')\n'
        + 'print(\'{"event": "last"}\')\nsys.stdin.read()'
    )
    profile = profile_of(tmp_path, program)

    async def run() -> None:
        adapter = CommandAdapter(profile)
        await adapter.start(launch(sys.executable))
        assert await adapter.next_event("last", 5) is not None
        assert len(adapter.events) == 1000
        await adapter.stop()

    asyncio.run(run())


def test_a_sut_that_dies_in_the_middle(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, WAITS + "sys.stdin.readline()\nsys.exit(7)")

    async def run() -> None:
        adapter = CommandAdapter(profile)
        await adapter.start(launch(sys.executable))
        waiting = asyncio.create_task(adapter.next_event("registered", 10))
        with pytest.raises(SutExitedError, match="exit status 7"):
            await adapter.trigger("update")
        assert await waiting is None
        assert await adapter.exited == "exit status 7"
        with pytest.raises(SutExitedError, match="exit status 7"):
            await adapter.trigger("update")
        assert (await adapter.stop()).status == "exit status 7"

    asyncio.run(run())


def test_a_verb_without_an_answer(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, WAITS + "sys.stdin.read()", verb_time=0.2)

    async def run() -> None:
        adapter = CommandAdapter(profile)
        await adapter.start(launch(sys.executable))
        with pytest.raises(VerbUnansweredError, match=r"'set' got no answer within 0\.2 s"):
            await adapter.trigger("set", path="/1/0/1")
        await adapter.stop()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"event": "ready", "contract": 2, "verbs": []}', '"contract": 2 in the ready event, expected 1'),
        ('{"event": "ready", "contract": 1, "verbs": "set"}', '"verbs" is no list of strings'),
        ('{"event": "ready", "contract": 1, "uris": []}', '"uris" is no table of strings'),
        ('{"event": ', "a line that is not JSON"),
        ('{"hello": 1}', 'neither "event" nor "id"'),
        ('{"id": 99, "result": {}}', "an answer to a request that was never made"),
        ('{"event": 5}', "an event whose name is no text"),
        ("{" + '"a":{' * 20000, "a line that is not JSON"),
    ],
)
def test_an_adapter_that_breaks_the_contract(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "line").write_text(line, encoding="utf-8")
    program = (
        f"import sys\nprint('booting')\nprint(open({str(tmp_path / 'line')!r}).read())\nsys.stdin.read()"
    )
    profile = profile_of(tmp_path, program)

    async def run() -> None:
        adapter = CommandAdapter(profile)
        with pytest.raises(AdapterError) as caught:
            await adapter.start(launch(sys.executable))
        assert complaint in str(caught.value)
        assert adapter.group is None

    asyncio.run(run())


@pytest.mark.parametrize("answer", ['{"id": 1}', '{"id": 1, "result": 5}', '{"id": 1, "error": 5}'])
def test_an_answer_that_is_none(tmp_path: Path, answer: str) -> None:
    profile = profile_of(tmp_path, WAITS + f"sys.stdin.readline()\nprint('{answer}')\nsys.stdin.read()")

    async def run() -> None:
        adapter = CommandAdapter(profile)
        await adapter.start(launch(sys.executable))
        with pytest.raises(AdapterError, match='an answer with no "result" table'):
            await adapter.trigger("update")
        await adapter.stop()

    asyncio.run(run())


def test_a_refused_reset_is_the_adapters_lie(tmp_path: Path) -> None:
    program = HONEST.replace('verb == "reset"', 'verb == "other"')
    profile = profile_of(tmp_path, program, isolation="reset")

    async def run() -> None:
        adapter = CommandAdapter(profile)
        await adapter.start(launch(sys.executable))
        with pytest.raises(AdapterError, match=r'set adapter\.isolation = "process"'):
            await adapter.reset(launch(sys.executable))
        await adapter.stop()

    asyncio.run(run())
