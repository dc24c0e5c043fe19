"""The tester as bootstrap server, and the device's account there as a test case sees it."""

import re
from collections.abc import Mapping
from dataclasses import replace

from conformance.bindings.coap_datagrams import (
    Address,
    DeviceOperation,
    bootstrap_request_of,
    perform,
)
from conformance.coap.codec import encode
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.coap.message import Code, Message, Type, request_options
from conformance.messages import Path
from conformance.messages.bootstrap import (
    BootstrapDelete,
    BootstrapDiscover,
    BootstrapFinish,
    BootstrapOperation,
    BootstrapRead,
    BootstrapRequest,
    BootstrapWrite,
)
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.content import Values, payload_of
from conformance.messages.management import Payload
from conformance.roles.account import Account, Operation, PathLike
from conformance.roles.answer import Answer
from conformance.roles.arrival import Arrival
from conformance.roles.device import Device
from conformance.roles.secured import Secured
from conformance.roles.settings import Settings
from conformance.roles.tester_server import TesterServer
from conformance.security.provisioning import security_resources
from conformance.transports.udp import UdpTransport
from conformance.verdicts import HarnessError, Inconclusive, Subject

__all__ = ["BootstrapAccount", "Settings", "TesterBootstrapServer", "uri_of"]

NO_SECURITY = 3
"""Security Mode NoSec (LwM2M Core 1.1.1 §E.1)."""
_INSTANCE = re.compile(rb"</(\d+)/(\d+)/?>([^,]*)")


