"""Adapter for a SUT that is a program on this machine."""

import asyncio
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from conformance.sut import placeholders
from conformance.sut.adapter import (
    AdapterError,
    AdapterUnavailableError,
    Launch,
    Ready,
    Stopped,
    SutExitedError,
    SutNotStartedError,
    UnsupportedVerbError,
)
from conformance.sut.control import Control
from conformance.sut.log import SutLog
from conformance.sut.process import OnLine, SutProcess
from conformance.sut.profile import Profile

_RESET_ARGUMENTS = ("server_uri", "endpoint", "lifetime", "lwm2m")
_RESET_OPTIONS = frozenset({"bootstrap"})
"""What every reset can add to how the SUT was started; arguments of its start would outlive a reset."""
_OUTLIVING_OPTIONS = frozenset({"psk", "rpk", "x509", "oscore"})
"""Options whose arguments, credentials of one case, must not outlive it: where ``adapter.reset_with`` does
not name them, only a new start has new ones."""


class CommandAdapter:
    """Starts the program of ``[adapter] start`` under a guardian, and speaks JSON lines if told so."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.log = SutLog(profile.ixit.secrets())
        self.events: list[dict[str, Any]] = []
        self._process: SutProcess | None = None
        self._control: Control | None = None
        self._options: frozenset[str] = frozenset()
        self._ready = Ready()
        self._stopped = Stopped("not started")

    @property
    def exited(self) -> asyncio.Future[str]:
        if self._process is None:
            ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            ended.set_result(self._stopped.status)
            return ended
        return self._process.exited

    @property
    def group(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def log_to(self, path: Path | None) -> None:
        self.log.to_file(path)

    async def start(self, launch: Launch) -> Ready:
        if self._process is not None:
            await self.stop()
        settings = self.profile.adapter
        command, env = self._command(launch), self._env(launch)
        self.log.hide(launch.secrets())
        stdout: OnLine = self._line
        if settings.control == "json-lines":
            self._control = Control(self._send)
            self.events = self._control.events
            stdout = self._printed
        self._options = launch.options
        self._process = await SutProcess.start(command, self.profile.cwd, env, stdout, self._line)
        self._process.exited.add_done_callback(self._ended)
        try:
            self._ready = await self._until_ready(self._process)
        except BaseException:
            await self._end(self._process, grace=0)
            raise
        return self._ready

    async def _until_ready(self, process: SutProcess) -> Ready:
        if self._control is None:
            uris = {"coap": self.profile.ixit.coap_uri, "coaps": self.profile.ixit.coaps_uri}
            return Ready(uris={scheme: uri for scheme, uri in uris.items() if uri is not None})
        limit = self.profile.adapter.ready_time
        try:
            return await asyncio.wait_for(asyncio.shield(self._control.ready), limit)
        except TimeoutError:
            reason = f'no {{"event": "ready", …}} line on its stdout within {limit:g} s (adapter.ready_time)'
            raise SutNotStartedError(reason, self.log.tail()) from None
        except SutExitedError as error:
            raise SutNotStartedError(f"{error.status} before it was ready", self.log.tail()) from None

    async def stop(self) -> Stopped:
        process = self._process
        if process is None:
            return self._stopped
        match self.profile.stop:
            case "close-stdin":
                process.close_stdin()
            case "sigterm":
                process.terminate()
            case "sigkill":
                process.kill()
        return await self._end(process, self.profile.adapter.stop_time)

    async def kill(self) -> Stopped:
        if self._process is None:
            return self._stopped
        self._process.kill()
        return await self._end(self._process, self.profile.adapter.stop_time)

    async def _end(self, process: SutProcess, grace: float) -> Stopped:
        try:
            forced, left = await process.end(grace)
            self._stopped = Stopped(process.exited.result(), forced, left)
        finally:
            self._process = self._control = None
        return self._stopped

    async def reset(self, launch: Launch) -> Ready:
        isolation = self.profile.isolation
        if isolation == "none":
            raise AdapterUnavailableError('the SUT cannot be reset (adapter.isolation = "none")')
        ended = self._process is None or self._process.exited.done()
        if isolation == "process" or ended or self._control is None or not self._can_reset_to(launch):
            await self.stop()
            return await self.start(launch)
        self._require_options(launch)
        args = self._reset_arguments(launch) if self.profile.sut.role == "device" else {}
        if carried := self._carried:
            args["with"] = self._arguments_with(launch.options & carried, self._values(launch))
        self.log.hide(launch.secrets())
        self._control.forget_events()
        try:
            result = await self.trigger("reset", **args)
        except UnsupportedVerbError:
            hint = 'set adapter.isolation = "process"'
            raise AdapterError(
                f'the profile says isolation = "reset", the adapter refuses it; {hint}'
            ) from None
        uris = result.get("uris")
        if isinstance(uris, Mapping):
            still = {} if self._carried else self._ready.uris
            self._ready = Ready(self._ready.contract, self._ready.verbs, {**still, **uris})
        return self._ready

    @property
    def _carried(self) -> frozenset[str]:
        """Options whose arguments the verb ``reset`` takes."""
        return frozenset(self.profile.adapter.reset_with)

    def _can_reset_to(self, launch: Launch) -> bool:
        """Whether a reset is enough to get from how the SUT was started to how the case needs it."""
        started, wanted = self._options - self._carried, launch.options - self._carried
        if (started | wanted) & _OUTLIVING_OPTIONS:
            return False
        return started <= wanted <= started | _RESET_OPTIONS

    def _reset_arguments(self, launch: Launch) -> dict[str, Any]:
        values = launch.values
        args: dict[str, Any] = {name: values[name] for name in _RESET_ARGUMENTS if name in values}
        args["bootstrap_uri"] = values.get("bootstrap_uri", "") if "bootstrap" in launch.options else ""
        if "lifetime" in args:
            args["lifetime"] = int(args["lifetime"])
        return args

    async def trigger(self, verb: str, **args: Any) -> dict[str, Any]:
        if self._process is None:
            raise SutExitedError(self._stopped.status)
        if self._control is None:
            raise UnsupportedVerbError(verb)
        seconds = args.get("seconds", 0)
        extra = float(seconds) if isinstance(seconds, int | float) else 0.0
        return await self._control.ask(verb, args, self.profile.adapter.verb_time + extra)

    async def next_event(self, name: str, limit: float) -> dict[str, Any] | None:
        return await self._control.next_event(name, limit) if self._control is not None else None

    def _line(self, text: str) -> None:
        """A line that the program printed and that is not for the control."""
        self.log.line(text)

    def _send(self, line: str) -> None:
        if self._process is not None:
            self.log.line(f"> {line}")
            self._process.write(line)

    def _printed(self, line: str) -> None:
        taken = self._control is not None and self._control.line(line)
        self.log.line(f"< {line}" if taken else line)

    def _ended(self, exited: "asyncio.Future[str]") -> None:
        if self._control is not None and self._process is not None and self._process.exited is exited:
            self._control.over(SutExitedError(exited.result()))

    def _command(self, launch: Launch) -> list[str]:
        settings = self.profile.adapter
        self._require_options(launch)
        values = self._values(launch)
        program, *rest = [self._expand(argument, values) for argument in settings.start]
        rest += self._arguments_with(launch.options, values)
        if os.sep in program and not os.path.isabs(program):
            program = str(self.profile.path.parent / program)
        return [program, *rest]

    def _arguments_with(self, options: Collection[str], values: Mapping[str, str]) -> list[str]:
        """What the blocks of ``[adapter.with]`` add to the start, in the order of the profile."""
        blocks = self.profile.adapter.options.items()
        return [self._expand(text, values) for name, texts in blocks if name in options for text in texts]

    def _require_options(self, launch: Launch) -> None:
        missing = sorted(launch.options - self.profile.adapter.options.keys())
        if missing:
            raise AdapterUnavailableError(
                f"the profile does not say how to start the SUT with {', '.join(missing)}"
            )

    def _env(self, launch: Launch) -> dict[str, str]:
        values = self._values(launch)
        return {name: self._expand(text, values) for name, text in self.profile.adapter.env.items()}

    def _values(self, launch: Launch) -> dict[str, str]:
        own = {name: self._expand(text, launch.values) for name, text in self.profile.adapter.let.items()}
        return {**own, **launch.values}

    def _expand(self, text: str, values: Mapping[str, str]) -> str:
        try:
            return placeholders.expand(text, values)
        except placeholders.MissingValueError as error:
            meaning = placeholders.KNOWN.get(error.name, "")
            where = self.profile.path.name
            reason = f"{where} uses {{{error.name}}} ({meaning}), which this case does not give"
            raise AdapterUnavailableError(reason) from None
