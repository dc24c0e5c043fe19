"""What the tester and the SUT prove themselves with in one case: drawn anew, or given by the IXIT."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from conformance.dtls.credentials import Certificate, Credential, Psk, RawPublicKey
from conformance.sut.adapter import AdapterUnavailableError
from conformance.sut.profile import Profile

PSK_LENGTH = 16
"""Bytes of a drawn pre-shared key."""


@dataclass(frozen=True)
class Credentials:
    """What both ends show of themselves, and the placeholders by which the SUT learns its part.

    `trust` is the DER certificate under which both certificates stand, in the mode x509 only.
    """

    mode: str
    tester: Credential
    sut: Credential
    placeholders: Mapping[str, str]
    trust: bytes = b""


def credentials_for(
    mode: str, profile: Profile, endpoint: str, folder: Path, chance: random.Random
) -> Credentials:
    """Credentials for one conversation; what the SUT reads as files is written to `folder`, in DER.

    Raises:
        AdapterUnavailableError: the suite does not start the SUT, and the IXIT has nothing for the mode.
    """
    if mode == "psk":
        return _psk(profile, chance)
    if not profile.adapter.ours:
        raise AdapterUnavailableError(
            f"the suite does not start the SUT, which can therefore not be given what {mode} needs"
        )
    tester, sut = _key(chance), _key(chance)
    return (
        _raw_public_keys(tester, sut, folder)
        if mode == "rpk"
        else _certificates(tester, sut, endpoint, folder)
    )


def _psk(profile: Profile, chance: random.Random) -> Credentials:
    ixit = profile.ixit
    if ixit.psk_identity is not None and ixit.psk_key_hex is not None:
        psk = Psk(ixit.psk_identity.encode(), bytes.fromhex(ixit.psk_key_hex.get_secret_value()))
    elif profile.adapter.ours:
        psk = Psk(f"key-{chance.randrange(16**8):08x}".encode(), chance.randbytes(PSK_LENGTH))
    else:
        raise AdapterUnavailableError(
            "the suite does not start the SUT: give ixit.psk_identity and ixit.psk_key_hex for the mode psk"
        )
    values = {"psk_identity": psk.identity.decode(), "psk_key_hex": psk.key.hex()}
    return Credentials("psk", psk, psk, values)


def _key(chance: random.Random) -> ec.EllipticCurvePrivateKey:
    """A key on P-256 that the seed of the run determines."""
    return ec.derive_private_key(chance.randrange(1, 2**255), ec.SECP256R1())


def _raw_public_keys(
    tester: ec.EllipticCurvePrivateKey, sut: ec.EllipticCurvePrivateKey, folder: Path
) -> Credentials:
    shown, own = RawPublicKey(tester), RawPublicKey(sut)
    values = _written(folder, key=_private(sut), cert=own.public, peer_cert=shown.public)
    return Credentials("rpk", shown, own, values)


def _certificates(
    tester: ec.EllipticCurvePrivateKey, sut: ec.EllipticCurvePrivateKey, endpoint: str, folder: Path
) -> Credentials:
    authority = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lwm2m-conformance test authority")])
    anchor = _issued(issuer, issuer, authority, authority, certifies=True)
    shown = _issued(_name("127.0.0.1"), issuer, tester, authority)
    own = _issued(_name(endpoint), issuer, sut, authority)
    values = _written(folder, key=_private(sut), cert=own, peer_cert=shown, trust=anchor)
    return Credentials("x509", Certificate((shown,), tester), Certificate((own,), sut), values, anchor)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _issued(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    certifies: bool = False,
) -> bytes:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=certifies, path_length=None), critical=True)
    )
    return made.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _written(folder: Path, **contents: bytes) -> dict[str, str]:
    """Write each to a file that only the user can read; gives the paths by placeholder."""
    paths = {}
    for name, data in contents.items():
        file = folder / f"{name}.der"
        file.touch(mode=0o600)
        file.write_bytes(data)
        paths[name] = str(file)
    return paths
