"""Ephemeral Diffie-Hellman over the curves of RFC 8422 that LwM2M peers use."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from enum import IntEnum

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.dtls.errors import AlertDescription, DtlsError


class NamedGroup(IntEnum):
    """An elliptic curve by its number in IANA's registry "TLS Supported Groups"."""

    SECP256R1 = 23
    SECP384R1 = 24

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve itself."""
        return ec.SECP256R1() if self is NamedGroup.SECP256R1 else ec.SECP384R1()

    @property
    def coordinate_length(self) -> int:
        """Bytes of one coordinate, and of the shared secret."""
        return (self.curve.key_size + 7) // 8

    @classmethod
    def of(cls, key: ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey) -> NamedGroup | None:
        """The group of a key's curve, or None when the engine does not speak it."""
        return {"secp256r1": cls.SECP256R1, "secp384r1": cls.SECP384R1}.get(key.curve.name)


class EcdhKey:
    """One end's ephemeral key of one handshake."""

    def __init__(self, group: NamedGroup, private: ec.EllipticCurvePrivateKey) -> None:
        self.group = group
        self._private = private

    @classmethod
    def generate(cls, group: NamedGroup, random: Callable[[int], bytes] = secrets.token_bytes) -> EcdhKey:
        """A key whose scalar comes from `random(n)`, so that a seeded source gives the same key again."""
        order = int.from_bytes(random(group.coordinate_length + 8)) % (_ORDERS[group] - 1) + 1
        return cls(group, ec.derive_private_key(order, group.curve))

    @property
    def public(self) -> bytes:
        """Our point, uncompressed: 0x04, x, y (RFC 8422 §5.4.1)."""
        return self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def shared(self, peer: bytes) -> bytes:
        """The x coordinate that both ends come to (RFC 8422 §5.10).

        Raises DtlsError(illegal_parameter) for a point that is not on the curve or not uncompressed.
        """
        expected = 1 + 2 * self.group.coordinate_length
        if len(peer) != expected:
            raise DtlsError(
                AlertDescription.ILLEGAL_PARAMETER,
                f"a point of {self.group.name.lower()} is 0x04 and {expected - 1} bytes, "
                f"not {len(peer)} bytes from 0x{peer[:1].hex()} on",
            )
        try:
            point = ec.EllipticCurvePublicKey.from_encoded_point(self.group.curve, peer)
        except ValueError:
            raise DtlsError(
                AlertDescription.ILLEGAL_PARAMETER, f"the peer's point is not on {self.group.name.lower()}"
            ) from None
        return self._private.exchange(ec.ECDH(), point)


_ORDERS = {
    NamedGroup.SECP256R1: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    NamedGroup.SECP384R1: int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16
    ),
}
"""How many points each group has (SEC 2 §2.4.2, §2.5.1)."""
