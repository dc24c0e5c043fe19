"""The adapter check: proves that an adapter does what it says, before any verdict rests on it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from conformance.sut import posix
from conformance.sut.adapter import (
    Adapter,
    Launch,
    Ready,
    Stopped,
    SutError,
    UnsupportedVerbError,
    VerbFailedError,
)
from conformance.sut.adapters import open_adapter
from conformance.sut.profile import Profile

VERBS: Final = {
    "device": frozenset(
        {"set", "update", "deregister", "send", "bootstrap", "offline", "sms", "reset", "quit"}
    ),
    "server": frozenset(
        {
            *("read", "write", "execute", "create", "delete", "discover", "observe", "cancel"),
            *("write-attributes", "read-composite", "write-composite", "observe-composite"),
            *("registrations", "credential", "reset", "quit"),
        }
    ),
    "bootstrap-server": frozenset({"provision", "forget", "credential", "reset", "quit"}),
}
"""The verbs that the contract knows, by role."""

_NOT_PROVOKED: Final = frozenset({"credential", "reset", "quit"})
"""Verbs that are not tried: of a server that was started without security, `credential` is not supported."""
_LIVES: Final = 2


class Probe(Protocol):
    """What the check sees of a device over LwM2M, at the launch's ``server_uri``."""

    async def registered(self, limit: float) -> str | None:
        """Endpoint name of the next Register that arrives; None when none comes within ``limit`` seconds."""
        ...


