"""What the tester and the SUT prove themselves with in one case: drawn anew, or given by the IXIT."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from conformance.dtls.credentials import Credential, Psk, RawPublicKey
from conformance.security.given import Shown, given, psk_of
from conformance.security.issuing import Authority, drawn_key, private_der
from conformance.sut.adapter import AdapterUnavailableError
from conformance.sut.credential_check import TOGETHER
from conformance.sut.placeholders import names
from conformance.sut.profile import Profile

TESTER_NAME = "127.0.0.1"
"""The common name in the tester's certificate: the host of the server URI."""
PINNED, ISSUED = "3", "2"
"""Certificate usages (`/0/x/15`): the certificate itself is expected, or one that an authority issued."""
PSK_LENGTH = 16
"""Bytes of a drawn pre-shared key."""


@dataclass(frozen=True)
class Credentials:
    """What both ends show of themselves, and the placeholders by which the SUT learns its part.

    `authority` issued both certificates, in the mode x509 only.
    """

    mode: str
    tester: Credential
    sut: Credential | Shown
    placeholders: Mapping[str, str]
    authority: Authority | None = None


def credentials_for(
    mode: str, profile: Profile, endpoint: str, folder: Path, chance: random.Random, usage: str = PINNED
) -> Credentials:
    """Credentials for one conversation; what the SUT reads as files is written to `folder`, in DER.

    With the `usage` ISSUED, `{peer_cert}` is the certificate of the authority.

    Raises:
        AdapterUnavailableError: the suite does not start the SUT, and the IXIT has nothing for the mode; or
            the SUT cannot be told the usage.
    """
    if mode == "psk":
        return _psk(profile, chance)
    if not profile.adapter.ours:
        fixed = given(mode, profile)
        if fixed is None:
            keys = ", ".join(f"ixit.{name}" for name in TOGETHER[mode])
            raise AdapterUnavailableError(
                f"the suite does not start the SUT: give {keys} for the mode {mode}"
            )
        return Credentials(mode, fixed.tester, fixed.sut, {})
    tester, sut = drawn_key(chance), drawn_key(chance)
    if mode == "rpk":
        return _raw_public_keys(tester, sut, folder)
    told = {name for text in profile.adapter.options.get(mode, []) for name in names(text)}
    if usage != PINNED and "certificate_usage" not in told:
        raise AdapterUnavailableError(
            f"the SUT cannot be told the certificate usage {usage}: adapter.with.{mode} has no "
            "{certificate_usage}"
        )
    return _certificates(tester, sut, endpoint, folder, usage, chance)


def _psk(profile: Profile, chance: random.Random) -> Credentials:
    known = psk_of(profile.ixit)
    if known is not None:
        psk = known
    elif profile.adapter.ours:
        psk = Psk(f"key-{chance.randrange(16**8):08x}".encode(), chance.randbytes(PSK_LENGTH))
    else:
        raise AdapterUnavailableError(
            "the suite does not start the SUT: give ixit.psk_identity and ixit.psk_key_hex for the mode psk"
        )
    values = {"psk_identity": psk.identity.decode(), "psk_key_hex": psk.key.hex()}
    return Credentials("psk", psk, psk, values)


def _raw_public_keys(
    tester: ec.EllipticCurvePrivateKey, sut: ec.EllipticCurvePrivateKey, folder: Path
) -> Credentials:
    shown, own = RawPublicKey(tester), RawPublicKey(sut)
    values = written(folder, key=private_der(sut), cert=own.public, peer_cert=shown.public)
    return Credentials("rpk", shown, own, values)


def _certificates(
    tester: ec.EllipticCurvePrivateKey,
    sut: ec.EllipticCurvePrivateKey,
    endpoint: str,
    folder: Path,
    usage: str,
    chance: random.Random,
) -> Credentials:
    authority = Authority(chance)
    shown, own = authority.issue(TESTER_NAME, tester), authority.issue(endpoint, sut)
    expected = shown.chain[0] if usage == PINNED else authority.anchor
    values = written(
        folder, key=private_der(sut), cert=own.chain[0], peer_cert=expected, trust=authority.anchor
    )
    return Credentials("x509", shown, own, values | {"certificate_usage": usage}, authority)


def written(folder: Path, **contents: bytes) -> dict[str, str]:
    """Write each to a file that only the user can read; gives the paths by placeholder."""
    paths = {}
    for name, data in contents.items():
        file = folder / f"{name}.der"
        file.touch(mode=0o600)
        file.write_bytes(data)
        paths[name] = str(file)
    return paths
