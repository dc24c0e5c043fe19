"""Tiny SUT programs, right ones and bad ones, and profiles that start them."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

from conformance.sut import posix
from conformance.sut.adapter import Launch
from conformance.sut.profile import Profile, load_profile

READY = '{"event": "ready", "contract": 1, "verbs": ["set", "reset"], "uris": {"coap": "coap://127.0.0.1:1"}}'

IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
WAITS = f"import sys, time\nprint('''{READY}''')\n"

HONEST = """
    import json, sys
    def say(**message):
        print(json.dumps(message), flush=True)
    say(event="ready", contract=1, verbs=["set", "reset", "update"], uris={"coap": "coap://127.0.0.1:1"})
    print("started with", sys.argv[1:], file=sys.stderr, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        verb, args = request["verb"], request["args"]
        if verb == "set" and "value" not in args:
            say(id=request["id"], error="bad-arguments", detail="no value")
        elif verb == "set":
            say(event="changed", path=args["path"])
            say(id=request["id"], result={"value": args["value"]})
        elif verb == "reset":
            say(event="registered", endpoint=args["endpoint"])
            say(id=request["id"], result={"uris": {"coap": "coap://127.0.0.1:2"}})
        elif verb == "update":
            say(id=request["id"], result={})
        else:
            say(id=request["id"], unsupported=verb)
"""


def profile_of(
    folder: Path, program: str, arguments: tuple[str, ...] = (), tables: str = "", **adapter: object
) -> Profile:
    """A profile that starts a Python program; ``adapter`` are further keys of ``[adapter]``."""
    script = folder / "sut.py"
    script.write_text(dedent(program), encoding="utf-8")
    keys = {
        "kind": "command",
        "start": ["{python}", "-u", str(script), *arguments],
        "control": "json-lines",
        "ready_time": 10.0,
        "stop_time": 5.0,
        **adapter,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in keys.items()]
    file = folder / "sut.toml"
    file.write_text(
        "\n".join(['[sut]\nname = "T"\nrole = "device"\nlwm2m = ["1.1"]\n[adapter]', *lines, tables]),
        encoding="utf-8",
    )
    return load_profile(file)


def launch(python: str, *options: str, **values: str) -> Launch:
    given: Mapping[str, str] = {"python": python, "endpoint": "dev-1", **values}
    return Launch(given, frozenset(options))


async def until_gone(pid: int) -> None:
    """Wait for the end of a process that is nobody's child here: nothing but looking can tell."""
    await until(lambda: not posix.group_alive(pid))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
