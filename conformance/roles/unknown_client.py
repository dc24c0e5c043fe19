"""Somebody who is no server of the device, and tries to begin an association with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conformance.coap.codec import encode
from conformance.coap.message import Message
from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Credential, Psk, RawPublicKey
from conformance.dtls.trust import AnyCertificate, ExpectedPublicKeys
from conformance.roles.device import Device
from conformance.security.channel import suites_of
from conformance.security.credentials import PSK_LENGTH
from conformance.security.issuing import Authority, drawn_key
from conformance.transports.dtls import DtlsTransport, HandshakeFailed


class UnknownClient:
    """A DTLS client with a credential of the device's mode that the device never heard of."""

    def __init__(self, device: Device, transport: DtlsTransport) -> None:
        self._device = device
        self._transport = transport

    async def tell(self, message: Message) -> None:
        """Begin an association, and send the message over it; without one, nothing.

        A device that answers no ClientHello, as in most deployments, is right, whoever that comes from.
        """
        context = self._device.context
        address = self._device.dtls.peer.address
        try:
            await self._transport.connect(address, _configuration(self._device), context.ixit.quiet_time)
        except HandshakeFailed as failed:
            context.record.note(f"as it should be: {failed}")
            return
        context.record.note("the SUT let in somebody whom it does not know")
        self._transport.send(encode(message), address)


@asynccontextmanager
async def unknown_client(device: Device) -> AsyncIterator[UnknownClient]:
    """Somebody at another port of the tester; what he says is not in the evidence."""
    chance = device.context.chance
    transport = await DtlsTransport.open((device.endpoint.local[0], 0), random=chance.randbytes)
    try:
        yield UnknownClient(device, transport)
    finally:
        transport.close()


def _configuration(device: Device) -> Configuration:
    chance, mode = device.context.chance, device.dtls.mode
    shown: Credential
    match mode:
        case "psk":
            shown = Psk(f"unknown-{chance.randrange(16**8):08x}".encode(), chance.randbytes(PSK_LENGTH))
        case "rpk":
            shown = RawPublicKey(drawn_key(chance))
        case _:
            shown = Authority(chance).issue("unknown.invalid", drawn_key(chance))
    return Configuration(
        suites_of(mode),
        credentials=(shown,),
        public_keys=ExpectedPublicKeys() if mode == "rpk" else None,
        certificates=AnyCertificate() if mode == "x509" else None,
    )
