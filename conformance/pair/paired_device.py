"""The device of a pair, as a test case sees it: what it sent, and its user side."""

from typing import Any, TypeVar

from conformance.bindings.coap_datagrams import DeviceOperation
from conformance.messages import Path, Register, Update
from conformance.messages.registration import first_instance, segments
from conformance.pair.wire import Seen, Wire, device_request
from conformance.roles.arrival import Arrival
from conformance.roles.context import CaseContext
from conformance.roles.user_side import RESPONSE, UserSide
from conformance.verdicts import HarnessError, NotApplicable, Subject

Operation = TypeVar("Operation", bound=DeviceOperation)


class PairedDevice(UserSide):
    """The SUT in the device's role; its checks judge what it sent to the server of the pair."""

    def __init__(self, context: CaseContext, wire: Wire) -> None:
        super().__init__(context)
        self.wire = wire
        self.register: Register | None = None
        """Its last Register."""
        self.location: tuple[str, ...] = ()
        """The location that the server gave it."""

    @property
    def name(self) -> str:
        """The endpoint client name that it was started with."""
        return self.context.endpoint

    @property
    def prefix(self) -> tuple[str, ...]:
        """The segments of the alternate path that it registered."""
        return segments(self.register.root) if self.register is not None else ()

    @property
    def server_object(self) -> Path:
        """Its Server Object Instance: the first of the registration, else ``/1/0``."""
        return Path(1, first_instance(self.register.objects if self.register else (), 1))

    @property
    def instances(self) -> list[str]:
        """The Object Instances that it registered."""
        return [path for path in (self.register.objects if self.register else ()) if path.count("/") == 2]

    def writable(self, kind: str) -> Path:
        """The Resource of this kind that may be written.

        Raises:
            NotApplicable: the profile names none.
        """
        path: tuple[int, ...] | None = getattr(self.context.ixit, f"writable_{kind}")
        if path is None:
            raise NotApplicable(f"the profile of the device gives no ixit.writable_{kind}")
        return Path.of(path)

    async def asked(self, verb: str, /, **arguments: Any) -> None:
        """Have the device do something by its adapter.

        Raises:
            NotApplicable: the adapter does not offer the verb.
            Inconclusive: the device could not do it.
        """
        (await self.verb(verb, **arguments)).require(outcome=RESPONSE)

    async def look_for(
        self, operation: type[Operation], within: float, after: int = 0
    ) -> tuple[Operation, Seen] | None:
        """The first request of this kind behind a frame, or None; judges nothing."""
        found = await self.wire.first(
            lambda seen: isinstance(device_request(seen, self.location), operation), within, after
        )
        message = device_request(found, self.location) if found is not None else None
        if found is None or not isinstance(message, operation):
            return None
        if isinstance(message, Register):
            self.register = message
        return message, found

    async def back(self, after: int, within: float) -> tuple[Register | Update, Seen] | None:
        """The first Update or Register behind a frame, or None; judges nothing."""
        found = await self.wire.first(
            lambda seen: isinstance(device_request(seen, self.location), Register | Update), within, after
        )
        message = device_request(found, self.location) if found is not None else None
        if found is None or not isinstance(message, Register | Update):
            return None
        return message, found

    @property
    def heard_at(self) -> float:
        """When its last Register or Update got through, in monotonic seconds."""
        return max(
            seen.passage.time
            for seen in self.wire.seen
            if isinstance(device_request(seen, self.location), Register | Update) and not seen.passage.lost
        )

    async def next(
        self, operation: type[Operation], after: int = 0, *, within: float | None = None
    ) -> tuple[Arrival[Operation], Seen]:
        """Expect the device to send this operation behind a frame; records ``<operation>.received``.

        Raises:
            CheckFailed: it did not within the limit (seconds, default the reaction time).
        """
        seconds = within or self.context.ixit.reaction_time
        found = await self.look_for(operation, seconds, after)
        if found is None:
            self.check_alive()
        self.context.record.judge(
            f"{operation.operation}.received",
            operation.__name__,
            operation.__name__ if found else None,
            actual=operation.__name__ if found else f"no {operation.__name__}",
            subject=Subject("operation", found[1].frame if found else None),
            limit=seconds,
        )
        if found is None:
            raise HarnessError("unreachable: a missing operation passed its check")
        return Arrival(self.context.record, found[0], found[1].incoming), found[1]
