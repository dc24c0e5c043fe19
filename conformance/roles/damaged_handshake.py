"""A handshake of which the network damages a message, and the one after it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from conformance.dtls.events import Established
from conformance.dtls.records import ContentType
from conformance.faults import Corrupt, Direction, Fault, Layer, Match
from conformance.roles.device_playing import DevicePlaying
from conformance.roles.secured_device import FIRST_TIMEOUT, SecuredDevice

_HANDSHAKE = Match(content_type=int(ContentType.HANDSHAKE), epoch=0)


def damage(way: Direction, number: int) -> Fault:
    """One bit is changed of the handshake record of this number, from 1, that goes this way in clear."""
    return Fault(Layer.RECORD, way, Corrupt(1, "any"), _HANDSHAKE, first=number)


async def expect_no_wrong_association(
    sut: DevicePlaying[Any], client: SecuredDevice, fault: Fault, serves: Callable[[str], Awaitable[None]]
) -> None:
    """What is completed in spite of the damage `serves`, and so does the handshake after it.

    `serves` gets the name of its checks. Notes what became of the damaged handshake, and records
    ``again.complete``, at the level SHOULD.

    Raises:
        CheckFailed: an association does not serve.
    """
    seconds = sut.ixit.reaction_time
    sut.network.disturb(fault)
    first = await client.attempt(initial_timeout=FIRST_TIMEOUT, within=seconds)
    complete = isinstance(first, Established)
    sut.context.record.note(f"the damaged handshake: {'completed' if complete else first}")
    if complete:
        await serves("first")
    else:
        # what is still said of it is not said of the next
        await asyncio.sleep(sut.ixit.quiet_time)
    sut.network.calm()
    client.abandon()
    if await client.welcomed(name="again", initial_timeout=FIRST_TIMEOUT, within=2 * seconds):
        await serves("again")
