"""Adapter for a SUT that runs already and is left as it is."""

import asyncio
from pathlib import Path
from typing import Any

from conformance.sut.adapter import AdapterUnavailableError, Launch, Ready, Stopped, UnsupportedVerbError
from conformance.sut.log import SutLog
from conformance.sut.profile import Profile


class AttachAdapter:
    """Starts, stops and resets nothing; the first message of the SUT shows that it is there."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.log = SutLog(profile.ixit.secrets())
        self.events: list[dict[str, Any]] = []
        self._exited: asyncio.Future[str] | None = None

    @property
    def exited(self) -> asyncio.Future[str]:
        """Never done: nobody here can see the SUT end."""
        if self._exited is None:
            self._exited = asyncio.get_running_loop().create_future()
        return self._exited

    @property
    def group(self) -> None:
        return None

    def log_to(self, path: Path | None) -> None:
        self.log.to_file(path)

    async def start(self, launch: Launch) -> Ready:
        if options := launch.options - self.profile.held:
            needed = ", ".join(sorted(options))
            raise AdapterUnavailableError(f"the SUT is not started by the suite, so not with {needed}")
        self._exited = None
        ixit = self.profile.ixit
        uris = {"coap": ixit.coap_uri, "coaps": ixit.coaps_uri}
        return Ready(uris={scheme: uri for scheme, uri in uris.items() if uri is not None})

    async def stop(self) -> Stopped:
        return Stopped("left running: the suite did not start it")

    async def kill(self) -> Stopped:
        raise AdapterUnavailableError(f"a SUT of kind {self.profile.adapter.kind} cannot be killed")

    async def reset(self, launch: Launch) -> Ready:
        raise AdapterUnavailableError(f"a SUT of kind {self.profile.adapter.kind} cannot be reset")

    async def trigger(self, verb: str, **args: Any) -> dict[str, Any]:
        raise UnsupportedVerbError(verb)

    async def next_event(self, name: str, limit: float) -> None:
        return None
