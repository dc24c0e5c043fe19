"""The adapter check finds what is dishonest, and nothing in an honest adapter; the other kinds of adapter."""

import asyncio
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from conformance.sut.adapter import (
    AdapterUnavailableError,
    Launch,
    SutNotStartedError,
    UnsupportedVerbError,
    VerbFailedError,
)
from conformance.sut.adapters import open_adapter
from conformance.sut.check import Finding, check_adapter
from conformance.sut.profile import Profile, load_profile
from tests.sut.peers import HONEST, READY, launch, profile_of


class Register:
    """Plays the tester's server: sees the endpoints that were launched, or an old one."""

    def __init__(self, stale_after: int | None = None) -> None:
        self.launched: list[str] = []
        self.stale_after = stale_after

    def new_launch(self) -> Launch:
        self.launched.append(f"dev-{len(self.launched)}")
        return launch(sys.executable, endpoint=self.launched[-1])

    async def registered(self, limit: float) -> str | None:
        stale = self.stale_after is not None and len(self.launched) > self.stale_after
        return self.launched[0] if stale else self.launched[-1]


class Silent(Register):
    async def registered(self, limit: float) -> str | None:
        return None


def check(profile: Profile, probe: Register | None = None) -> list[Finding]:
    probe = probe or Register()
    return asyncio.run(check_adapter(profile, probe.new_launch, probe))


def bad(findings: list[Finding]) -> dict[str, str]:
    return {finding.id: finding.text for finding in findings if not finding.ok}


def test_nothing_is_found_in_an_honest_adapter(tmp_path: Path) -> None:
    findings = check(profile_of(tmp_path, HONEST, isolation="reset"))
    assert bad(findings) == {}
    looked_at = {finding.id for finding in findings}
    assert looked_at >= {
        *(
            "start.1",
            "start.2",
            "start.1.registers",
            "verb.unknown.1",
            "verbs.known",
            "verb.set",
            "verb.update",
        ),
        *("reset.1.1", "reset.1.2.registers", "stop.1", "stop.2", "stop.1.again", "stop.1.nothing_left"),
    }


LIES = [
    (HONEST.replace("unsupported=verb", "result={}"), "verb.unknown.1", "does not exist, but was answered"),
    (
        HONEST.replace('verb == "update"', 'verb == "upd"'),
        "verb.update",
        "listed in the ready event, but answered",
    ),
    (HONEST.replace('verb == "update"', "sys.exit(1)"), "verb.unknown.1", "the SUT ended: exit status 1"),
    (HONEST.replace('"update"]', '"upgrade"]'), "verbs.known", "does not know: upgrade"),
    (HONEST.replace('"reset", ', ""), "verbs.reset", "does not list reset"),
    (HONEST.replace('verb == "reset"', 'verb == "rst"'), "reset.1.1", "the adapter refuses it"),
    (HONEST.replace("contract=1", "contract=2"), "start.1", '"contract": 2'),
    (HONEST + "    __import__('time').sleep(30)\n", "stop.1", "did not end within 0.4 s of close-stdin"),
    (HONEST.replace('"value" not in args', "args['value']"), "verb.set", "must be answered with an error"),
]


@pytest.mark.parametrize(("program", "name", "text"), LIES, ids=[name for _, name, _ in LIES])
def test_lies_are_found(tmp_path: Path, program: str, name: str, text: str) -> None:
    stop_time = 0.4 if name == "stop.1" else 5.0
    if name == "stop.1":
        program = HONEST.rstrip() + "\n    import time; time.sleep(30)\n"
    found = bad(check(profile_of(tmp_path, program, isolation="reset", stop_time=stop_time)))
    assert name in found, found
    assert text in found[name]


def test_a_program_that_ignores_the_arguments_of_a_reset(tmp_path: Path) -> None:
    program = HONEST.replace('args["endpoint"]', 'args.get("endpoint")')
    profile = profile_of(
        tmp_path, program, (), "[adapter.with]\npsk = []", isolation="reset", reset_with=["psk"]
    )
    found = bad(check(profile))
    assert found.keys() == {"reset.1.with", "reset.2.with"}
    assert "was carried out: it ignores arguments" in found["reset.1.with"]


def test_a_sut_that_leaves_children_behind(tmp_path: Path) -> None:
    program = (
        HONEST.rstrip()
        + "\n    import subprocess; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)'])\n"
    )
    found = bad(check(profile_of(tmp_path, program)))
    assert "1 processes of the SUT outlived it" in found["stop.1.nothing_left"]


def test_a_sut_that_keeps_its_old_endpoint(tmp_path: Path) -> None:
    found = bad(check(profile_of(tmp_path, HONEST, isolation="reset"), Register(stale_after=1)))
    assert found["reset.1.1.registers"] == "registered as 'dev-0', expected 'dev-1'; use {endpoint} in start"


def test_a_sut_that_never_registers(tmp_path: Path) -> None:
    found = bad(check(profile_of(tmp_path, HONEST), Silent()))
    assert "no Register from 'dev-0' within 10 s" in found["start.1.registers"]


def other_kind(folder: Path, adapter: str) -> Profile:
    file = folder / "sut.toml"
    text = f'[sut]\nname = "T"\nrole = "server"\nlwm2m = ["1.1"]\n[adapter]\n{adapter}\n'
    file.write_text(text + '[ixit]\ncoap_uri = "coap://127.0.0.1:9"\n', encoding="utf-8")
    return load_profile(file)


