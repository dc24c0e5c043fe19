"""What a conversation with a device that runs on takes over from the one before, and leaves to the next."""

import time
from contextlib import suppress

from conformance.coap.endpoint import Endpoint
from conformance.coap.parameters import TransmissionParameters
from conformance.roles.device import Device
from conformance.security.channel import SecureChannel
from conformance.system_under_test import Instance
from conformance.verdicts import Outcome

MESSAGE_IDS = 0x10000


def take_up(instance: Instance, endpoint: Endpoint, channel: SecureChannel | None) -> None:
    """Go on as the same server: with Message IDs that the device cannot take for repetitions (RFC 7252 §4.4),
    and with the registrations that still can be used."""
    if instance.profile.isolation == "none":
        endpoint.count_from(_by_the_clock() if instance.next_mid is None else instance.next_mid)
    if channel is not None:
        for location, known in list(instance.registrations.items()):
            if channel.transport.peer(known.remote) is None:
                del instance.registrations[location]


async def tidy(device: Device) -> None:
    """Unset the notification attributes that a case set, of a device that keeps them for the next case."""
    if device.context.isolation != "none":
        return
    for path, unset in device.attributes.items():
        with suppress(Outcome):
            await device.write_attributes(path, **unset)


def hand_over(instance: Instance, endpoint: Endpoint, channel: SecureChannel | None) -> None:
    """Keep of a conversation that ends what the next one goes on with."""
    if instance.profile.isolation == "none":
        instance.next_mid = endpoint.new_mid()
        instance.standing = channel.let_stand() if channel is not None else None


def _by_the_clock() -> int:
    """A Message ID that no run used of late, unless it used them up faster than they may come again."""
    each = TransmissionParameters().exchange_lifetime / MESSAGE_IDS
    return int(time.time() / each) % MESSAGE_IDS
