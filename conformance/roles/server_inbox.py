"""What a server asks of a device of the tester."""

from typing import TypeVar

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.roles.context import CaseContext
from conformance.roles.device_objects import DeviceObjects
from conformance.roles.inbox import Inbox
from conformance.roles.server_request import ServerRequest
from conformance.verdicts import HarnessError, Subject

Operation = TypeVar("Operation", bound=ServerOperation)


class ServerInbox(Inbox[ServerOperation]):
    """Keeps an operation before it is answered: a case may act while a script holds the answer back."""

    context: CaseContext

    @property
    def objects(self) -> DeviceObjects:
        """What the device holds."""
        raise NotImplementedError

    async def handle(self, incoming: Incoming) -> Response | None:
        """Answer what the SUT asks, and keep it for the case."""
        operation = self.operation_of(incoming)
        script = self.script_for(operation)
        self.keep(operation, incoming)
        return await script(operation, incoming) if script else self.answer(operation, incoming)

    async def next(
        self,
        operation: type[Operation],
        within: float | None = None,
        *,
        name: str | None = None,
        at: str | None = None,
    ) -> ServerRequest[Operation]:
        """Expect the SUT to send this operation; records the check ``<operation>.received``.

        What it sends at the path `at` comes first, the like at another path only where there is none: a SUT
        may ask a device that registered for more than its user wanted.

        Raises:
            CheckFailed: it did not come within the limit (seconds, default the reaction time).
        """
        seconds = within or self.context.ixit.reaction_time
        found = await self.take(operation, seconds, at)
        if found is None and at is not None:
            found = await self.take(operation, 0.0)
        instead = ", ".join(type(each).__name__ for each in self.arrived)
        self.context.record.judge(
            f"{name or operation.operation}.received",
            operation.__name__,
            operation.__name__ if found else None,
            actual=operation.__name__
            if found
            else f"no {operation.__name__}" + (f", but {instead}" if instead else ""),
            subject=Subject("operation", found[1].frame if found else None),
            limit=seconds,
        )
        if found is None or not isinstance(found[0], operation):
            raise HarnessError("unreachable: a missing operation passed its check")
        return ServerRequest(self.context.record, found[0], found[1], self.objects.type_of)
