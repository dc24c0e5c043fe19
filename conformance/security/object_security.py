"""OSCORE contexts that are drawn for a case, and how the SUT learns of them."""

from __future__ import annotations

import random
import time
from dataclasses import replace

from conformance.oscore.context import Parameters
from conformance.sut.adapter import AdapterUnavailableError
from conformance.sut.ixit import Ixit
from conformance.sut.profile import Profile

SECRET_LENGTH, SALT_LENGTH = 16, 8
BEGINNING = 1_767_225_600
"""The first second of 2026, from which numbers by the time count, in milliseconds."""


def drawn_parameters(profile: Profile, chance: random.Random) -> Parameters:
    """Parameters of a context as the SUT holds them; the IDs are texts (LwM2M Transport 1.1.1 §5.4).

    Raises:
        AdapterUnavailableError: the suite does not start the SUT.
    """
    known = parameters_of(profile.ixit)
    if known is not None:
        return known
    if not profile.adapter.ours:
        raise AdapterUnavailableError(
            "the suite does not start the SUT: give ixit.oscore_sender_id, ixit.oscore_recipient_id and "
            "ixit.oscore_master_secret"
        )
    return drawn(chance)


def drawn(chance: random.Random, number: int = 0) -> Parameters:
    """The same for any device; the `number` keeps the devices of one case apart."""
    mark = f"{number or ''}{chance.randrange(16**4):04x}"
    return Parameters(
        sender_id=f"d{mark}".encode(),
        recipient_id=f"s{mark}".encode(),
        master_secret=chance.randbytes(SECRET_LENGTH),
        master_salt=chance.randbytes(SALT_LENGTH),
    )


def drawn_texts(chance: random.Random) -> Parameters:
    """A further context for the device under test, all of it texts, which the OSCORE Object takes as Strings
    up to version 1.1, and as Opaque from 2.0 on."""
    return replace(
        drawn(chance, 1),
        master_secret=chance.randbytes(SECRET_LENGTH // 2).hex().encode(),
        master_salt=chance.randbytes(SALT_LENGTH // 2).hex().encode(),
    )


def admission_of(parameters: Parameters) -> dict[str, str]:
    """What the verb ``credential`` says beside ``mode`` of a device, whose parameters these are."""
    return {
        "sender_id_hex": parameters.sender_id.hex(),
        "recipient_id_hex": parameters.recipient_id.hex(),
        "master_secret_hex": parameters.master_secret.hex(),
        "master_salt_hex": parameters.master_salt.hex(),
    }


def parameters_of(ixit: Ixit) -> Parameters | None:
    """The parameters of the IXIT, as the SUT holds them; None where it gives none.

    The tester numbers its messages by the time, since it must not use a number twice (RFC 8613 §7.2.1).
    """
    sender, recipient, secret = ixit.oscore_sender_id, ixit.oscore_recipient_id, ixit.oscore_master_secret
    if sender is None or recipient is None or secret is None:
        return None
    salt = ixit.oscore_master_salt
    return Parameters(
        sender_id=bytes.fromhex(sender),
        recipient_id=bytes.fromhex(recipient),
        master_secret=bytes.fromhex(secret.get_secret_value()),
        master_salt=bytes.fromhex(salt.get_secret_value()) if salt is not None else b"",
        first=int(1000 * (time.time() - BEGINNING)),
    )


def placeholders_of(parameters: Parameters) -> dict[str, str]:
    """The placeholders for the SUT, whose parameters these are, in hexadecimal."""
    return {
        "oscore_sender_id": parameters.sender_id.hex(),
        "oscore_recipient_id": parameters.recipient_id.hex(),
        "oscore_master_secret": parameters.master_secret.hex(),
        "oscore_master_salt": parameters.master_salt.hex(),
    }
