"""The tester as LwM2M server: accepts registrations and hands every operation of the device to the case."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.bindings.coap_datagrams import Address, DeviceOperation, device_operation
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.coap.message import Code
from conformance.coap.options import Option, OptionNumber
from conformance.messages import Deregister, Register, Send, Unknown, Update
from conformance.messages.bootstrap import BootstrapRequest
from conformance.messages.registration import segments
from conformance.roles.inbox import Inbox

MAX_REGISTRATIONS = 100
"""Registrations kept; the oldest has to go."""


@dataclass
class Registration:
    """A registration as the server knows it; it follows the device's address (Transport 1.1.1 §6.4.3)."""

    location: tuple[str, ...]
    register: Register
    remote: Address
    lifetime: int | None
    binding: str | None
    objects: tuple[str, ...] = field(default=())

    @property
    def endpoint(self) -> str | None:
        return self.register.endpoint

    @property
    def queue_mode(self) -> bool:
        """Whether the device may sleep: by its binding in 1.0, by a parameter of its Register from 1.1 on."""
        return "Q" in (self.binding or "") or "Q" in self.register.parameter_names

    @property
    def version(self) -> str:
        """The enabler version that decides which text a verdict rests on."""
        return (self.register.version or "1.0").strip('"')

    @property
    def prefix(self) -> tuple[str, ...]:
        """The alternate path below which the device's Objects stand."""
        return segments(self.register.root)


class TesterServer(Inbox[DeviceOperation]):
    """A right LwM2M server over an endpoint, unless a case scripts the next answer."""

    __test__ = False

    def __init__(
        self,
        endpoint: Endpoint,
        registrations: dict[tuple[str, ...], Registration],
        locations: Iterator[int] | None = None,
    ) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.registrations = registrations
        self.locations = locations or itertools.count(1)
        endpoint.handler = self.handle

    async def next(
        self, kinds: Sequence[type[Any]], within: float
    ) -> tuple[DeviceOperation, Incoming] | None:
        """The next operation of one of these kinds that no one took yet, or None after `within` seconds."""
        return await self.take(tuple(kinds), within)

    async def handle(self, incoming: Incoming) -> Response | None:
        """Answer what a device asks, and keep it for the case."""
        operation = self.operation_of(incoming)
        script = self.script_for(operation)
        response = await script(operation, incoming) if script else self.answer(operation, incoming)
        self.keep(operation, incoming)
        return response

    def operation_of(self, incoming: Incoming) -> DeviceOperation:
        return device_operation(incoming.message, incoming.body)

    def answer(self, operation: DeviceOperation, incoming: Incoming) -> Response:
        match operation:
            case Register():
                return self.accept(operation, incoming)
            case Update():
                return self._update(operation, incoming)
            case Deregister(location=location):
                known = self.registrations.pop(location, None)
                return Response(Code.DELETED if known else Code.NOT_FOUND)
            case Send():
                return Response(Code.CHANGED)
            case BootstrapRequest() | Unknown():
                return Response(Code.NOT_FOUND)

    def accept(self, register: Register, incoming: Incoming) -> Response:
        """Take up a registration and answer 2.01 with its location (LwM2M Core 1.1.1 §6.2.1)."""
        for location, known in list(self.registrations.items()):
            if known.endpoint == register.endpoint:
                del self.registrations[location]
        while len(self.registrations) >= MAX_REGISTRATIONS:
            del self.registrations[next(iter(self.registrations))]
        names = (("rd", f"r{number}") for number in self.locations)
        location = next(name for name in names if name not in self.registrations)
        lifetime = register.lifetime if isinstance(register.lifetime, int) else None
        self.registrations[location] = Registration(
            location, register, incoming.remote, lifetime, register.binding, register.objects
        )
        options = tuple(Option(OptionNumber.LOCATION_PATH, part.encode()) for part in location)
        return Response(Code.CREATED, options=options)

    def _update(self, update: Update, incoming: Incoming) -> Response:
        known = self.registrations.get(update.location)
        if known is None:
            return Response(Code.NOT_FOUND)
        known.remote = incoming.remote
        if isinstance(update.lifetime, int):
            known.lifetime = update.lifetime
        known.binding = update.binding or known.binding
        known.objects = update.objects or known.objects
        return Response(Code.CHANGED)
