"""Options that devices may send to any server (RFC 7252 §5.10)."""

from conformance.coap.options import Option, OptionNumber
from conformance.messages.codes import CHANGED, CREATED
from conformance.roles.device_crafted import register_message, sent
from conformance.roles.server import Server
from conformance.testcase import testcase, vary


@testcase("SCP-OPT-03", verifies=["HLF-012"], clause="RFC 7252 §5.10.1", applies="server")
@vary(options=["host", "port", "both"])
async def test_uri_host_and_port_are_no_obstacle(server: Server, options: str) -> None:
    """A Register that names host and port of the server, as a URI has them, is accepted like any other."""
    device = await server.device()
    host, port = device.server_address
    named = {
        "host": [Option(OptionNumber.URI_HOST, host.encode())],
        "port": [Option.uint(OptionNumber.URI_PORT, port)],
    }
    named["both"] = named["host"] + named["port"]
    answer = await sent(device, register_message(device, *named[options]), "register")
    answer.expect(code=CREATED)
    device.location = answer.message.location_path
    (await device.update()).expect(code=CHANGED)
