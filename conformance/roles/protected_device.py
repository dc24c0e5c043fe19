"""OSCORE of the tester's devices with a server under test: who is let in, and requests that a case makes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from conformance.coap.carrier import Address
from conformance.coap.codec import encode
from conformance.coap.endpoint import Endpoint
from conformance.coap.message import Message
from conformance.messages import Path
from conformance.oscore.carrier import Envelope, OscoreCarrier
from conformance.oscore.context import Parameters
from conformance.roles.answer import Answer
from conformance.roles.context import CaseContext
from conformance.roles.envelopes import Envelopes
from conformance.roles.user_side import RESPONSE, UserSide
from conformance.security.object_security import admission_of, drawn
from conformance.verdicts import Inconclusive, NotApplicable

OpenProtected = Callable[[Parameters], Awaitable[tuple[Endpoint, OscoreCarrier]]]
"""Opens a further endpoint under a context, in the same evidence; the conversation closes it."""

Admit = Callable[[str, Parameters], Awaitable[None]]


class ProtectedDevice(Envelopes):
    """The end of one device of the tester, whose context is derived from `parameters`."""

    def __init__(
        self,
        context: CaseContext,
        name: str,
        endpoint: Endpoint,
        carrier: OscoreCarrier,
        server: Address,
        admit: Admit,
    ) -> None:
        super().__init__(context, carrier)
        self.name = name
        self.endpoint = endpoint
        self.server_address = server
        self._admit = admit

    @property
    def parameters(self) -> Parameters:
        """What the context is derived from, as the device holds it."""
        return self.carrier.context.parameters

    async def admit(self) -> None:
        """Have the user of the server let the device in; raises what `ProtectedAdmission.admit` raises."""
        await self._admit(self.name, self.parameters)

    async def sent(self, envelope: Envelope, message: Message, name: str) -> Answer:
        """Send the envelope, which stands for the message, and wait for an answer for the quiet time."""
        self.carrier.put_in(envelope, message, self.server_address)
        limit = self.context.ixit.quiet_time
        exchange = await self.endpoint.exchange(self.server_address, encode(message), limit=limit)
        return Answer(self.context.record, name, Path(), exchange, limit=limit)


class ProtectedAdmission:
    """By which the tester's devices get into a server that runs under OSCORE."""

    def __init__(
        self, user: UserSide, server: Address, open: OpenProtected, known: Callable[[], Parameters | None]
    ) -> None:
        """`known` gives the context that the server has with one device by no doing of the suite."""
        self._user = user
        self._server = server
        self._open = open
        self._known = known
        self._admitted = 0

    @property
    def fixed(self) -> bool:
        """Whether the server knows one device, by no doing of the suite."""
        return self._known() is not None

    async def admit(self, name: str, parameters: Parameters) -> None:
        """Have the user of the server let a device in that has this context.

        Raises:
            NotApplicable: the adapter does not offer the verb ``credential``, or not for OSCORE.
            Inconclusive: the server does not take the context.
        """
        result = await self._user.verb("credential", endpoint=name, mode="oscore", **admission_of(parameters))
        if result.outcome != RESPONSE:
            detail = result.given.get("detail")
            raise Inconclusive(f"preamble: the SUT does not let a device in: {result.outcome} ({detail})")

    async def client(self, name: str, *, admitted: bool) -> tuple[Endpoint, ProtectedDevice]:
        """A socket for the device of this name with a context of its own; the server knows it if
        `admitted`."""
        self._admitted += 1
        known = self._known() if admitted else None
        if known is not None and name != self._user.context.endpoint:
            raise NotApplicable("the server knows one device, ixit.endpoint, and the case needs another")
        parameters = known or drawn(self._user.context.chance, self._admitted)
        if admitted and known is None:
            await self.admit(name, parameters)
        endpoint, carrier = await self._open(parameters)
        device = ProtectedDevice(self._user.context, name, endpoint, carrier, self._server, self.admit)
        return endpoint, device
