"""The tester as LwM2M device: right by default, wrong where a case says so."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from conformance.bindings.server_requests import ServerOperation, server_operation
from conformance.coap.carrier import Address
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.messages import Path
from conformance.messages.codes import CREATED
from conformance.messages.content import Values
from conformance.messages.registration import segments
from conformance.model import core_model
from conformance.roles.context import CaseContext
from conformance.roles.device_answers import RightAnswers
from conformance.roles.device_objects import DeviceObjects, usual_contents
from conformance.roles.device_protection import DeviceProtection
from conformance.roles.device_registration import Registering
from conformance.roles.device_reporting import Reporting
from conformance.roles.device_sleep import Sleeping
from conformance.roles.server_inbox import ServerInbox
from conformance.verdicts import Subject

Operation = TypeVar("Operation", bound=ServerOperation)

OpenEndpoint = Callable[[], Awaitable[Endpoint]]
"""Opens a further endpoint of the tester in the same evidence, which the conversation closes."""


class TesterDevice(Registering, Reporting, Sleeping, DeviceProtection, ServerInbox):
    """One device: an endpoint name, a socket, Objects with values, at most one registration.

    `lwm2m` is the enabler version that it registers with, `root` its alternate path. `objects` may be changed
    at any time; `deaf` lets everything that arrives be lost, as for a device that sleeps.
    """

    __test__ = False

    def __init__(
        self,
        context: CaseContext,
        endpoint: Endpoint,
        server: Address,
        name: str,
        *,
        lwm2m: str | None = None,
        root: str = "/",
        open_endpoint: OpenEndpoint,
        settled: Callable[["TesterDevice"], Awaitable[None]],
    ) -> None:
        ServerInbox.__init__(self)
        Reporting.__init__(self)
        self.context = context
        self.server_address = server
        self.name = name
        self.lwm2m = lwm2m or context.lwm2m
        self.root = root
        contents = usual_contents(context.lifetime)
        self.right = RightAnswers(DeviceObjects(core_model(self.lwm2m), contents), self.lwm2m)
        self._open_endpoint = open_endpoint
        self._settled = settled
        self._take_over(endpoint)

    def _take_over(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        endpoint.handler = self.handle

    @property
    def objects(self) -> DeviceObjects:
        """What the device holds."""
        return self.right.objects

    @property
    def prefix(self) -> tuple[str, ...]:
        """The segments of the alternate path."""
        return segments(self.root)

    @property
    def deaf(self) -> bool:
        return self.endpoint.deaf

    @deaf.setter
    def deaf(self, deaf: bool) -> None:
        self.endpoint.deaf = deaf

    def set(self, path: "Path | str", value: Values) -> None:
        """Give a Resource a value, and tell nobody."""
        self.objects.set(path, value)

    def held(self, path: "Path | str") -> Values | None:
        """What the device holds at a Resource, by Resource Instance id if multiple; None for nothing."""
        target = Path.of(path)
        below = {
            each[len(target) :]: value
            for each, value in self.objects.values.items()
            if each[: len(target)] == target
        }
        return below[()] if () in below else {each[0]: value for each, value in below.items()} or None

    def expect_holds(self, path: "Path | str", value: object, *, name: str = "device") -> None:
        """Expect what the device was made to hold at a Resource; records ``device.value``.

        Raises:
            CheckFailed: it holds something else.
        """
        held = self.held(path)
        self.context.record.judge(f"{name}.value", value, held, what=f"the device then holds at {path}")

    async def registered(self, *, lifetime: int = 300, **how: object) -> None:
        """Register and be known to the server's user: the preamble of nearly every case.

        Raises:
            Inconclusive: the server did not accept the registration.
        """
        answer = await self.register(lifetime=lifetime, **how)  # type: ignore[arg-type]
        answer.require(code=CREATED)
        await self._settled(self)

    async def move(self) -> None:
        """Go on from another address, with the same registration and the same observations."""
        self.endpoint.handler = None
        self._take_over(await self._open_endpoint())

    def operation_of(self, incoming: Incoming) -> ServerOperation:
        return server_operation(incoming.message, incoming.body, self.prefix)

    def answer(self, operation: ServerOperation, incoming: Incoming) -> Response:
        return self.observing(operation, incoming, self.right.to(operation))

    async def none(
        self,
        operation: type[ServerOperation],
        during: float | None = None,
        *,
        name: str | None = None,
        at: str | None = None,
    ) -> None:
        """Expect that the server does not send this operation, at this path, for some seconds (default the
        quiet time); records ``<operation>.absent``. The case, or its final control, has to show that the
        server is alive.

        Raises:
            CheckFailed: it came.
        """
        seconds = during or self.context.ixit.quiet_time
        found = await self.take(operation, seconds, at)
        self.context.record.judge(
            f"{name or operation.operation}.absent",
            None,
            operation.__name__ if found else None,
            actual=operation.__name__ if found else f"no {operation.__name__}",
            subject=Subject("operation", found[1].frame if found else None),
            what=f"no {operation.__name__} for {seconds:.1f} s, not",
        )
