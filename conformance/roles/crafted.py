"""Requests that a case makes field by field, and endpoints that the device does not know."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conformance.coap.block import Block
from conformance.coap.codec import encode
from conformance.coap.codes import Code
from conformance.coap.endpoint import Endpoint
from conformance.coap.message import Message, Type, request_options
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.messages import Path
from conformance.roles.answer import Answer
from conformance.roles.device import Device
from conformance.transports.udp import InvalidAddress, UdpTransport
from conformance.verdicts import NotApplicable


def crafted(
    device: Device,
    code: Code,
    path: Path,
    *options: Option,
    payload: bytes = b"",
    content_format: int | None = None,
    accept: int | None = None,
    type: Type = Type.CON,
    token: bytes | None = None,
    mid: int | None = None,
) -> Message:
    """A message for a path of the device, with a Message ID and a token of its own where none is given.

    Raises:
        NotApplicable: there are further options, and OSCORE, which has rules of its own for each.
    """
    if options and device.protection is not None:
        raise NotApplicable("the case adds options to a message, and under OSCORE each has rules of its own")
    own = request_options(
        path=(*device.current.prefix, *path.segments), content_format=content_format, accept=accept
    )
    return Message(
        type,
        code,
        device.endpoint.new_mid() if mid is None else mid,
        device.endpoint.new_token() if token is None else token,
        (*own, *options),
        payload,
    )


def text_write(device: Device, path: Path, text: str, *options: Option, type: Type = Type.CON) -> Message:
    """A Write of a text."""
    return crafted(
        device,
        Code.PUT,
        path,
        *options,
        payload=text.encode(),
        content_format=ContentFormat.TEXT,
        type=type,
    )


async def sent(
    device: Device,
    message: Message | bytes,
    name: str,
    path: Path | None = None,
    *,
    limit: float | None = None,
) -> Answer:
    """Send a message and wait for whatever refers to it, at most `limit` seconds (default the reaction time).

    A confirmable Message is sent again while nothing comes, bytes are sent once.
    """
    seconds = limit or device.ixit.reaction_time
    exchange = await device.endpoint.exchange(device.current.remote, message, limit=seconds)
    if exchange.response is None:
        device.check_alive()
    return Answer(
        device.context.record, name, path or Path(), exchange, device.context.type_of, limit=seconds
    )


async def sent_once(device: Device, message: Message | bytes, name: str, path: Path | None = None) -> Answer:
    """Send a datagram once and wait the quiet time for whatever refers to it."""
    data = message if isinstance(message, bytes) else encode(message)
    return await sent(device, data, name, path, limit=device.ixit.quiet_time)


async def put_block(
    device: Device, path: Path, block: Block, octets: bytes, name: str, *options: Option
) -> Answer:
    """One block of a Write of a text, in an exchange of its own."""
    block1 = Option.uint(OptionNumber.BLOCK1, block.uint)
    message = crafted(
        device, Code.PUT, path, block1, *options, payload=octets, content_format=ContentFormat.TEXT
    )
    return await sent(device, message, name, path)


async def get_block(
    device: Device, path: Path, block: Block, name: str, *, token: bytes | None = None
) -> Answer:
    """One block of a Read as text, in an exchange of its own."""
    block2 = Option.uint(OptionNumber.BLOCK2, block.uint)
    message = crafted(device, Code.GET, path, block2, accept=ContentFormat.TEXT, token=token)
    return await sent(device, message, name, path)


@asynccontextmanager
async def stranger(device: Device, host: str | None = None) -> AsyncIterator[Endpoint]:
    """An endpoint that the device has no registration with: another port of the tester, or another host.

    Its messages are not in the evidence: what it heard is judged with the source ``live``.

    Raises:
        NotApplicable: this machine has no such address.
    """
    try:
        transport = await UdpTransport.open((host or device.endpoint.local[0], 0))
    except InvalidAddress as problem:
        raise NotApplicable(f"the tester cannot speak from {host}: {problem}") from None
    endpoint = Endpoint(transport, random=device.context.chance)
    try:
        yield endpoint
    finally:
        await endpoint.close()
