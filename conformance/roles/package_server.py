"""The tester as the CoAP server from which a device fetches a firmware package."""

from collections.abc import Mapping

from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Code
from conformance.formats import ContentFormat
from conformance.roles.tester_server import TesterServer


class PackageServer:
    """Serves packages by name on the endpoint of the tester server, beside the registration interface.

    A name that it does not know is answered 4.04. `asked` counts the requests by name.
    """

    def __init__(self, server: TesterServer, packages: Mapping[str, bytes]) -> None:
        self.packages = dict(packages)
        self.asked: dict[str, int] = {}
        self._endpoint = server.endpoint
        self._rest = server.endpoint.handler
        server.endpoint.handler = self._handle

    def uri(self, name: str) -> str:
        """The coap URI of a package."""
        host, port = self._endpoint.local
        return f"coap://[{host}]:{port}/{name}" if ":" in host else f"coap://{host}:{port}/{name}"

    async def _handle(self, incoming: Incoming) -> Response | None:
        if incoming.message.code != Code.GET:
            return await self._rest(incoming) if self._rest else Response(Code.METHOD_NOT_ALLOWED)
        name = "/".join(incoming.message.uri_path)
        self.asked[name] = self.asked.get(name, 0) + 1
        package = self.packages.get(name)
        if package is None:
            return Response(Code.NOT_FOUND)
        return Response(Code.CONTENT, payload=package, content_format=ContentFormat.OPAQUE)
