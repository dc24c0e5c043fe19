"""A device and a server that talk with each other, as a test case sees them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from conformance.bindings.server_requests import ServerOperation
from conformance.formats import ContentFormat, DataType
from conformance.matching import PRESENT
from conformance.messages import Discover, Execute, Observe, Path, Read, Register, Write
from conformance.messages.codes import BAD_REQUEST, CONTENT, CREATED, PRECONDITION_FAILED
from conformance.messages.content import Values
from conformance.pair.asked import Asked
from conformance.pair.paired_device import PairedDevice
from conformance.pair.wire import Seen, Wire, server_request
from conformance.roles.answer import Answer
from conformance.roles.server import PathLike, Server
from conformance.roles.server_request import ServerRequest
from conformance.roles.user_side import RESPONSE, Result
from conformance.verdicts import HarnessError, Inconclusive, NotApplicable, Subject

LAST_REPEAT = 1.5
"""A first repetition of a lost request comes after at most so many ACK_TIMEOUT (RFC 7252 §4.8)."""
_FORMATS = (
    ContentFormat.TEXT,
    ContentFormat.TLV,
    ContentFormat.SENML_JSON,
    ContentFormat.SENML_CBOR,
    ContentFormat.LWM2M_JSON,
    ContentFormat.CBOR,
)
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
_NOT_READY = "not-ready"
_UNSUPPORTED = "unsupported"
"""How an adapter's word begins for what the server's user cannot ask for."""


class Pair:
    """Both SUTs. What the device sent is judged for the device, what the server sent and told for the
    server."""

    def __init__(self, device: PairedDevice, server: Server, wire: Wire) -> None:
        self.device = device
        self.server = server
        self.wire = wire
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

    async def registered(self) -> Register:
        """Wait until the server has accepted the device and told its user: the preamble of nearly every case.

        Raises:
            Inconclusive: it did not come about.
        """
        limit = self.device.context.ixit.reaction_time
        found = await self.device.look_for(Register, limit)
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
        await self.server.awaits("registered", self.device.name, limit)

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

    def agreed_format(self) -> int | None:
        """The first format for one value that both claim, or None: the server chooses."""
        device, server = self.device.context.ics, self.server.context.ics
        return next(
            (
                number
                for number in _FORMATS
                if device[f"format_{number.name.lower()}"] and server[f"takes_{number.name.lower()}"]
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

    async def read(self, path: PathLike, format: int | None = None, *, name: str = "read") -> Asked:
        """Have the device read through the server."""
        call = self.server.read(self.device.name, path, format)
        return await self._ask(call, Read, Path.of(path), name)

    async def write(
        self, path: PathLike, value: Values, format: int | None = None, *, name: str = "write"
    ) -> Asked:
        """Have the device written to through the server."""
        call = self.server.write(self.device.name, path, value, format=format)
        return await self._ask(call, Write, Path.of(path), name)

    async def execute(self, path: PathLike, *, name: str = "execute") -> Asked:
        """Have a Resource of the device executed through the server."""
        return await self._ask(self.server.execute(self.device.name, path), Execute, Path.of(path), name)

    async def discover(self, path: PathLike, *, name: str = "discover") -> Asked:
        """Have the device discovered through the server."""
        return await self._ask(self.server.discover(self.device.name, path), Discover, Path.of(path), name)

    async def observe(self, path: PathLike, *, name: str = "observe") -> Asked:
        """Have a path of the device observed through the server."""
        call = self.server.observe(self.device.name, path)
        return await self._ask(call, Observe, Path.of(path), name, lambda operation: not operation.cancel)

    async def cancel(self, path: PathLike, *, name: str = "cancel") -> Asked:
        """Have the server end an observation by a request."""
        call = self.server.cancel(self.device.name, path)
        return await self._ask(call, Observe, Path.of(path), name, lambda operation: bool(operation.cancel))

    async def cancel_passively(self, path: PathLike) -> None:
        """Have the server end an observation by a Reset to the next notification.

        Raises:
            NotApplicable: its user cannot ask for this.
            Inconclusive: it could not do it.
        """
        result = await self.server.cancel(self.device.name, path, "passive")
        _see_that_it_is_offered(result)
        result.require(outcome=RESPONSE)

    async def _ask(
        self,
        call: Coroutine[Any, Any, Result],
        operation: type[ServerOperation],
        path: Path,
        name: str,
        also: Callable[[Any], bool] = lambda operation: True,
    ) -> Asked:
        """Let the verb run, and find its request and the answer; records ``<name>.received`` for the server.

        Raises:
            NotApplicable: the server's user cannot ask for this.
            CheckFailed: the server did not send the request.
        """
        after, context = self.wire.last, self.server.context
        verb = self.server.begin(call)
        limit = context.ixit.reaction_time

        def wanted(seen: Seen) -> bool:
            found = server_request(seen, self.device.prefix)
            return isinstance(found, operation) and found.path == path and also(found)

        seen = await self._request_or_end(wanted, verb, limit, after)
        if seen is None and verb.done():
            _see_that_it_is_offered(verb.result())
            _see_that_it_is_ready(verb.result())
        what = f"{operation.__name__} {path}"
        ended_with = f"; the verb ended with {verb.result().outcome}" if verb.done() else ""
        context.record.judge(
            f"{name}.received",
            what,
            what if seen else None,
            actual=what if seen else f"no {what}{ended_with}",
            subject=Subject("operation", seen.frame if seen else None),
            limit=limit,
        )
        found = server_request(seen, self.device.prefix) if seen is not None else None
        if seen is None or found is None:
            raise HarnessError("unreachable: a missing operation passed its check")
        device = self.device.context
        longest = device.ixit.reaction_time + LAST_REPEAT * context.ixit.ack_timeout
        exchange = await self.wire.answered(seen, longest)
        if exchange.response is None:
            self.device.check_alive()
        answer = Answer(
            device.record,
            found.operation,
            path,
            exchange,
            self.type_of,
            limit=longest,
            prefix=self.device.prefix,
        )
        await asyncio.wait([verb], timeout=limit if answer.answered else 0)
        unanswered = Result(context.record, name, what, "unanswered", {"detail": f"within {limit:.1f} s"})
        result = verb.result() if verb.done() else unanswered
        request = ServerRequest(context.record, found, seen.incoming, self.type_of)
        return Asked(name, seen, request, answer, result, device, context, self.server.address)

    async def _request_or_end(
        self, wanted: Callable[[Seen], bool], verb: "asyncio.Task[Result]", limit: float, after: int
    ) -> Seen | None:
        """The request; a verb that has ended without one is not waited for."""
        waiting = asyncio.ensure_future(self.wire.first(wanted, limit, after))
        try:
            await asyncio.wait([waiting, verb], return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
            if verb.exception() is not None:
                verb.result()
            return await self.wire.first(wanted, 0, after)
        finally:
            waiting.cancel()

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
        try:
            asked = await self.read(path, self.agreed_format(), name=name)
        except NotApplicable:
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


def _see_that_it_is_offered(result: Result) -> None:
    """What the server has no way to do says nothing of it."""
    if result.outcome.startswith(_UNSUPPORTED):
        detail = result.given.get("detail")
        raise NotApplicable(f"the server cannot be asked for this: {result.outcome} ({detail})")


def _see_that_it_is_ready(result: Result) -> None:
    """A server may take no requests before it has looked at a device for itself, and that may have failed."""
    if result.outcome == _NOT_READY:
        raise Inconclusive(f"the server accepted the device and does not take requests for it: {_NOT_READY}")
