"""The tester as a CoAP server over DTLS from which a device fetches a package."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conformance.coap.codec import MalformedMessage, decode, encode
from conformance.coap.message import Code, Message, Type
from conformance.dtls.configuration import Configuration
from conformance.dtls.events import Established, Failed
from conformance.dtls.mux import Peer, PeerEvent
from conformance.roles.device import Device
from conformance.roles.package_server import block_of
from conformance.security.impostors import of_another_kind, with_another_credential
from conformance.transports.dtls import DtlsTransport
from conformance.transports.recorder import Address
from conformance.verdicts import CaseRecord


class SecurePackageServer:
    """Serves one package in blocks, whatever it is asked for; `asked` counts the requests.

    Its datagrams are not in the evidence; handshakes and the first request are noted in the record.
    """

    def __init__(self, transport: DtlsTransport, package: bytes, record: CaseRecord) -> None:
        self.asked = 0
        self._transport = transport
        self._package = package
        self._record = record
        transport.receiver, transport.on_event = self._heard, self._happened

    @property
    def uri(self) -> str:
        """The coaps URI of the package."""
        host, port = self._transport.local
        return f"coaps://[{host}]:{port}/package" if ":" in host else f"coaps://{host}:{port}/package"

    def _happened(self, _peer: Peer, event: PeerEvent) -> None:
        match event:
            case Established():
                self._record.note("the package server: a handshake was completed")
            case Failed():
                self._record.note(f"the package server: a handshake failed: {event.reason}")

    def _heard(self, data: bytes, remote: Address, _frame: int, _time: float) -> None:
        try:
            request = decode(data)
        except MalformedMessage as problem:
            self._record.note(f"the package server: no CoAP message came: {problem}")
            return
        if request.code != Code.GET:
            return
        if not self.asked:
            self._record.note("the package server: a package was asked for")
        self.asked += 1
        answer = block_of(self._package, request.block2)
        kind = Type.ACK if request.type is Type.CON else Type.NON
        response = Message(kind, answer.code, request.mid, request.token, answer.all_options, answer.payload)
        self._transport.send(encode(response), remote)


@asynccontextmanager
async def secure_package_server(
    device: Device, configuration: Configuration, package: bytes
) -> AsyncIterator[SecurePackageServer]:
    """A `SecurePackageServer` on a free port of the tester's address."""
    host = device.endpoint.local[0]
    transport = await DtlsTransport.open(
        (host, 0), random=device.context.chance.randbytes, server=configuration
    )
    try:
        yield SecurePackageServer(transport, package, device.context.record)
    finally:
        transport.close()


def unproven(device: Device) -> Configuration:
    """A server that has no credential by which the device could know it: one of another authority, another
    key, or for a pre-shared key any certificate."""
    channel, chance = device.dtls.channel, device.context.chance
    if device.dtls.mode == "psk":
        return of_another_kind(channel.configuration, "psk", chance)
    return with_another_credential(channel.configuration, channel.credentials, chance)
