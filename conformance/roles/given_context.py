"""An account under OSCORE that a bootstrap server gives the device under test."""

from conformance.formats import ContentFormat, DataType, ObjectLink
from conformance.messages import Path
from conformance.messages.codes import CHANGED
from conformance.messages.content import Values
from conformance.roles.device import Device
from conformance.roles.settings import Settings

OSCORE_OBJECT = 21
SECURITY_LINK = 17
"""The Resource of the Security Object that names an Instance of the OSCORE Object (LwM2M Core 1.1.1 §E.1)."""


async def given_context(device: Device) -> Settings:
    """Write an account at the tester's server with a link to an OSCORE Instance of its own, which is written
    before; Finish is left to the case.

    It is written in TLV, where a text has one form: its Resources are Strings up to version 1.1 of the OSCORE
    Object, and Opaque from 2.0 on.

    Raises:
        NotApplicable: the device does not take TLV.
        Inconclusive: a Write was refused.
    """
    device.need_format(ContentFormat.TLV)
    bootstrap, tlv = device.bootstrap, ContentFormat.TLV
    settings = await bootstrap.new_settings()
    taken = await bootstrap.instances(OSCORE_OBJECT)
    numbers = (Path(OSCORE_OBJECT, number) for number in range(len(taken) + 1))
    context = next(path for path in numbers if path not in taken)
    given = device.oscore.carrier.context.parameters.mirrored
    texts = {0: given.master_secret, 1: given.sender_id, 2: given.recipient_id, 5: given.master_salt}
    held: dict[int, Values] = {
        number: text.decode() if device.context.type_of(context / number) is DataType.STRING else text
        for number, text in texts.items()
    }
    (await bootstrap.write(context, held, tlv)).require(code=CHANGED)
    security = bootstrap.security_values(settings.ssid) | {SECURITY_LINK: ObjectLink(*context)}
    (await bootstrap.write(settings.security, security, tlv)).require(code=CHANGED)
    server = bootstrap.server_values(settings.ssid, settings.lifetime)
    (await bootstrap.write(settings.server, server, tlv)).require(code=CHANGED)
    return settings
