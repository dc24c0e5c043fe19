"""A device that was started anew in the middle of a case, and is registered again."""

from __future__ import annotations

import asyncio

from conformance.messages import Register
from conformance.roles.device import Device


async def renewed(device: Device) -> None:
    """Start the device anew and wait until the new one is registered.

    What the old one still sends, such as a Register after its Update was refused, counts for nothing.

    Raises:
        Inconclusive: it does not register in time.
    """
    context, server = device.context, device.server
    await context.afresh()
    device.believed_lifetime = None
    clock = asyncio.get_running_loop().time
    end = clock() + context.ixit.reaction_time
    while not any(known.endpoint == context.endpoint for known in server.registrations.values()):
        if await server.next((Register,), max(0.0, end - clock())) is None:
            break
    for location, known in list(server.registrations.items()):
        if known.endpoint != context.endpoint:
            del server.registrations[location]
    if server.registrations and context.ixit.settle_time:
        await asyncio.sleep(context.ixit.settle_time)
    await device.registered()
