"""A further bootstrap of a device that is registered: how a server starts it, and what it leads to."""

import asyncio

from conformance.messages import Register, Update
from conformance.messages.codes import METHOD_NOT_ALLOWED, NOT_FOUND
from conformance.roles.answer import Answer
from conformance.roles.arrival import Arrival
from conformance.roles.device import Device
from conformance.verdicts import Level, NotApplicable, Subject

TRIGGER = 9
"""Bootstrap-Request Trigger of the Server Object, an optional Resource (LwM2M Core 1.1.1 §E.2)."""


async def trigger_bootstrap(device: Device) -> Answer:
    """Execute the Bootstrap-Request Trigger; nothing of the answer is judged yet.

    Raises:
        NotApplicable: the device does without this Resource.
    """
    answer = await device.execute(device.server_object / TRIGGER)
    if answer.code in (NOT_FOUND, METHOD_NOT_ALLOWED):
        raise NotApplicable(f"the SUT has no Bootstrap-Request Trigger: {answer.code}")
    return answer


async def expect_in_use(device: Device, lifetime: int, *, level: Level = Level.MUST) -> None:
    """After Finish the account is in use with this lifetime, in seconds: by a Register, by an Update, or,
    where nothing of it has changed, by the registration that the device had.

    Whether a device gives its registrations up while it is bootstrapped is its own choice (LwM2M Core
    1.2 §6.1.3.3).

    Raises:
        CheckFailed: the lifetime is another one, or the device does not answer its server.
    """
    found = await device.server.next((Register, Update), device.ixit.reaction_time)
    device.believed_lifetime = None
    if found is not None and isinstance(found[0], Register):
        Arrival(device.context.record, found[0], found[1]).expect(lifetime=lifetime, level=level)
    await asyncio.sleep(device.ixit.settle_time if found else 0)
    if found is None or isinstance(found[0], Update):
        device.context.record.judge(
            "registration.lifetime",
            lifetime,
            device.current.lifetime,
            subject=Subject("registration", found[1].frame if found else None),
            what="the registration that is kept, with lifetime",
            level=level,
        )
        await device.control()