class ServerProbe(Protocol):
    """What the check does with a server over LwM2M, at the address that it reported."""

    async def registers(self, uri: str, name: str) -> tuple[str, ...] | None:
        """Location of a right registration under a name; None where it is not accepted."""
        ...

    async def is_known(self, uri: str, location: tuple[str, ...]) -> bool:
        """Whether an Update at a location is accepted."""
        ...


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``text`` says what was seen and, if not ok, what to do."""

    id: str
    ok: bool
    text: str


async def check_adapter(
    profile: Profile,
    new_launch: Callable[[], Launch],
    probe: Probe | None = None,
    server_probe: ServerProbe | None = None,
) -> list[Finding]:
    """Exercise the adapter of a profile: two lives, resets, a verb that does not exist, every claimed verb.

    ``new_launch`` gives another endpoint name each time. Without a probe the SUT is not watched over LwM2M.
    """
    return await _Check(profile, open_adapter(profile), new_launch, probe, server_probe).run()


class _Check:
    def __init__(
        self,
        profile: Profile,
        adapter: Adapter,
        new_launch: Callable[[], Launch],
        probe: Probe | None,
        server_probe: ServerProbe | None,
    ) -> None:
        self.profile = profile
        self.adapter = adapter
        self.new_launch = new_launch
        self.probe = probe if profile.sut.role == "device" else None
        self.server_probe = server_probe
        self.ready = Ready()
        self.location: tuple[str, ...] | None = None
        self.findings: list[Finding] = []

    def found(self, name: str, ok: bool, text: str) -> None:
        self.findings.append(Finding(name, ok, text))

    async def run(self) -> list[Finding]:
        try:
            for life in range(1, _LIVES + 1 if self.profile.adapter.ours else 2):
                if not await self._live(life):
                    break
        finally:
            await self.adapter.stop()
        return self.findings

    async def _live(self, life: int) -> bool:
        launch = self.new_launch()
        try:
            self.ready = ready = await self.adapter.start(launch)
        except SutError as error:
            self.found(f"start.{life}", False, str(error))
            return False
        self.found(f"start.{life}", True, f"ready, contract {ready.contract}")
        await self._registers(f"start.{life}.registers", launch)
        if self.profile.adapter.control != "none":
            await self._unknown_verb(life)
            if life == 1:
                self._listed(ready)
            if self.profile.isolation == "reset":
                await self._resets(life)
            if life == _LIVES:
                await self._claimed(ready)
        await self._stops(life)
        return True

    async def _registers(self, name: str, launch: Launch) -> None:
        """The next Register must carry the launch's endpoint name: another one leaks from an earlier life."""
        if self.profile.sut.role != "device":
            await self._serves(name.removesuffix(".registers"), launch)
        if self.probe is None:
            return
        wanted = launch.values["endpoint"]
        seen = await self.probe.registered(self.profile.adapter.ready_time)
        if seen is None:
            limit = self.profile.adapter.ready_time
            self.found(name, False, f"no Register from {wanted!r} within {limit:g} s; check {{server_uri}}")
        elif seen != wanted:
            self.found(name, False, f"registered as {seen!r}, expected {wanted!r}; use {{endpoint}} in start")
        else:
            self.found(name, True, f"registered as {wanted!r}")

    async def _serves(self, name: str, launch: Launch) -> None:
        """A server says where it listens, accepts a device there, and knows none of an earlier life."""
        uri = self.ready.uris.get("coap") or self.profile.ixit.coap_uri
        if uri is None:
            hint = 'report "uris": {"coap": "coap://HOST:PORT"} in the ready event, or give ixit.coap_uri'
            self.found(f"{name}.address", False, f"nobody says where it listens; {hint}")
            return
        self.found(f"{name}.address", True, uri)
        if self.server_probe is None:
            return
        if self.location is not None:
            leaked = await self.server_probe.is_known(uri, self.location)
            where = "/" + "/".join(self.location)
            text = f"the registration {where} of an earlier life is still known; forget it"
            self.found(f"{name}.forgets", not leaked, text if leaked else f"{where} is forgotten")
        self.location = await self.server_probe.registers(uri, launch.values["endpoint"])
        text = "accepts a right Register" if self.location else f"no 2.01 to a right Register at {uri}"
        self.found(f"{name}.serves", self.location is not None, text)

    async def _unknown_verb(self, life: int) -> None:
        verb = f"x-{secrets.token_hex(4)}"
        name = f"verb.unknown.{life}"
        try:
            result = await self.adapter.trigger(verb)
        except UnsupportedVerbError:
            self.found(name, True, f"{verb!r} is answered unsupported")
        except SutError as error:
            self.found(name, False, f'{verb!r} must be answered {{"unsupported": …}}: {error}')
        else:
            self.found(name, False, f"{verb!r} does not exist, but was answered with the result {result!r}")

    def _listed(self, ready: Ready) -> None:
        unknown = sorted(ready.verbs - VERBS[self.profile.sut.role])
        names = ", ".join(unknown) or ", ".join(sorted(ready.verbs)) or "none"
        text = f"verbs that the contract does not know: {names}" if unknown else f"verbs: {names}"
        self.found("verbs.known", not unknown, text)
        if self.profile.isolation == "reset" and "reset" not in ready.verbs:
            self.found("verbs.reset", False, 'isolation = "reset", but the ready event does not list reset')

    async def _resets(self, life: int) -> None:
        for number in (1, 2):
            name = f"reset.{life}.{number}"
            launch = self.new_launch()
            try:
                self.ready = await self.adapter.reset(launch)
            except SutError as error:
                self.found(name, False, str(error))
                return
            self.found(name, True, "answered")
            await self._registers(f"{name}.registers", launch)
        if self.profile.adapter.reset_with:
            await self._takes_arguments(f"reset.{life}.with")

    async def _takes_arguments(self, name: str) -> None:
        """A program that takes arguments with `reset` reads them: it refuses one that does not exist."""
        argument = f"--x-{secrets.token_hex(4)}"
        try:
            await self.adapter.trigger("reset", **{"with": [argument]})
        except VerbFailedError as error:
            self.found(name, True, f"refused: {error}")
        except SutError as error:
            self.found(name, False, f"a reset with {argument!r} must be answered with an error: {error}")
        else:
            hint = "read them, or take adapter.reset_with out of the profile"
            self.found(
                name, False, f"a reset with {argument!r} was carried out: it ignores arguments; {hint}"
            )

    async def _claimed(self, ready: Ready) -> None:
        """Ask every claimed verb without arguments: it may fail, not be unsupported, and not end the SUT."""
        for verb in sorted(ready.verbs - _NOT_PROVOKED):
            name = f"verb.{verb}"
            try:
                await self.adapter.trigger(verb)
            except UnsupportedVerbError:
                self.found(name, False, f"{verb!r} is listed in the ready event, but answered unsupported")
            except VerbFailedError as error:
                self.found(name, True, f"answered: {error}")
            except SutError as error:
                self.found(name, False, f"{verb!r} without arguments must be answered with an error: {error}")
                return
            else:
                self.found(name, True, "answered with a result")

    async def _stops(self, life: int) -> None:
        group = self.adapter.group
        stopped = await self.adapter.stop()
        self._ended(f"stop.{life}", stopped, group)
        try:
            await self.adapter.stop()
        except SutError as error:
            self.found(f"stop.{life}.again", False, f"a second stop must do no harm: {error}")
        else:
            self.found(f"stop.{life}.again", True, "a second stop does no harm")

    def _ended(self, name: str, stopped: Stopped, group: int | None) -> None:
        limit = self.profile.adapter.stop_time
        if stopped.forced:
            how = f"it did not end within {limit:g} s of {self.profile.stop}; see adapter.stop, stop_time"
            self.found(name, False, f"{how} ({stopped.status})")
        else:
            self.found(name, True, stopped.status)
        if group is None:
            return
        if stopped.left or posix.group_alive(group):
            text = f"{stopped.left or 'some'} processes of the SUT outlived it and had to be killed"
            self.found(f"{name}.nothing_left", False, f"{text}; let it wait for its children")
        else:
            self.found(f"{name}.nothing_left", True, "no process is left")
