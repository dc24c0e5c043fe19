"""The tester as a device that is bootstrapped: it asks, and takes what is written, right by default."""

import asyncio
from collections.abc import Sequence

from conformance.bindings.server_requests import ServerOperation, bootstrap_server_operation
from conformance.coap.carrier import Address
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.coap.message import Code
from conformance.formats import (
    ContentFormat,
    DataType,
    Entry,
    MalformedPayload,
    ObjectLink,
    TypeOf,
    Value,
    decode,
)
from conformance.formats.link import Attribute, Link, serialise
from conformance.messages import Path
from conformance.messages.bootstrap import (
    BootstrapDelete,
    BootstrapDiscover,
    BootstrapFinish,
    BootstrapRead,
    BootstrapWrite,
)
from conformance.messages.codes import CHANGED
from conformance.messages.content import Values
from conformance.model import core_model
from conformance.roles.answer import Answer
from conformance.roles.context import CaseContext
from conformance.roles.device_answers import RefusedError, RightAnswers
from conformance.roles.device_objects import DeviceObjects
from conformance.roles.device_protection import DeviceProtection
from conformance.roles.protected_device import ProtectedDevice
from conformance.roles.secured_device import SecuredDevice
from conformance.roles.server_inbox import ServerInbox
from conformance.verdicts import Subject

NO_SECURITY = 3
"""Security Mode NoSec (LwM2M Core 1.1.1 §E.1)."""
OSCORE_OBJECT, OSCORE_LINK = 21, 17
"""The OSCORE Object, and the Resource of the Security Object that names an Instance of it."""


def _opaque_where_string(objects: DeviceObjects) -> TypeOf:
    def type_of(path: tuple[int, ...]) -> DataType | None:
        found = objects.type_of(path)
        return DataType.OPAQUE if found is DataType.STRING else found

    return type_of