def test_attach_starts_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        adapter = open_adapter(other_kind(tmp_path, 'kind = "attach"'))
        assert (await adapter.start(launch("python"))).uris == {"coap": "coap://127.0.0.1:9"}
        assert not adapter.exited.done()
        assert adapter.group is None
        with pytest.raises(UnsupportedVerbError):
            await adapter.trigger("read")
        with pytest.raises(AdapterUnavailableError, match="cannot be reset"):
            await adapter.reset(launch("python"))
        with pytest.raises(AdapterUnavailableError, match="not with psk"):
            await adapter.start(launch("python", "psk"))
        assert "left running" in (await adapter.stop()).status

    asyncio.run(run())
    assert bad(check(other_kind(tmp_path, 'kind = "attach"'))) == {}


def test_manual_asks_a_person(tmp_path: Path) -> None:
    asked: list[str] = []
    answers = iter(["", "", "the button is stuck", "", "no"])

    def person(instruction: str) -> str:
        asked.append(instruction)
        return next(answers)

    async def run() -> None:
        adapter = open_adapter(other_kind(tmp_path, 'kind = "manual"'), person)
        await adapter.start(launch("python", "psk", psk_key_hex="c0ffee"))
        assert await adapter.trigger("read", path="/3/0") == {}
        with pytest.raises(VerbFailedError, match="the button is stuck"):
            await adapter.trigger("read", path="/3/0")
        assert (await adapter.stop()).status == "stopped by a person"
        assert (await adapter.stop()).status == "not started"
        with pytest.raises(SutNotStartedError, match="no"):
            await adapter.start(launch("python"))

    asyncio.run(run())
    assert asked[0].startswith("Start T with python python, endpoint dev-1 and psk")
    assert "c0ffee" not in "".join(asked)


class Container:
    """A container that prints two lines and runs until it is stopped."""

    def __init__(self) -> None:
        import threading

        self.stopped = threading.Event()
        self.removed = 0

    def logs(self, **_options: bool) -> object:
        yield b"up\r\n"
        self.stopped.wait(5)
        yield b"down\n"

    def wait(self) -> dict[str, int]:
        return {"StatusCode": 0}

    def stop(self, timeout: int) -> None:
        self.stopped.set()

    def remove(self, force: bool) -> None:
        self.removed += 1


def test_docker_runs_and_removes_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[object, ...]] = []
    containers = [Container(), Container()]
    number = count()

    class Engine:
        class containers:  # noqa: N801
            @staticmethod
            def run(image: str, command: list[str], **options: object) -> Container:
                started.append((image, command, options["environment"]))
                return containers[next(number)]

    monkeypatch.setattr("docker.from_env", Engine)
    settings = 'kind = "docker"\nimage = "x:1"\nstart = ["--ep", "{endpoint}"]\nenv = { EP = "{endpoint}" }'

    async def run() -> None:
        adapter = open_adapter(other_kind(tmp_path, settings))
        await adapter.start(launch("python"))
        await adapter.reset(launch("python", endpoint="dev-2"))
        assert not adapter.exited.done()
        assert (await adapter.stop()).status == "exit status 0"
        assert (await adapter.stop()).status == "exit status 0"
        assert adapter.log.text().split() == ["up", "down"] * 2

    asyncio.run(run())
    assert started == [("x:1", ["--ep", name], {"EP": name}) for name in ("dev-1", "dev-2")]
    assert [container.removed for container in containers] == [1, 1]


def test_no_container_engine_is_not_applicable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    adapter = open_adapter(other_kind(tmp_path, 'kind = "docker"\nimage = "x:1"'))
    with pytest.raises(AdapterUnavailableError, match="no container engine can be reached"):
        asyncio.run(adapter.start(launch("python")))


def test_ready_of_the_contract_is_what_the_peers_send() -> None:
    assert READY.startswith('{"event": "ready", "contract": 1')


class Serving(Register):
    """Plays a device at a server that may remember what it should have forgotten."""

    def __init__(self, *, accepts: bool = True, leaks: bool = False) -> None:
        super().__init__()
        self.accepts = accepts
        self.leaks = leaks

    async def registers(self, uri: str, name: str) -> tuple[str, ...] | None:
        return ("rd", name) if self.accepts else None

    async def is_known(self, uri: str, location: tuple[str, ...]) -> bool:
        return self.leaks


def check_server(tmp_path: Path, probe: Serving, program: str = HONEST) -> dict[str, str]:
    given = profile_of(tmp_path, program)
    sut = given.sut.model_copy(update={"role": "server"})
    found = asyncio.run(check_adapter(replace(given, sut=sut), probe.new_launch, server_probe=probe))
    return {name: text for name, text in bad(found).items() if name != "verbs.known"}


def test_a_server_is_looked_at_over_lwm2m(tmp_path: Path) -> None:
    assert check_server(tmp_path, Serving()) == {}
    leaking = check_server(tmp_path, Serving(leaks=True))
    assert set(leaking) == {"start.2.forgets"}
    deaf = check_server(tmp_path, Serving(accepts=False))
    assert deaf["start.1.serves"] == "no 2.01 to a right Register at coap://127.0.0.1:1"
    hidden = check_server(tmp_path, Serving(), HONEST.replace('{"coap": "coap://127.0.0.1:1"}', "{}"))
    assert hidden["start.1.address"].startswith("nobody says where it listens")
