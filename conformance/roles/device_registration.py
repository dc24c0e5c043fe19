"""The tester's device at the Client Registration interface: Register, Update, De-register, Send."""

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.coap.block import Block
from conformance.coap.carrier import Address
from conformance.coap.endpoint import Endpoint
from conformance.coap.message import Code
from conformance.coap.options import Option
from conformance.formats import ContentFormat, Entry, encode
from conformance.formats.link import Link, serialise
from conformance.messages import Path
from conformance.messages.codes import CREATED
from conformance.messages.content import Values, entries_of
from conformance.messages.management import Payload
from conformance.roles.answer import Answer
from conformance.roles.context import CaseContext
from conformance.roles.device_answers import RightAnswers
from conformance.verdicts import Inconclusive

REGISTER_PATH = ("rd",)
SEND_PATH = ("dp",)
SERVER = Path(1, 0)


class Registering:
    """Requests of a device to its server, each right unless the case says otherwise."""

    context: CaseContext
    endpoint: Endpoint
    server_address: Address
    right: RightAnswers
    name: str
    lwm2m: str
    root: str
    location: tuple[str, ...] | None = None
    """Where the registration in force is, as the server told it."""

    def query(
        self, *, lifetime: int | None, binding: str | None = "U", sms: str | None = None
    ) -> tuple[str, ...]:
        """The query of a right Register; None leaves a parameter out."""
        told = (("ep", self.name), ("lt", lifetime), ("lwm2m", self.lwm2m), ("b", binding), ("sms", sms))
        return tuple(f"{name}={value}" for name, value in told if value is not None)

    @property
    def links(self) -> tuple[Link, ...]:
        """The links that announce what the device has; in 1.0 the plain list of its examples."""
        return self.right.objects.links(self.root, self.right.announced, versions=self.lwm2m != "1.0")

    async def register(
        self,
        *,
        lifetime: int | None = 300,
        binding: str | None = "U",
        query: Sequence[str] | None = None,
        more: Sequence[str] = (),
        links: bytes | Sequence[Link] | None = None,
        content_format: int | None = ContentFormat.LINK,
        options: tuple[Option, ...] = (),
        limit: float | None = None,
        szx: int | None = None,
    ) -> Answer:
        """Register (LwM2M Core 1.1.1 §6.2.1) and take up the location that the server gives.

        `query` replaces all parameters, `more` comes behind them; `links` replaces the object list, octets go
        out as they are, with `szx` in blocks. `limit` is in seconds, by default the reaction time for each
        block. Nothing is judged: ``(await device.register()).expect(code="2.01")``.
        """
        payload = self._payload(self.links if links is None else links)
        if query is None:
            self._live_for(lifetime)
        parameters = (*(self.query(lifetime=lifetime, binding=binding) if query is None else query), *more)
        blocks = 1 if szx is None else len(payload) // Block(0, False, szx).size + 1
        answer = await self.request(
            "register",
            Code.POST,
            REGISTER_PATH,
            query=parameters,
            payload=payload,
            content_format=content_format if payload else None,
            options=options,
            limit=limit or self.context.ixit.reaction_time * blocks,
            szx=szx,
        )
        if answer.code == CREATED:
            self.location = answer.message.location_path
        return answer

    async def update(
        self,
        *,
        lifetime: int | None = None,
        binding: str | None = None,
        more: Sequence[str] = (),
        links: bytes | Sequence[Link] | None = None,
        location: Sequence[str] | None = None,
        content_format: int | None = ContentFormat.LINK,
        limit: float | None = None,
    ) -> Answer:
        """Update the registration (LwM2M Core 1.1.1 §6.2.2); `location` is another than the server's."""
        self._live_for(lifetime)
        told = (("lt", lifetime), ("b", binding))
        payload = b"" if links is None else self._payload(links)
        return await self.request(
            "update",
            Code.POST,
            self._at(location),
            query=(*(f"{name}={value}" for name, value in told if value is not None), *more),
            payload=payload,
            content_format=content_format if payload else None,
            limit=limit,
        )

    async def deregister(
        self, *, location: Sequence[str] | None = None, limit: float | None = None
    ) -> Answer:
        """Take the registration back (LwM2M Core 1.1.1 §6.2.3); its location is still remembered."""
        return await self.request("deregister", Code.DELETE, self._at(location), limit=limit)

    async def send(
        self,
        values: Mapping[str, Values] | Payload,
        format: int = ContentFormat.SENML_CBOR,
        *,
        time: float | None = None,
        limit: float | None = None,
    ) -> Answer:
        """Send values by path (LwM2M Core 1.1.1 §6.4.6); `time` is their SenML time stamp in seconds."""
        payload = values if isinstance(values, Payload) else self._values(values, format, time)
        return await self.request(
            "send",
            Code.POST,
            SEND_PATH,
            payload=payload.data,
            content_format=payload.content_format,
            limit=limit,
        )

    def _values(self, values: Mapping[str, Values], format: int, time: float | None) -> Payload:
        leaves = [entry for path, value in values.items() for entry in entries_of(Path.of(path), value)]
        stamped = [Entry(entry.path, entry.value, time) for entry in leaves]
        return Payload(encode(format, stamped, base=Path(), type_of=self.right.objects.type_of), format)

    async def request(
        self,
        operation: str,
        method: Code,
        path: Sequence[str],
        *,
        limit: float | None = None,
        **how: Any,
    ) -> Answer:
        """Any request to the server, as `Endpoint.request` makes it; checks are named after `operation`."""
        seconds = limit or self.context.ixit.reaction_time
        exchange = await self.endpoint.request(
            self.server_address, method, path=tuple(path), limit=seconds, **how
        )
        return Answer(
            self.context.record, operation, Path(), exchange, self.right.objects.type_of, limit=seconds
        )

    def _live_for(self, lifetime: int | None) -> None:
        """Hold what is told: the lifetime of a registration is that of its Server Object (§6.2)."""
        if lifetime is not None and SERVER in self.right.objects.instances:
            self.right.objects.set(SERVER / 1, lifetime)

    @property
    def here(self) -> tuple[str, ...]:
        """The location of the registration.

        Raises:
            Inconclusive: the server gave none.
        """
        if self.location is None:
            raise Inconclusive("the device has no registration at this point of the conversation")
        return self.location

    def _at(self, location: Sequence[str] | None) -> tuple[str, ...]:
        return self.here if location is None else tuple(location)

    @staticmethod
    def _payload(links: bytes | Sequence[Link]) -> bytes:
        return links if isinstance(links, bytes) else serialise(links)
