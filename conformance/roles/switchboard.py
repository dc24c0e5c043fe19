"""One server address for several devices: hands each request to the tester server that keeps its sender."""

from conformance.bindings.coap_datagrams import Address, device_operation
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.coap.message import Code
from conformance.messages import Register
from conformance.roles.tester_server import TesterServer


class Switchboard:
    """The handler of an endpoint behind which every device has a `TesterServer` of its own.

    A Register is told apart by its Endpoint Client Name, and one under a foreign name is taken for that of a
    device which is still missing, so that the case sees and judges it. Whatever else comes is told apart by
    the location that it names, or by the address that something known came from before.
    """

    def __init__(self, endpoint: Endpoint, servers: dict[str, TesterServer]) -> None:
        self._servers = servers
        self._senders: dict[Address, TesterServer] = {}
        endpoint.handler = self._handle

    async def _handle(self, incoming: Incoming) -> Response | None:
        server = self._server_of(incoming)
        if server is None:
            return Response(Code.FORBIDDEN)
        self._senders[incoming.remote] = server
        return await server.handle(incoming)

    def _server_of(self, incoming: Incoming) -> TesterServer | None:
        operation = device_operation(incoming.message, incoming.body)
        if isinstance(operation, Register):
            missing = (server for server in self._servers.values() if not server.registrations)
            return self._servers.get(operation.endpoint or "") or next(missing, None)
        location = incoming.message.uri_path
        owners = (server for server in self._servers.values() if location in server.registrations)
        return next(owners, None) or self._senders.get(incoming.remote)
