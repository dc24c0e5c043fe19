"""One account of the device under test: a registration, and the operations of its server over it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from conformance import clock
from conformance.bindings.coap_datagrams import DeviceOperation, perform, request_of
from conformance.coap.endpoint import Endpoint, Incoming
from conformance.coap.options import Option
from conformance.formats import Value
from conformance.messages import (
    Create,
    Delete,
    Discover,
    Execute,
    Path,
    Read,
    ReadComposite,
    Register,
    Update,
    Write,
    WriteAttributes,
    WriteComposite,
)
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.content import Values, composite_payload, names_of, payload_of
from conformance.messages.management import ManagementOperation, Mode, Payload
from conformance.messages.registration import first_instance
from conformance.roles.answer import Answer
from conformance.roles.arrival import Arrival
from conformance.roles.context import CaseContext
from conformance.roles.format_choice import FormatChoice
from conformance.roles.observation import Observing
from conformance.roles.queue_mode import Presence, QueueMode
from conformance.roles.settings import Settings
from conformance.roles.tester_server import Registration, TesterServer
from conformance.verdicts import HarnessError, Inconclusive, Subject

LAST_WORDS = 0.1
"""Seconds in which a message that a SUT sent before it ended may still arrive."""
END_SEEN = 0.5
"""Seconds from the closed port of a SUT that ends to the news of its end."""

PathLike = str | tuple[int, ...] | None
"""A path as text or as ids; None, from an IXIT key that was not given, is refused when it is used."""
Operation = TypeVar("Operation", bound=DeviceOperation)


class Account(Observing, QueueMode, FormatChoice):
    """The device's account at one tester server: one registration, and the operations over it."""

    def __init__(self, context: CaseContext, server: TesterServer) -> None:
        self.context = context
        self.server = server
        self.presence = Presence(server.endpoint)
        self.registration: Registration | None = None
        self._registered_by: Register | None = None
        self.believed_lifetime: int | None = None
        self.settings: Settings | None = None
        self.attributes: dict[Path, dict[str, None]] = {}

    @property
    def endpoint(self) -> Endpoint:
        """The CoAP endpoint of the tester."""
        return self.server.endpoint

    async def registered(self, within: float | None = None) -> Registration:
        """Wait until the device is registered: the preamble of nearly every case. It has the reaction time,
        or the seconds given.

        Raises:
            Inconclusive: it did not register in time.
            CheckFailed: it ended before.
        """
        current = self._current()
        if current is None:
            limit = within or self.context.ixit.reaction_time
            await self._arrival(Register, limit)
            current = self._current()
            await self._settle()
        if current is None:
            self.check_alive()
            self.check_understood()
            raise Inconclusive(f"preamble: the SUT did not register within {limit:.1f} s")
        self._registered_by = current.register
        return current

    async def _settle(self) -> None:
        """Give a SUT the time that its profile says it needs before it hears requests."""
        if self.context.ixit.settle_time:
            await asyncio.sleep(self.context.ixit.settle_time)

    async def _arrival(
        self, operation: type[Operation], seconds: float
    ) -> tuple[DeviceOperation, Incoming] | None:
        """The next operation of this kind; a SUT that ended is not waited for."""
        waiting = asyncio.ensure_future(self.server.next((operation,), seconds))
        try:
            either: list[asyncio.Future[Any]] = [waiting, self.context.adapter.exited]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait([waiting], timeout=LAST_WORDS)
            return waiting.result() if waiting.done() else None
        finally:
            waiting.cancel()

    def _current(self) -> Registration | None:
        self.registration = next(reversed(self.server.registrations.values()), None)
        return self.registration

    @property
    def current(self) -> Registration:
        """The registration in force.

        Raises:
            Inconclusive: the device is not registered.
        """
        current = self._current()
        if current is None:
            raise Inconclusive("the SUT is not registered at this point of the conversation")
        return current

    @property
    def provided(self) -> Settings:
        """What the tester's bootstrap server gave this account.

        Raises:
            HarnessError: it gave nothing.
        """
        if self.settings is None:
            raise HarnessError("the tester knows no settings of this account: provision it first")
        return self.settings

    @property
    def server_object(self) -> Path:
        """The Server Object Instance of this account: that which the bootstrap wrote, or else the first of
        the registration, ``/1/0``."""
        if self.settings is not None:
            return self.settings.server
        return Path(1, first_instance(self.current.objects, 1))

    async def perform(
        self,
        operation: ManagementOperation,
        *,
        limit: float | None = None,
        options: tuple[Option, ...] = (),
        szx: int | None = None,
    ) -> Answer:
        """Send the operation and wait for its end; nothing is judged yet."""
        await self.awake()
        seconds = limit or self.context.ixit.reaction_time
        registration = self.current
        exchange = await perform(
            self.endpoint,
            registration.remote,
            request_of(operation, registration.prefix),
            limit=seconds,
            options=options,
            szx=szx,
        )
        if exchange.outcome == "unreachable":
            await asyncio.wait([self.context.adapter.exited], timeout=END_SEEN)
        if exchange.response is None:
            self.check_alive()
        return Answer(
            self.context.record,
            operation.operation,
            operation.path,
            exchange,
            self.context.type_of,
            limit=seconds,
            elsewhere="" if exchange.response else self._elsewhere(exchange.request.token.hex()),
            prefix=registration.prefix,
        )

    def _elsewhere(self, token: str) -> str:
        """Words for an answer that came from another address than the one that was asked."""
        conversation = [line for line in self.context.messages if token and line.get("token") == token]
        asked = {line["remote"] for line in conversation if line["direction"] == "out"}
        for line in conversation:
            if line["direction"] == "in" and line["remote"] not in asked:
                frame, there = line["frame"], ", ".join(asked)
                return f"an answer came from {line['remote']} (frame {frame}), asked was {there}"
        return ""

    def check_alive(self) -> None:
        """Judge that the SUT still runs, when it seems not to.

        Raises:
            CheckFailed: it exited.
        """
        self.context.check_alive()

    def check_understood(self) -> None:
        """Say that the tester takes part in what the SUT does, when nothing of it arrives.

        Raises:
            NotApplicable: it does not.
        """

    async def read(self, path: PathLike, accept: int | None = None, **how: float) -> Answer:
        """Read an Object, an Instance, a Resource or a Resource Instance."""
        return await self.perform(Read(Path.of(path), accept), limit=how.get("limit"))

    async def discover(self, path: PathLike) -> Answer:
        """Discover what is below a path."""
        return await self.perform(Discover(Path.of(path)))

    async def write(
        self,
        path: PathLike,
        values: Values | Payload,
        format: int | None = None,
        *,
        mode: Mode = Mode.REPLACE,
        szx: int | None = None,
    ) -> Answer:
        """Write a value, or values by id; a `Payload` goes out as it is."""
        target = Path.of(path)
        if isinstance(values, Payload):
            payload = values
        else:
            structured = isinstance(values, Mapping)
            number = self.format_for(target, structured=structured) if format is None else format
            payload = payload_of(target, values, number, self.context.type_of)
        answer = await self.perform(Write(target, payload, mode), szx=szx)
        if answer.code == CHANGED:
            self._believe(target, values)
        return answer

    def _believe(self, path: Path, values: Values | Payload) -> None:
        lifetime = self.server_object / 1
        inside = path == lifetime.parent and isinstance(values, Mapping) and 1 in values
        value = values[1] if inside and isinstance(values, Mapping) else values
        if isinstance(value, int) and (inside or path == lifetime):
            self.believed_lifetime = value

    async def write_attributes(self, path: PathLike, **attributes: str | float | None) -> Answer:
        """Set notification attributes; None unsets one."""
        target = Path.of(path)
        self.attributes.setdefault(target, {}).update(dict.fromkeys(attributes))
        return await self.perform(WriteAttributes(target, attributes))

    async def execute(self, path: PathLike, arguments: str = "") -> Answer:
        """Execute a Resource."""
        return await self.perform(Execute(Path.of(path), arguments))

    async def create(
        self,
        object_id: int,
        values: Mapping[int, Values],
        instance: int | None = None,
        format: int | None = None,
    ) -> Answer:
        """Create an Instance with these values; without `instance` the device chooses its id."""
        target = Path(object_id)
        number = self.format_for(target) if format is None else format
        if instance is None:
            payload = payload_of(target / 0, values, number, self.context.type_of)
        else:
            payload = payload_of(target, {instance: values}, number, self.context.type_of)
        return await self.perform(Create(target, payload))

    async def delete(self, path: PathLike) -> Answer:
        """Delete an Instance."""
        return await self.perform(Delete(Path.of(path)))

    async def read_composite(self, paths: Sequence[PathLike], accept: int = 112, format: int = 112) -> Answer:
        """Read several paths at once."""
        payload = names_of([Path.of(path) for path in paths], format, self.context.type_of)
        return await self.perform(ReadComposite(payload, accept))

    async def write_composite(self, values: Mapping[PathLike, Value] | Payload, format: int = 112) -> Answer:
        """Write several Resources at once; a `Payload` goes out as it is."""
        if isinstance(values, Payload):
            return await self.perform(WriteComposite(values))
        payload = composite_payload(
            {Path.of(path): value for path, value in values.items()}, format, self.context.type_of
        )
        return await self.perform(WriteComposite(payload))

    async def next(
        self, operation: type[Operation], within: float | None = None, *, name: str | None = None
    ) -> Arrival[Operation]:
        """Expect the device to send this operation; records the check ``<operation>.received``.

        Raises:
            CheckFailed: it did not come within the limit (seconds, default the reaction time).
        """
        seconds = within or self.context.ixit.reaction_time
        found = await self._arrival(operation, seconds)
        if found is None:
            self.check_alive()
            self.check_understood()
        frame = found[1].frame if found else None
        self.context.record.judge(
            f"{name or operation.operation}.received",
            operation.__name__,
            operation.__name__ if found else None,
            actual=operation.__name__ if found else f"no {operation.__name__}",
            subject=_operation_subject(frame),
            limit=seconds,
        )
        if found is None or not isinstance(found[0], operation):
            raise HarnessError("unreachable: a missing operation passed its check")
        if isinstance(found[0], Register):
            self._current()
            self.believed_lifetime = None
        if isinstance(found[0], Register | Update):
            await self._settle()
        return Arrival(self.context.record, found[0], found[1])

    async def back(self, within: float | None = None) -> Arrival[Register] | Arrival[Update] | None:
        """The next Register or Update of a device that may choose between them, as after sleep or another
        bootstrap; None when neither comes within the limit (seconds, default the reaction time). The Register
        of which `registered` told is none that comes next, also where no one has taken it.

        Nothing is judged but that the device did not end.
        """
        seconds = within or self.context.ixit.reaction_time
        deadline = clock.now() + seconds
        found = await self.server.next((Register, Update), seconds)
        if found is not None and found[0] is self._registered_by:
            found = await self.server.next((Register, Update), max(0.0, deadline - clock.now()))
        if found is None:
            self.check_alive()
            return None
        self._current()
        await self._settle()
        operation, incoming = found
        if isinstance(operation, Register):
            self.believed_lifetime = None
            return Arrival(self.context.record, operation, incoming)
        return Arrival(self.context.record, operation, incoming) if isinstance(operation, Update) else None

    async def none(
        self, operation: type[Operation], during: float | None = None, *, name: str | None = None
    ) -> None:
        """Expect that the device does not send this operation for some seconds (default the quiet time),
        and that it still answers afterwards; records ``<operation>.absent``.

        Raises:
            CheckFailed: it came.
        """
        seconds = during or self.context.ixit.quiet_time
        found = await self.server.next((operation,), seconds)
        self.context.record.judge(
            f"{name or operation.operation}.absent",
            None,
            operation.__name__ if found else None,
            actual=operation.__name__ if found else f"no {operation.__name__}",
            subject=_operation_subject(found[1].frame if found else None),
            what=f"no {operation.__name__} for {seconds:.1f} s, not",
        )
        await self.control()

    @property
    def lifetime(self) -> int:
        """The lifetime in seconds that a Read has to give: the registered one, or what was written since."""
        if self.believed_lifetime is not None:
            return self.believed_lifetime
        return self.current.lifetime if self.current.lifetime is not None else 86400

    async def control(self) -> None:
        """Prove that the device is alive and right: a Read whose answer the tester predicts.

        Records the check ``control-<n>.value``. The value is the lifetime, or, where the SUT does not let
        the lifetime be read, a value that the tester wrote just before.

        Raises:
            CheckFailed: no answer, or a wrong one.
        """
        self.context.record.controls += 1
        name = f"control-{self.context.record.controls}"
        if self.context.ics["lifetime_readable"]:
            answer = await self.read(self.server_object / 1)
            answer.expect(name=name, code=CONTENT, value=self.lifetime)
            return
        path, value = self._control_value()
        written = await self.write(path, value)
        written.expect(name=f"{name}-write", code=CHANGED)
        answer = await self.read(path)
        answer.expect(name=name, code=CONTENT, value=value)

    def _control_value(self) -> tuple[Path, Value]:
        ixit = self.context.ixit
        if ixit.writable_integer:
            return Path.of(ixit.writable_integer), self.context.chance.randrange(1, 30_000)
        if ixit.writable_string:
            return Path.of(ixit.writable_string), f"control {self.context.chance.randrange(1, 30_000)}"
        raise HarnessError(
            "no control value: the lifetime cannot be read and the profile names neither "
            "ixit.writable_integer nor ixit.writable_string"
        )


def _operation_subject(frame: int | None) -> Subject:
    return Subject("operation", frame)
