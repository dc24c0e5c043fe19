"""Messages to a server that a case makes field by field."""

from conformance.coap.codec import encode
from conformance.coap.codes import Code
from conformance.coap.message import Message, Type, request_options
from conformance.coap.options import Option
from conformance.formats import ContentFormat
from conformance.formats.link import serialise
from conformance.messages import Path
from conformance.roles.answer import Answer
from conformance.roles.device_registration import REGISTER_PATH
from conformance.roles.tester_device import TesterDevice


def register_message(device: TesterDevice, *options: Option, token: bytes | None = None) -> Message:
    """A right Register of a device, with these options on top."""
    made = request_options(
        path=REGISTER_PATH, query=device.query(lifetime=300), content_format=ContentFormat.LINK
    )
    return _confirmable(device, Code.POST, (*made, *options), serialise(device.links), token)


def location_message(device: TesterDevice, method: Code, token: bytes | None = None) -> Message:
    """An Update (POST) or De-register (DELETE) at the location of a device's registration."""
    return _confirmable(device, method, request_options(path=device.here), b"", token)


def request_message(device: TesterDevice, method: Code, *path: str) -> Message:
    """Any request without a payload."""
    return _confirmable(device, method, request_options(path=path), b"", None)


def _confirmable(
    device: TesterDevice, method: Code, options: tuple[Option, ...], payload: bytes, token: bytes | None
) -> Message:
    mid = device.endpoint.new_mid()
    return Message(
        Type.CON, method, mid, device.endpoint.new_token() if token is None else token, options, payload
    )


async def sent(
    device: TesterDevice, message: Message | bytes, name: str, *, limit: float | None = None
) -> Answer:
    """Send a message to the server and wait for whatever refers to it, at most `limit` seconds (default the
    reaction time). A confirmable Message is sent again while nothing comes, bytes are sent once."""
    seconds = limit or device.context.ixit.reaction_time
    exchange = await device.endpoint.exchange(device.server_address, message, limit=seconds)
    return Answer(device.context.record, name, Path(), exchange, device.objects.type_of, limit=seconds)


async def sent_once(device: TesterDevice, message: Message | bytes, name: str) -> Answer:
    """Send a datagram once and wait the quiet time for whatever refers to it."""
    data = message if isinstance(message, bytes) else encode(message)
    return await sent(device, data, name, limit=device.context.ixit.quiet_time)
