"""A device and a server that talk with each other, as a test case sees them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.formats import ContentFormat, DataType
from conformance.matching import PRESENT
from conformance.messages import Path, Register, Update
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT, CREATED, PRECONDITION_FAILED
from conformance.pair.asking import LAST_REPEAT, Requests
from conformance.pair.paired_device import PairedDevice
from conformance.pair.wire import Seen, Wire
from conformance.roles.answer import Answer
from conformance.roles.server import Server
from conformance.roles.user_side import RESPONSE, Told
from conformance.transports import UdpProxy
from conformance.verdicts import Inconclusive, NotApplicable

_FORMATS = (
    ContentFormat.TEXT,
    ContentFormat.TLV,
    ContentFormat.SENML_JSON,
    ContentFormat.SENML_CBOR,
    ContentFormat.LWM2M_JSON,
    ContentFormat.CBOR,
)
_OF_UPDATE = frozenset({"lt", "b", "Q", "sms"})
"""What an Update may carry (LwM2M Core 1.2 §6.2.2)."""
_SINGLE = (ContentFormat.TEXT, ContentFormat.CBOR)
"""Formats that carry one value only."""
_KINDS = {
    "string": DataType.STRING,
    "integer": DataType.INTEGER,
    "unsigned": DataType.UNSIGNED_INTEGER,
    "float": DataType.FLOAT,
    "boolean": DataType.BOOLEAN,
    "opaque": DataType.OPAQUE,
    "time": DataType.TIME,
    "objlnk": DataType.OBJLNK,
    "corelnk": DataType.CORELNK,
}
_PARAMETERS = frozenset({"ep", "lt", "lwm2m", "b", "Q", "sms", "pid"})
"""What a Register may carry (LwM2M Core 1.2 §6.2.1)."""


class Pair(Requests):
    """Both SUTs. What the device sent is judged for the device, what the server sent and told for the
    server."""

    def __init__(self, device: PairedDevice, server: Server, wire: Wire, proxy: UdpProxy) -> None:
        self.device = device
        self.server = server
        self.wire = wire
        self._proxy = proxy
        ixit = device.context.ixit
        self._kinds = {path: _KINDS[kind] for kind, path in ixit.writable()}
        self.lifetime: int | None = None
        """The lifetime in seconds that a Read has to give."""

    def type_of(self, path: tuple[int, ...]) -> DataType | None:
        """The type of a Resource: by its definition, or by what the device's IXIT names it for."""
        return self.device.context.type_of(path) or self._kinds.get(tuple(path[:3]))

    def _see_to_what_was_registered(self, answer: Answer) -> None:
        """A refusal that the server may give to just this Register says nothing of either."""
        register = self.device.register
        unknown = sorted(set(register.parameter_names) - _PARAMETERS) if register is not None else []
        at_odds = self.device.context.lwm2m != self.server.context.lwm2m
        if at_odds and answer.code == PRECONDITION_FAILED:
            raise Inconclusive("the server refuses the version of the device (4.12): none is in common")
        if unknown and answer.code == BAD_REQUEST:
            raise Inconclusive(
                f"the device registers with the parameter {', '.join(unknown)}, which LwM2M does not know, "
                f"and the server answers 4.00 (frame {answer.frame}), as it may"
            )

    def require_accepted(self, answer: Answer) -> None:
        """Demand as a step of the preamble that a Register was accepted.

        Raises:
            Inconclusive: it was not.
        """
        self._see_to_what_was_registered(answer)
        answer.require(code=CREATED)

    def accepted(self, answer: Answer) -> None:
        """Expect that a Register was accepted; records ``register-answer.<field>`` for the server.

        Raises:
            CheckFailed: it was not.
            Inconclusive: the server may refuse what the device registered, or the version of it.
        """
        self._see_to_what_was_registered(answer)
        answer.expect(outcome=RESPONSE, code=CREATED, location=PRESENT)

    async def updated(self, update: Update, request: Seen) -> Answer:
        """Expect that an Update is accepted; records ``update-answer.<field>`` for the server.

        Raises:
            CheckFailed: it was not.
            Inconclusive: the server refuses a parameter that no Update has, as it may.
        """
        answer = await self.answered(request, "update")
        unknown = sorted(set(update.parameter_names) - _OF_UPDATE)
        if unknown and answer.code == BAD_REQUEST:
            raise Inconclusive(
                f"the device updates with the parameter {', '.join(unknown)}, which an Update does not have, "
                f"and the server answers 4.00 (frame {answer.frame}), as it may"
            )
        answer.expect(outcome=RESPONSE, code=CHANGED)
        return answer

    async def told_of_registration(self) -> Told:
        """Expect the server to tell its user of the registration; records ``event-registered.received``.

        Raises:
            CheckFailed: it did not.
            Inconclusive: it asks the device first, and from another address than the device knows.
        """
        name = self.device.name
        await self.server.awaits("registered", name, self.patience)
        if not self.server.heard("registered", name):
            home = self.server.address
            for seen in self.wire.seen:
                if seen.passage.sender == "server" and seen.passage.server != home:
                    raise Inconclusive(
                        f"the server asks from port {seen.passage.server[1]} (frame {seen.frame}), the "
                        f"device knows it at port {home[1]} and may take it for a stranger"
                    )
        return await self.server.event("registered", name)

    async def registered(self, after: int = 0) -> Register:
        """Wait until the server has accepted the device and told its user: the preamble of nearly every case.

        It is the first Register behind the frame `after`.

        Raises:
            Inconclusive: it did not come about.
        """
        limit = self.device.context.ixit.reaction_time
        found = await self.device.look_for(Register, limit, after)
        if found is None:
            self.device.check_alive()
            raise Inconclusive(f"preamble: the device did not register within {limit:.1f} s")
        answer = await self.answered(found[1], "register")
        self.require_accepted(answer)
        self.device.location = answer.message.location_path
        await self.settled()
        await self.known()
        return found[0]

    async def settled(self) -> None:
        """Give the device the time that its profile says it needs before it hears requests."""
        register = self.device.register
        if register is not None and self.lifetime is None:
            self.lifetime = register.lifetime if isinstance(register.lifetime, int) else 86_400
        await asyncio.sleep(self.device.context.ixit.settle_time)

    async def known(self) -> None:
        """Wait until the server has told its user of the registration; judges nothing.

        A server that tells nothing is waited for as well: some take requests only a while after the Register.
        """
        tells = self.server.context.ics["event_registered"]
        limit = self.patience if tells else self.server.context.ixit.reaction_time
        await self.server.hears("registered", self.device.name, limit)

    @property
    def patience(self) -> float:
        """Seconds in which both can have done their part, a first repetition included."""
        server = self.server.context.ixit
        return (
            self.device.context.ixit.reaction_time + server.reaction_time + LAST_REPEAT * server.ack_timeout
        )

    async def answered(self, request: Seen, name: str) -> Answer:
        """The server's answer to a request of the device; nothing is judged yet."""
        limit = self.server.context.ixit.reaction_time
        exchange = await self.wire.answered(request, limit)
        return Answer(self.server.context.record, f"{name}-answer", Path(), exchange, limit=limit)

    @contextmanager
    def out_of_reach(self) -> Iterator[None]:
        """Let nothing pass between the two for a while."""
        self._proxy.cut = True
        try:
            yield
        finally:
            self._proxy.cut = False

    async def asleep(self) -> None:
        """Wait until the device has been silent for so long that both take it for asleep."""
        each = (self.device.context.ixit, self.server.context.ixit)
        await self.wire.quiet("device", max(ixit.awake_time + ixit.timing_tolerance for ixit in each))

    async def lapsed(self, lifetime: float) -> None:
        """Wait until the server has told its user that the registration ran out.

        Raises:
            Inconclusive: it did not, within its reaction time behind the lifetime in seconds.
        """
        limit = lifetime + self.server.context.ixit.reaction_time
        if await self.server.hears("expired", self.device.name, limit) is None:
            self.check_alive()
            raise Inconclusive(f"preamble: the registration did not run out within {limit:.1f} s")

    def agreed_format(self, *, several: bool = False) -> int | None:
        """The first format for one value, or for `several`, that both claim, or None: the server chooses."""
        device, server = self.device.context.ics, self.server.context.ics
        return next(
            (
                number
                for number in _FORMATS
                if device[f"format_{number.name.lower()}"] and server[f"takes_{number.name.lower()}"]
                if not (several and number in _SINGLE)
            ),
            None,
        )

    def need_agreed_format(self) -> int:
        """The format that both claim.

        Raises:
            NotApplicable: there is none.
        """
        number = self.agreed_format()
        if number is None:
            raise NotApplicable("the two claim no format for one value in common")
        return number

    async def control(self) -> None:
        """Prove that both are alive and right: the server's user reads the lifetime, or else the
        manufacturer, and gets what the device sent.

        Records checks ``control-<n>.<field>`` for both.

        Raises:
            CheckFailed: no answer, or a wrong one.
        """
        records = (self.device.context.record, self.server.context.record)
        for record in records:
            record.controls += 1
        name = f"control-{records[0].controls}"
        if self.device.context.ics["lifetime_readable"]:
            path, value = self.device.server_object / 1, self.lifetime
        else:
            path, value = Path(3, 0, 0), None
        asked = await self.read(path, name=name)
        if value is None:
            asked.expect(CONTENT)
        else:
            asked.expect_value(value)

    def check_alive(self) -> None:
        """Judge that both still run.

        Raises:
            CheckFailed: one exited; the check stands with it.
        """
        self.device.check_alive()
        self.server.check_alive()

    async def close(self) -> None:
        """End verbs that the case left running."""
        await self.device.close()
        await self.server.close()
