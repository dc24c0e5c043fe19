"""Whether the credentials of a profile are whole, fit each other, and suffice for what it claims."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key

from conformance.sut.ixit import Ixit

TOGETHER: Mapping[str, tuple[str, ...]] = {
    "psk": ("psk_identity", "psk_key_hex"),
    "rpk": ("rpk_key", "rpk_peer_key"),
    "x509": ("x509_certificate", "x509_key", "x509_peer_certificate"),
    "oscore": ("oscore_sender_id", "oscore_recipient_id", "oscore_master_secret"),
}
"""What the IXIT needs for each mode."""
MAXIMUM_IDENTITY, MAXIMUM_KEY = 128, 64
"""Bytes that everybody has to take (LwM2M Transport 1.1.1 §5.2, RFC 7925 §4.2)."""


class Problem(NamedTuple):
    """What is wrong with a key of the profile."""

    key: str
    found: str
    expected: str


def problem_of(
    ixit: Ixit, claims: Mapping[str, object], options: Container[str], *, ours: bool, endpoint: bool
) -> Problem | None:
    """The first thing that is wrong; `options` are the names of [adapter.with].

    `ours` says that the suite starts the SUT, and can give it credentials; `endpoint` that a name must stand
    beside them.
    """
    for mode, names in TOGETHER.items():
        given = [name for name in names if ixit.has(name)]
        lacking = [name for name in names if not ixit.has(name)]
        if given and lacking:
            return Problem(f"ixit.{lacking[0]}", "missing", f"this key beside ixit.{given[0]}")
        claim = "oscore" if mode == "oscore" else f"dtls_{mode}"
        if claims.get(claim) is not True:
            continue
        if ours and mode not in options:
            return Problem(f"ics.{claim}", "found true", f"a block adapter.with.{mode}, or false")
        if not ours and lacking:
            keys = ", ".join(f"ixit.{name}" for name in names)
            return Problem(f"ics.{claim}", "found true", f"{keys}, or false")
        if endpoint and given and not ours and ixit.endpoint is None:
            return Problem("ixit.endpoint", "missing", f"the name for which ixit.{given[0]} is good")
    return _size_of_psk(ixit) or _certificates(ixit)


def _size_of_psk(ixit: Ixit) -> Problem | None:
    identity, key = ixit.psk_identity, ixit.psk_key_hex
    if identity is not None and not 0 < len(identity.encode()) <= MAXIMUM_IDENTITY:
        found = f"found {len(identity.encode())} bytes"
        return Problem("ixit.psk_identity", found, f"1 to {MAXIMUM_IDENTITY} bytes")
    if key is not None and len(bytes.fromhex(key.get_secret_value())) > MAXIMUM_KEY:
        found = f"found {len(bytes.fromhex(key.get_secret_value()))} bytes"
        return Problem("ixit.psk_key_hex", found, f"1 to {MAXIMUM_KEY} bytes")
    return None


def _certificates(ixit: Ixit) -> Problem | None:
    for name in ("x509_certificate", "x509_peer_certificate"):
        der, now = getattr(ixit, name), datetime.now(UTC)
        if der is None:
            continue
        shown = x509.load_der_x509_certificate(der)
        begin, end = shown.not_valid_before_utc, shown.not_valid_after_utc
        if not begin <= now <= end:
            found = f"found a certificate that is valid from {begin:%Y-%m-%d} to {end:%Y-%m-%d}"
            return Problem(f"ixit.{name}", found, "one that is valid now")
    if ixit.x509_certificate is not None and ixit.x509_key is not None:
        own = load_der_private_key(ixit.x509_key.get_secret_value(), None)
        if own.public_key() != x509.load_der_x509_certificate(ixit.x509_certificate).public_key():
            return Problem("ixit.x509_key", "found another key", "that of ixit.x509_certificate")
    return None
