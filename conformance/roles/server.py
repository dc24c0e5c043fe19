"""The server under test, as a test case sees it: its verbs, its events, and the devices of the tester."""

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.formats import ContentFormat, Value
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, CREATED
from conformance.messages.content import Values
from conformance.roles.device_playing import DevicePlaying
from conformance.roles.tester_device import TesterDevice
from conformance.roles.user_side import RESPONSE, Result
from conformance.verdicts import NotApplicable

PathLike = str | tuple[int, ...]
CONTROL_RESOURCE = Path(3, 0, 1)


class Server(DevicePlaying[TesterDevice]):
    """The SUT in the server role.

    Every verb gives a `Result`, whose checks are ``<verb>-result.<field>``. A case that has to act before the
    result is there says ``server.begin(server.read(device, path))``.
    """

    async def device(
        self,
        name: str | None = None,
        *,
        lwm2m: str | None = None,
        root: str = "/",
        secured: bool = True,
        admitted: bool = True,
        connect: bool = True,
    ) -> TesterDevice:
        """A device of the tester that has not registered yet, with a socket and a name of its own.

        Where the case runs in a security mode, it has a credential that the SUT was told of if `admitted`,
        and an association if `connect`; with `secured` False it has neither.

        Raises:
            Inconclusive: its handshake was not completed.
        """
        named, endpoint, client = await self._socket(name, secured=secured, admitted=admitted)
        device = TesterDevice(
            self.context,
            endpoint,
            self.address,
            named,
            lwm2m=lwm2m,
            root=root,
            open_endpoint=self._open_endpoint,
            settled=self.knows,
        )
        device.security = client
        return await self._brought(device, client, connect=connect)

    async def registered(self, *, lifetime: int = 300, **how: Any) -> TesterDevice:
        """A device that is registered: the preamble of nearly every case; `how` goes to `device`.

        Raises:
            Inconclusive: the SUT did not accept its registration.
        """
        device = await self.device(**how)
        await device.registered(lifetime=lifetime)
        return device

    def need_format(self, content_format: int) -> int:
        """Say that the case answers in a payload format.

        Raises:
            NotApplicable: the SUT does not make sense of it.
        """
        number = ContentFormat(content_format)
        if not self.context.ics[f"takes_{number.name.lower()}"]:
            raise NotApplicable(f"the SUT does not take {number.name} ({number.value})")
        return number

    async def observing(self, path: PathLike, **how: Any) -> TesterDevice:
        """A registered device with an observation of the path: the preamble of reporting; `how` goes to
        `device`.

        Raises:
            Inconclusive: the SUT did not make the observation, or does not tell so.
        """
        device = await self.registered(**how)
        (await self.observe(device, path)).require(outcome=RESPONSE, code=CONTENT)
        device.observed(Path.of(path))
        device.forget()
        return device

    async def knows(self, device: TesterDevice) -> None:
        """Wait until the SUT has told its user of a registration, where it tells any; judges nothing."""
        if self.context.ics["event_registered"]:
            await self.awaits("registered", device.name, self.context.ixit.reaction_time)

    async def knows_update(self, device: TesterDevice) -> None:
        """The same of an Update."""
        if self.context.ics["event_updated"]:
            await self.awaits("updated", device.name, self.context.ixit.reaction_time)

    async def told(self, device: TesterDevice, name: str = "event-notify", /, **fields: Any) -> None:
        """Expect the SUT to tell its user of a notification of the device with these fields; the checks are
        ``<name>.received`` and ``<name>.<field>``.

        Raises:
            CheckFailed: it told nothing, or something else.
        """
        told = await self.event("notify", device.name, check=name)
        told.expect(name=name, **fields)

    async def _on(
        self, verb: str, device: "TesterDevice | str", path: PathLike | None = None, **more: object
    ) -> Result:
        name = device if isinstance(device, str) else device.name
        if path is not None:
            more["path"] = str(Path.of(path))
        return await self.verb(verb, f"{verb} {more.get('path', '')}".strip(), endpoint=name, **more)

    async def read(self, device: TesterDevice | str, path: PathLike, format: int | None = None) -> Result:
        """Ask the SUT to Read; `format` is the Content-Format that it should ask for."""
        return await self._on("read", device, path, format=format)

    async def write(
        self,
        device: TesterDevice | str,
        path: PathLike,
        content: Values,
        *,
        format: int | None = None,
        mode: str = "replace",
    ) -> Result:
        """Ask the SUT to Write one value, or values by id; `mode` is ``replace`` or ``update``."""
        several = isinstance(content, Mapping) and len(Path.of(path)) < 3
        given = {"values" if several else "value": content}
        return await self._on("write", device, path, format=format, mode=mode, **given)

    async def execute(
        self, device: TesterDevice | str, path: PathLike, arguments: str | None = None
    ) -> Result:
        """Ask the SUT to Execute."""
        return await self._on("execute", device, path, arguments=arguments)

    async def create(
        self,
        device: TesterDevice | str,
        object_id: int,
        values: Mapping[int, Values],
        instance: int | None = None,
    ) -> Result:
        """Ask the SUT to Create an Instance; without `instance` the device chooses its id."""
        return await self._on("create", device, object=object_id, values=values, instance=instance)

    async def delete(self, device: TesterDevice | str, path: PathLike) -> Result:
        """Ask the SUT to Delete."""
        return await self._on("delete", device, path)

    async def discover(self, device: TesterDevice | str, path: PathLike) -> Result:
        """Ask the SUT to Discover; the result has `links`."""
        return await self._on("discover", device, path)

    async def observe(self, device: TesterDevice | str, path: PathLike, format: int | None = None) -> Result:
        """Ask the SUT to Observe."""
        return await self._on("observe", device, path, format=format)

    async def cancel(
        self, device: TesterDevice | str, path: PathLike | None = None, how: str = "active"
    ) -> Result:
        """Ask the SUT to end an observation: by a request (``active``), or by a Reset to the next
        notification (``passive``). Without a path it is the composite one."""
        return await self._on("cancel", device, path, how=how)

    async def write_attributes(
        self, device: TesterDevice | str, path: PathLike, **attributes: str | float | None
    ) -> Result:
        """Ask the SUT to set notification attributes; None unsets one."""
        return await self._on("write-attributes", device, path, attributes=attributes)

    async def read_composite(
        self, device: TesterDevice | str, paths: Sequence[PathLike], format: int | None = None
    ) -> Result:
        """Ask the SUT to Read several paths at once; the result has `values` by path."""
        named = [str(Path.of(path)) for path in paths]
        return await self._on("read-composite", device, paths=named, format=format)

    async def write_composite(
        self, device: TesterDevice | str, values: Mapping[str, Value], format: int | None = None
    ) -> Result:
        """Ask the SUT to Write several Resources at once."""
        return await self._on("write-composite", device, values=values, format=format)

    async def observe_composite(
        self, device: TesterDevice | str, paths: Sequence[PathLike], format: int | None = None
    ) -> Result:
        """Ask the SUT to Observe several paths at once."""
        named = [str(Path.of(path)) for path in paths]
        return await self._on("observe-composite", device, paths=named, format=format)

    async def registrations(self) -> list[dict[str, Any]]:
        """What the SUT tells of the registrations that it keeps."""
        listed = await self.verb("registrations")
        listed.require(outcome="response")
        return list(listed.given.get("registrations", ()))

    async def conclude(self) -> None:
        """The control at the end of a case."""
        await self.control()

    async def control(self) -> None:
        """Prove that the server is alive and right: it registers a fresh device and reads a value that the
        tester chose; a server that cannot be asked to read takes an Update instead.

        Records checks ``control-<n>-<step>.<field>``.

        Raises:
            CheckFailed: no answer, or a wrong one.
        """
        record = self.context.record
        record.controls += 1
        name = f"control-{record.controls}"
        fresh = f"{self.context.endpoint}-{name}-{self._chance:04x}"
        fixed = self.admission is not None and self.admission.fixed
        device = await self.device(self.context.endpoint if fixed else fresh)
        chosen = f"chosen {self._chance:08x}"
        device.set(CONTROL_RESOURCE, chosen)
        (await device.register()).expect(name=f"{name}-register", code=CREATED)
        if self.context.ics["verb_read"]:
            await self.knows(device)
            result = await self.read(device, CONTROL_RESOURCE)
            result.expect(name=f"{name}-read", outcome="response", code=CONTENT, value=chosen)
        else:
            (await device.update()).expect(name=f"{name}-update", code=CHANGED)
        (await device.deregister()).expect(name=f"{name}-deregister", code="2.02")

    @property
    def _chance(self) -> int:
        return self.context.chance.randrange(1 << 16)