class TesterBootstrapClient(DeviceProtection, ServerInbox):
    """One device with an account at the bootstrap server under test, and nothing else yet.

    `objects` is what it holds, with all that the server wrote; `finished` is set when Finish was answered
    2.04. A server may write over the account of the bootstrap server, or give another one: the device then
    has no such account, or the new one (LwM2M Core 1.1.1 §6.1.3.3).
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
        security: SecuredDevice | ProtectedDevice | None = None,
    ) -> None:
        super().__init__()
        self.security = security
        self.context = context
        self.endpoint = endpoint
        self.server_address = server
        self.name = name
        self.lwm2m = lwm2m or context.lwm2m
        self.finished = asyncio.Event()
        host, port = server
        secured = isinstance(security, SecuredDevice)
        account: dict[int, Values] = {
            0: f"coap{'s' if secured else ''}://{host}:{port}",
            1: True,
            2: security.mode if isinstance(security, SecuredDevice) else NO_SECURITY,
            3: b"",
            4: b"",
            5: b"",
        }
        device: dict[int, Values] = {0: "Conformance", 1: "Tester device", 11: {0: 0}, 16: "U"}
        contents: dict[int, dict[int, dict[int, Values]]] = {0: {0: account}, 3: {0: device}}
        if isinstance(security, ProtectedDevice):
            account[OSCORE_LINK] = ObjectLink(OSCORE_OBJECT, 0)
            contents[OSCORE_OBJECT] = {0: {}}
        objects = DeviceObjects(core_model(self.lwm2m), contents)
        self._stays = {Path(3, 0)} | ({Path(OSCORE_OBJECT, 0)} if OSCORE_OBJECT in contents else set())
        self.right = RightAnswers(objects, self.lwm2m)
        self._given: set[Path] = set()
        endpoint.handler = self.handle

    @property
    def objects(self) -> DeviceObjects:
        """What the device holds."""
        return self.right.objects

    async def request(
        self,
        *,
        query: Sequence[str] | None = None,
        more: Sequence[str] = (),
        limit: float | None = None,
    ) -> Answer:
        """Ask to be bootstrapped (LwM2M Core 1.1.1 §6.1.7.1); `query` replaces all parameters."""
        seconds = limit or self.context.ixit.reaction_time
        told = (f"ep={self.name}",) if query is None else tuple(query)
        exchange = await self.endpoint.request(
            self.server_address, Code.POST, path=("bs",), query=(*told, *more), limit=seconds
        )
        return Answer(self.context.record, "bootstrap-request", Path(), exchange, limit=seconds)

    async def requested(self) -> None:
        """Ask, and be accepted: the preamble of a case about what comes then.

        Raises:
            Inconclusive: the bootstrap server did not accept the request.
        """
        (await self.request()).require(code=CHANGED)

    async def is_finished(self, within: float | None = None) -> bool:
        """Whether Finish comes within some seconds (default the reaction time)."""
        seconds = within or self.context.ixit.reaction_time
        try:
            await asyncio.wait_for(self.finished.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def expect_finished(self, within: float | None = None, *, name: str = "session") -> None:
        """Expect the session to end with Bootstrap-Finish; records ``<name>.finished``.

        Raises:
            CheckFailed: nothing came for the limit (seconds, default the reaction time) before the end.
        """
        seconds, before = within or self.context.ixit.reaction_time, -1
        finished = False
        while not finished and len(self.arrived) > before:
            before = len(self.arrived)
            finished = await self.is_finished(seconds)
        came = ", ".join(type(each).__name__ for each in self.arrived) or "nothing"
        self.context.record.judge(
            f"{name}.finished",
            True,
            finished,
            what="Bootstrap-Finish",
            actual="Bootstrap-Finish" if finished else f"no Bootstrap-Finish; what came: {came}",
            subject=Subject("operation"),
            limit=seconds,
        )

    def operation_of(self, incoming: Incoming) -> ServerOperation:
        return bootstrap_server_operation(incoming.message, incoming.body)

    def answer(self, operation: ServerOperation, incoming: Incoming) -> Response:
        try:
            return self._answer(operation)
        except RefusedError as refused:
            return Response(refused.code)
        except MalformedPayload:
            return Response(Code.BAD_REQUEST)

    def _answer(self, operation: ServerOperation) -> Response:
        match operation:
            case BootstrapDiscover(path=path):
                return self._discover(path)
            case BootstrapRead(path=path, accept=accept):
                if path[:1] not in ((1,), (2,)):
                    raise RefusedError(Code.BAD_REQUEST)
                return self.right.content(path, accept)
            case BootstrapWrite():
                return self._write(operation)
            case BootstrapDelete(path=path):
                self._delete(path)
                return Response(Code.DELETED)
            case BootstrapFinish():
                return self._finish()
            case _:
                return Response(Code.NOT_FOUND)

    @property
    def bootstrap_accounts(self) -> list[Path]:
        """The Instances of Object 0 that are accounts at a bootstrap server."""
        held = self.objects.values
        return sorted(Path(*path[:2]) for path, value in held.items() if path[0::2] == (0, 1) and value)

    @property
    def server_accounts(self) -> list[Path]:
        """The Instances of Object 0 that are accounts at a server."""
        instances = {path for path in self.objects.instances if path[0] == 0}
        return sorted(instances - set(self.bootstrap_accounts))

    @property
    def short_server_ids(self) -> list[Value | None]:
        """The Short Server IDs of the server accounts, in the order of their Instances of Object 0."""
        return [self.objects.values.get(instance / 10) for instance in self.server_accounts]

    def move_bootstrap_account(self, instance: int) -> None:
        """Have the account at the bootstrap server in another Instance of Object 0."""
        (present,) = self.bootstrap_accounts
        held = {path[2]: value for path, value in self.objects.values.items() if path[:2] == present}
        self.objects.remove(present)
        self.objects.add(Path(0, instance), held)

    def add_account(self, instance: int, *, ssid: int) -> None:
        """Have an account at a server from before, in this Instance of Objects 0 and 1."""
        security: dict[int, Values] = {0: "coap://127.0.0.1:9", 1: False, 2: NO_SECURITY, 10: ssid}
        self.objects.add(Path(0, instance), security)
        self.objects.add(Path(1, instance), {0: ssid, 1: 300, 6: True, 7: "U"})

    def _discover(self, path: Path) -> Response:
        held = sorted(each for each in self.objects.instances if each[: len(path)] == path)
        if path and not held:
            raise RefusedError(Code.NOT_FOUND)
        version: tuple[Attribute, ...] = (("lwm2m", self.lwm2m, False),)
        links = [Link("/", version)] + [Link(str(each), self._told(each)) for each in held]
        return Response(Code.CONTENT, payload=serialise(links), content_format=ContentFormat.LINK)

    def _told(self, instance: Path) -> tuple[Attribute, ...]:
        resource = {0: 10, 1: 0}.get(instance[0])
        number = self.objects.values.get(instance / resource) if resource is not None else None
        if number is None or instance in self.bootstrap_accounts:
            return ()
        return (("ssid", str(number), False),)

    def _write(self, write: BootstrapWrite) -> Response:
        number = write.payload.content_format
        if number is None or number not in self.right.formats:
            raise RefusedError(Code.UNSUPPORTED_CONTENT_FORMAT)
        entries = self._entries(write, number)
        if any(len(entry.path) < 2 for entry in entries) or (len(write.path) == 1 and not entries):
            raise RefusedError(Code.BAD_REQUEST)
        for resource in dict.fromkeys(Path(*entry.path[:3]) for entry in entries):
            self.objects.remove_values(resource)
        for entry in entries:
            self._given.add(Path(*entry.path[:2]))
            self.objects.instances.add(Path(*entry.path[:2]))
            if entry.path[0] == OSCORE_OBJECT and isinstance(entry.value, bytes):
                self.objects.values[Path(*entry.path)] = entry.value
            elif entry.value is not None:
                self.objects.set(Path(*entry.path), entry.value)
        return Response(Code.CHANGED)

    def _entries(self, write: BootstrapWrite, number: int) -> Sequence[Entry]:
        """What is written; Resources of the OSCORE Object are Strings, or Opaque from its version 2.0 on."""
        try:
            return decode(number, write.payload.data, base=write.path, type_of=self.objects.type_of)
        except MalformedPayload:
            if write.path[:1] != (OSCORE_OBJECT,):
                raise
        return decode(number, write.payload.data, base=write.path, type_of=_opaque_where_string(self.objects))

    def _delete(self, path: Path) -> None:
        """Take away everything below, but what has to stay (LwM2M Core 1.1.1 §6.1.7.6)."""
        kept = {*self.bootstrap_accounts, *self._stays}
        if path in kept:
            raise RefusedError(Code.BAD_REQUEST)
        for instance in sorted(self.objects.instances - kept):
            if instance[: len(path)] == path:
                self.objects.remove(instance)

    def _finish(self) -> Response:
        """2.04 when the settings are consistent, else 4.06 (LwM2M Core 1.1.1 §6.1.7.2)."""
        if self._given.intersection(self.bootstrap_accounts):
            for replaced in set(self.bootstrap_accounts) - self._given:
                self.objects.remove(replaced)
        servers = {instance for instance in self.objects.instances if instance[0] == 1}
        held = self.objects.values
        paired = {held.get(each / 10) for each in self.server_accounts} & {
            held.get(each / 0) for each in servers
        } - {None}
        if not paired or len(self.bootstrap_accounts) > 1:
            raise RefusedError(Code.NOT_ACCEPTABLE)
        self.finished.set()
        return Response(Code.CHANGED)
