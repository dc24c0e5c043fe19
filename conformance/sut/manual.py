"""Adapter for a SUT that a person starts and stops at the suite's request."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from conformance.sut.adapter import Launch, Ready, Stopped, SutNotStartedError, VerbFailedError
from conformance.sut.attach import AttachAdapter
from conformance.sut.placeholders import SECRET
from conformance.sut.profile import Profile


def ask_on_terminal(instruction: str) -> str:
    """Show an instruction and read one line; raises EOFError where no person can answer."""
    if not sys.stdin.isatty():
        raise EOFError("no terminal")
    return input(f"{instruction}\n[Enter] done, or say why not: ")


class ManualAdapter(AttachAdapter):
    """Asks a person; an empty answer means done, anything else is why it could not be done."""

    def __init__(self, profile: Profile, ask: Callable[[str], str]) -> None:
        super().__init__(profile)
        self._ask = ask
        self._started = False

    async def _told(self, instruction: str) -> str:
        self.log.line(instruction)
        try:
            answer = (await asyncio.to_thread(self._ask, instruction)).strip()
        except EOFError:
            answer = "nobody is there to answer: run in a terminal, or use another adapter kind"
        self.log.line(f"answer: {answer or 'done'}")
        return answer

    async def start(self, launch: Launch) -> Ready:
        values = ", ".join(f"{name} {value}" for name, value in launch.values.items() if name not in SECRET)
        extra = f" and {', '.join(sorted(launch.options))}" if launch.options else ""
        refusal = await self._told(f"Start {self.profile.sut.name} with {values}{extra}.")
        if refusal:
            raise SutNotStartedError(refusal)
        self._started = True
        return await super().start(Launch(launch.values))

    async def stop(self) -> Stopped:
        if not self._started:
            return Stopped("not started")
        refusal = await self._told(f"Stop {self.profile.sut.name}.")
        self._started = bool(refusal)
        return Stopped(refusal or "stopped by a person")

    async def trigger(self, verb: str, **args: Any) -> dict[str, Any]:
        refusal = await self._told(f"On {self.profile.sut.name}: {verb} {json.dumps(args)}")
        if refusal:
            raise VerbFailedError(verb, "refused", refusal)
        return {}
