"""Adapter for a SUT in a container, by the Docker SDK."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.sut import placeholders
from conformance.sut.adapter import (
    AdapterUnavailableError,
    Launch,
    Ready,
    Stopped,
    SutNotStartedError,
    UnsupportedVerbError,
)
from conformance.sut.log import SutLog
from conformance.sut.profile import Profile

if TYPE_CHECKING:
    from docker.models.containers import Container


class DockerAdapter:
    """Runs ``[adapter] image`` with ``start`` as its command, on the network of the host."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.log = SutLog(profile.ixit.secrets())
        self.events: list[dict[str, Any]] = []
        self._container: Container | None = None
        self._watch: asyncio.Task[None] | None = None
        self._exited: asyncio.Future[str] | None = None
        self._stopped = Stopped("not started")

    @property
    def exited(self) -> asyncio.Future[str]:
        if self._exited is None:
            self._exited = asyncio.get_running_loop().create_future()
        return self._exited

    @property
    def group(self) -> None:
        return None

    def log_to(self, path: Path | None) -> None:
        self.log.to_file(path)

    async def start(self, launch: Launch) -> Ready:
        await self.stop()
        settings = self.profile.adapter
        missing = sorted(launch.options - settings.options.keys())
        if missing:
            raise AdapterUnavailableError(
                f"the profile does not say how to start the SUT with {', '.join(missing)}"
            )
        self.log.hide(launch.secrets())
        own = {name: placeholders.expand(text, launch.values) for name, text in settings.let.items()}
        values = {**own, **launch.values}
        try:
            chosen = [more for name, more in settings.options.items() if name in launch.options]
            command = [placeholders.expand(text, values) for text in sum(chosen, list(settings.start))]
            env = {name: placeholders.expand(text, values) for name, text in settings.env.items()}
        except placeholders.MissingValueError as error:
            raise AdapterUnavailableError(f"this case does not give {{{error.name}}}") from None
        self._exited = asyncio.get_running_loop().create_future()
        self._container = await asyncio.to_thread(self._run, command, env)
        self._watch = asyncio.create_task(self._follow(self._container, self._exited))
        ixit = self.profile.ixit
        uris = {"coap": ixit.coap_uri, "coaps": ixit.coaps_uri}
        return Ready(uris={scheme: uri for scheme, uri in uris.items() if uri is not None})

    def _run(self, command: list[str], env: dict[str, str]) -> "Container":
        import docker
        from docker.errors import APIError, DockerException, ImageNotFound

        image = self.profile.adapter.image or ""
        try:
            engine = docker.from_env()
        except DockerException as error:
            raise AdapterUnavailableError(f"no container engine can be reached: {error}") from None
        try:
            return engine.containers.run(
                image, command or None, environment=env, network_mode="host", detach=True, init=True
            )
        except ImageNotFound:
            hint = "pull or build it, or correct adapter.image"
            raise SutNotStartedError(f"there is no image {image!r}; {hint}") from None
        except APIError as error:
            raise SutNotStartedError(
                f"the container of {image!r} cannot be run: {error.explanation}"
            ) from None

    async def _follow(self, container: "Container", exited: "asyncio.Future[str]") -> None:
        """Copy what the container prints, until it ends."""
        loop = asyncio.get_running_loop()

        def read() -> int:
            for line in container.logs(stream=True, follow=True):
                loop.call_soon_threadsafe(self.log.line, line.decode(errors="replace").rstrip("\r\n"))
            return int(container.wait()["StatusCode"])

        status = await asyncio.to_thread(read)
        if not exited.done():
            exited.set_result(f"exit status {status}")

    async def stop(self) -> Stopped:
        return await self._end(0 if self.profile.stop == "sigkill" else round(self.profile.adapter.stop_time))

    async def kill(self) -> Stopped:
        return await self._end(0)

    async def _end(self, grace: int) -> Stopped:
        container, watch = self._container, self._watch
        if container is None or watch is None:
            return self._stopped
        self._container = self._watch = None
        try:
            await asyncio.to_thread(container.stop, timeout=grace)
            await watch
            self._stopped = Stopped(self.exited.result())
        finally:
            await asyncio.to_thread(container.remove, force=True)
        return self._stopped

    async def reset(self, launch: Launch) -> Ready:
        if self.profile.isolation == "none":
            raise AdapterUnavailableError('the SUT cannot be reset (adapter.isolation = "none")')
        await self.stop()
        return await self.start(launch)

    async def trigger(self, verb: str, **args: Any) -> dict[str, Any]:
        raise UnsupportedVerbError(verb)

    async def next_event(self, name: str, limit: float) -> None:
        return None
