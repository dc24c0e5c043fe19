"""Keys that the tester's bootstrap server gives a device, and what the device does with them."""

from __future__ import annotations

import base64

from conformance.messages import Register
from conformance.messages.codes import CHANGED
from conformance.roles.answer import Answer
from conformance.roles.device import Device
from conformance.roles.settings import Settings
from conformance.security.provisioning import SECURITY_MODES, drawn_credentials, security_resources
from conformance.verdicts import NotApplicable, Subject


def new_keys(device: Device, mode: str | None = None) -> None:
    """Have the tester's server know new keys, of this mode or that of the case, and no others; they are what
    its bootstrap server gives the device next.

    Raises:
        NotApplicable: the device does without the mode.
    """
    chosen = mode or device.dtls.mode
    if not device.context.ics[f"dtls_{chosen}"]:
        raise NotApplicable(f"the SUT does not claim dtls_{chosen}")
    device.dtls.channel.become(drawn_credentials(chosen, device.context.endpoint, device.context.chance))


async def given(device: Device, settings: Settings | None = None, *, name: str = "bootstrap") -> Settings:
    """Write the account with the keys that the tester's server knows, in a session of its own, and expect
    that Finish is accepted: the check ``<name>.code``.

    Raises:
        Inconclusive: the device asks for no session, or refused a Write.
        NotApplicable: the adapter cannot make it ask.
        CheckFailed: Finish was not accepted.
    """
    await device.bootstrap.asked_again() if settings else await device.bootstrap.requested()
    written = await device.bootstrap.provision(settings)
    (await device.bootstrap.finish()).expect(name=name, code=CHANGED)
    return written


async def expect_registered_with_them(device: Device, settings: Settings, *, name: str = "server") -> None:
    """Expect a handshake with the keys that the tester's server knows, and a Register over it: the checks
    ``<name>.complete``, ``<name>.credential``, ``<name>-register.received`` and ``<name>-register.lifetime``.

    Raises:
        CheckFailed: one of them does not hold.
    """
    handshake = await device.dtls.handshake(device.ixit.restart_time, name=name)
    handshake.expect(name=name, credential=device.dtls.credential)
    register = await device.next(Register, name=f"{name}-register")
    register.expect(name=f"{name}-register", lifetime=settings.lifetime)


def secrets_of(device: Device) -> dict[str, bytes]:
    """The Resources of the account that nobody but the device may know, by name."""
    values = security_resources(device.dtls.channel.credentials)
    identity = {"identity": values[3]} if values[2] == SECURITY_MODES["psk"] else {}
    return {"secret key": values[5], **identity}


def expect_untold(device: Device, answer: Answer, secrets: dict[str, bytes], *, name: str) -> None:
    """None of these stands in the payload, as octets, in hexadecimal or in base64; the check
    ``<name>.secrets``.

    Raises:
        CheckFailed: one does.
    """
    told = [what for what, secret in secrets.items() if any(each in answer.payload for each in texts(secret))]
    subject = Subject("payload", answer.frame)
    device.context.record.judge(f"{name}.secrets", [], told, subject=subject, what="of the account told")


def texts(secret: bytes) -> tuple[bytes, ...]:
    """How a payload might show octets."""
    standard, url = base64.b64encode(secret).rstrip(b"="), base64.urlsafe_b64encode(secret).rstrip(b"=")
    return secret, secret.hex().encode(), secret.hex().upper().encode(), standard, url