class TesterBootstrapServer(TesterServer):
    """A right bootstrap server over an endpoint: takes Bootstrap-Requests, and nothing else of a device."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint, {})

    def answer(self, operation: DeviceOperation, incoming: Incoming) -> Response:
        return Response(Code.CHANGED if isinstance(operation, BootstrapRequest) else Code.NOT_FOUND)


class BootstrapAccount:
    """The device's account at the tester's bootstrap server: one session, and the operations in it."""

    def __init__(self, account: Device, server: TesterBootstrapServer) -> None:
        self.account = account
        self.server = server
        self.remote: Address | None = None
        self.secured: Secured | None = None
        self.usage: str | None = None
        """The certificate usage that accounts are written with (/0/x/15); None leaves it out."""
        self.suites: tuple[int, ...] = ()
        """The cipher suites that accounts are written with (/0/x/16); none leaves it out."""
        self._association = Account(account.context, server)

    @property
    def endpoint(self) -> Endpoint:
        """The CoAP endpoint of the tester."""
        return self.server.endpoint

    @property
    def dtls(self) -> Secured:
        """What happens on the association with the device, and what the tester does there.

        Raises:
            HarnessError: the case does not say ``security=``.
        """
        if self.secured is None:
            raise HarnessError('the case looks at DTLS: say security=("psk",) or other modes')
        return self.secured

    @property
    def known_remote(self) -> Address:
        """Where the device is.

        Raises:
            Inconclusive: no Bootstrap-Request has told it yet.
        """
        if self.remote is None:
            raise Inconclusive("the SUT has sent no Bootstrap-Request at this point of the conversation")
        return self.remote

    async def requested(self) -> Arrival[BootstrapRequest]:
        """Wait for the Bootstrap-Request that opens a session: the preamble of a case about what is in it.

        Raises:
            Inconclusive: none came in time.
            CheckFailed: the device ended before.
        """
        limit = self.account.context.ixit.reaction_time
        found = await self.server.next((BootstrapRequest,), limit)
        if found is None or not isinstance(found[0], BootstrapRequest):
            self.account.check_alive()
            self.account.check_understood()
            raise Inconclusive(f"preamble: no Bootstrap-Request came within {limit:.1f} s")
        self.remote = found[1].remote
        return Arrival(self.account.context.record, found[0], found[1])

    async def next(
        self, operation: type[Operation], within: float | None = None, *, name: str | None = None
    ) -> Arrival[Operation]:
        """Expect the device to send this operation here; records ``<operation>.received``.

        Raises:
            CheckFailed: it did not come within the limit (seconds, default the reaction time).
        """
        arrival = await self._association.next(operation, within, name=name)
        self.remote = arrival.incoming.remote
        return arrival

    async def none(self, operation: type[Operation], during: float | None = None) -> None:
        """Expect that the device does not send this operation here for some seconds (default the quiet
        time); records ``<operation>.absent``. The case has to show by itself that the device is alive.

        Raises:
            CheckFailed: it came.
        """
        seconds = during or self.account.context.ixit.quiet_time
        found = await self.server.next((operation,), seconds)
        self.account.context.record.judge(
            f"{operation.operation}.absent",
            None,
            operation.__name__ if found else None,
            subject=Subject("operation", found[1].frame if found else None),
            what=f"at the bootstrap server within {seconds:.1f} s:",
        )

    async def in_session(self, *, judged: bool = False) -> None:
        """Have a session in which settings are taken: that which is open, or else a new one.

        A device may close its session when it answers a Finish with an error. `judged` makes it a check that
        it asks for another one then.

        Raises:
            Inconclusive: it asks for no other.
            CheckFailed: the same, where that is judged.
            NotApplicable: the adapter cannot make it ask.
        """
        if await self._asked() or (await self.discover("/1")).code == CONTENT:
            return
        if judged:
            await self.account.trigger("bootstrap")
            await self.next(BootstrapRequest)
        else:
            await self._make_ask()

    async def asked_again(self) -> None:
        """Have a device without a session send a Bootstrap-Request, if it did not by itself.

        Raises:
            Inconclusive: none came.
            NotApplicable: the adapter cannot make it ask.
        """
        if not await self._asked():
            await self._make_ask()

    async def _asked(self) -> bool:
        found = await self.server.next((BootstrapRequest,), self.account.context.ixit.quiet_time)
        if found is not None:
            self.remote = found[1].remote
        return found is not None

    async def _make_ask(self) -> None:
        await self.account.trigger("bootstrap")
        await self.requested()

    async def perform(
        self, operation: BootstrapOperation, *, szx: int | None = None, path: tuple[str, ...] | None = None
    ) -> Answer:
        """Send the operation and wait for its end; nothing is judged yet. `path` replaces its Uri-Path.

        Raises:
            Inconclusive: no Bootstrap-Request has told yet where the device is.
        """
        remote, context = self.known_remote, self.account.context
        limit = context.ixit.reaction_time
        request = bootstrap_request_of(operation)
        if path is not None:
            request = replace(request, path=path)
        exchange = await perform(self.endpoint, remote, request, limit=limit, szx=szx)
        if exchange.response is None:
            self.account.check_alive()
        return Answer(
            context.record, operation.operation, operation.path, exchange, context.type_of, limit=limit
        )

    async def discover(self, path: PathLike = "/") -> Answer:
        """Discover everything, or one Object."""
        return await self.perform(BootstrapDiscover(Path.of(path)))

    async def read(self, path: PathLike, accept: int | None = None) -> Answer:
        """Read an Object or an Instance; without `accept` in a format that the SUT has."""
        target = Path.of(path)
        wanted = self.account.format_for(target, structured=True) if accept is None else accept
        return await self.perform(BootstrapRead(target, wanted))

    async def write(
        self, path: PathLike, values: Values | Payload, format: int | None = None, *, szx: int | None = None
    ) -> Answer:
        """Write a value, or values by id; a `Payload` goes out as it is."""
        target = Path.of(path)
        if not isinstance(values, Payload):
            number = self.account.format_for(target) if format is None else format
            values = payload_of(target, values, number, self.account.context.type_of)
        return await self.perform(BootstrapWrite(target, values), szx=szx)

    def put_in_clear(self, path: PathLike, values: Values) -> int:
        """Send a Bootstrap-Write without DTLS over the association; the number of its frame.

        Raises:
            HarnessError: there is no association.
        """
        target, context = Path.of(path), self.account.context
        payload = payload_of(target, values, self.account.format_for(target), context.type_of)
        request = bootstrap_request_of(BootstrapWrite(target, payload))
        options = request_options(path=request.path, content_format=request.content_format)
        mid, token = self.endpoint.new_mid(), self.endpoint.new_token()
        message = Message(Type.CON, request.method, mid, token, options, request.payload)
        return self.dtls.channel.transport.put(encode(message), self.dtls.peer.address)

    async def delete(self, path: PathLike = "/") -> Answer:
        """Delete everything, the Instances of an Object, or one Instance."""
        return await self.perform(BootstrapDelete(Path.of(path)))

    async def finish(self) -> Answer:
        """Say that the settings are complete."""
        return await self.perform(BootstrapFinish())

    async def instances(self, object_id: int) -> dict[Path, bool]:
        """The Instances of an Object that a Bootstrap-Discover lists, each with whether it has an ssid.

        It reads over the faults of the list, which a case of its own judges.

        Raises:
            Inconclusive: the Discover was refused.
        """
        answer = await self.discover((object_id,))
        answer.require(code=CONTENT)
        found = ((int(at[1]), int(at[2]), at[3]) for at in _INSTANCE.finditer(answer.payload))
        return {Path(above, below): b"ssid=" in rest for above, below, rest in found if above == object_id}

    async def own_account(self) -> Path:
        """The Security Instance of this account: the only one, or the one without an ssid.

        Raises:
            Inconclusive: the Discover was refused, or does not tell.
        """
        listed = await self.instances(0)
        own = [path for path, has_ssid in listed.items() if not has_ssid or len(listed) == 1]
        if len(own) != 1:
            raise Inconclusive(f"preamble: Discover shows {len(own)} Security Instances without an ssid")
        return own[0]

    async def write_from_elsewhere(self, path: PathLike, values: Mapping[int, Values]) -> str:
        """Write as another peer than the bootstrap server; how it ended, or the class of the code."""
        target = Path.of(path)
        type_of = self.account.context.type_of
        payload = payload_of(target, values, self.account.format_for(target), type_of)
        return await self.from_elsewhere(BootstrapWrite(target, payload))

    async def from_elsewhere(self, operation: BootstrapOperation) -> str:
        """Ask for an operation as another peer; how it ended, or the class of the code.

        Raises:
            Inconclusive: no Bootstrap-Request has told yet where the device is.
        """
        remote, context = self.known_remote, self.account.context
        transport = await UdpTransport.open((self.endpoint.local[0], 0))
        stranger = Endpoint(transport, random=context.chance)
        try:
            request = bootstrap_request_of(operation)
            exchange = await perform(stranger, remote, request, limit=context.ixit.quiet_time)
        finally:
            await stranger.close()
        response = exchange.response
        return f"{str(response.message.code)[0]}.xx" if response else exchange.outcome

    async def free_security_instance(self) -> Path:
        """A Security Instance that the device does not have: none may be taken for its own account (Q27).

        Raises:
            Inconclusive: the Discover was refused.
        """
        taken = await self.instances(0)
        return next(Path(0, number) for number in range(65535) if Path(0, number) not in taken)

    def security_values(self, ssid: int, server: Account | None = None) -> dict[int, Values]:
        """A Security Instance for the account at a server of the tester (default the first); where the case
        runs in a security mode, with the keys that the first server knows, else without security."""
        if server in (None, self.account) and self.account.secured is not None:
            keys = security_resources(self.account.dtls.channel.credentials, self.usage)
            suites: dict[int, Values] = {16: dict(enumerate(self.suites))} if self.suites else {}
            return {0: uri_of(self.account.endpoint, "coaps"), 1: False, **keys, 10: ssid, **suites}
        none: dict[int, Values] = {3: b"", 4: b"", 5: b""}
        return {0: uri_of((server or self.account).endpoint), 1: False, 2: NO_SECURITY, **none, 10: ssid}

    def bootstrap_values(self) -> dict[int, Values]:
        """A Security Instance for an account at this bootstrap server, without security."""
        keys: dict[int, Values] = {3: b"", 4: b"", 5: b""}
        return {0: uri_of(self.endpoint), 1: True, 2: NO_SECURITY, **keys}

    def server_values(self, ssid: int, lifetime: int) -> dict[int, Values]:
        """A Server Instance; `lifetime` in seconds."""
        return {0: ssid, 1: lifetime, 6: False, 7: "U"}

    async def new_settings(self, lifetime: int | None = None) -> Settings:
        """Ids and values for an account that the device does not have yet; `lifetime` in seconds.

        Raises:
            Inconclusive: the device does not say which Security Instances it has.
        """
        chance = self.account.context.chance
        security = await self.free_security_instance()
        seconds = chance.randrange(600, 6_000) if lifetime is None else lifetime
        return Settings(security, Path(1, 0), chance.randrange(200, 60_000), seconds)

    async def provision(
        self, settings: Settings | None = None, server: Account | None = None, *, format: int | None = None
    ) -> Settings:
        """Write an account at a server of the tester (default the first), in this format or one that the SUT
        has; Finish is left to the case.

        Raises:
            Inconclusive: a Write was refused.
        """
        chosen = settings or await self.new_settings()
        where = server or self.account
        security = self.security_values(chosen.ssid, where)
        (await self.write(chosen.security, security, format)).require(code=CHANGED)
        values = {**self.server_values(chosen.ssid, chosen.lifetime), **chosen.more}
        (await self.write(chosen.server, values, format)).require(code=CHANGED)
        return chosen

    async def complete(self) -> Settings:
        """A whole bootstrap from its request on, until the device is registered.

        Raises:
            Inconclusive: one of its steps did not come about.
        """
        await self.requested()
        settings = await self.provision()
        (await self.finish()).require(code=CHANGED)
        await self.account.registered()
        return settings


def uri_of(endpoint: Endpoint, scheme: str = "coap") -> str:
    """The URI under which peers find a tester's endpoint."""
    host, port = endpoint.shown
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
