"""Points of P-256 and P-384, with the vectors of RFC 5903 §8, and points that are none."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.dtls.agreement import EcdhKey, NamedGroup
from conformance.dtls.errors import AlertDescription, DtlsError

P256 = NamedGroup.SECP256R1
INITIATOR = 0xC88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433
RESPONDER = 0xC6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53
SHARED = "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"
INITIATOR_X = "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"


def test_the_ends_of_rfc_5903_come_to_its_secret() -> None:
    one, other = (EcdhKey(P256, ec.derive_private_key(each, P256.curve)) for each in (INITIATOR, RESPONDER))
    assert one.public[1:33].hex().upper() == INITIATOR_X
    assert one.shared(other.public).hex().upper() == SHARED
    assert other.shared(one.public).hex().upper() == SHARED


@pytest.mark.parametrize("group", NamedGroup)
def test_two_ends_come_to_one_secret(group: NamedGroup) -> None:
    one, other = EcdhKey.generate(group), EcdhKey.generate(group)
    assert one.shared(other.public) == other.shared(one.public)
    assert len(one.shared(other.public)) == group.coordinate_length
    assert len(one.public) == 1 + 2 * group.coordinate_length


@pytest.mark.parametrize("group", NamedGroup)
@pytest.mark.parametrize("byte", [b"\x00", b"\x55", b"\xff"])
def test_a_key_can_be_made_again_from_the_same_random(group: NamedGroup, byte: bytes) -> None:
    first, second = (EcdhKey.generate(group, lambda length: byte * length) for _ in range(2))
    assert first.public == second.public


@pytest.mark.parametrize("group", NamedGroup)
def test_a_point_that_is_none_is_refused(group: NamedGroup) -> None:
    ours = EcdhKey.generate(group)
    good = ours.public
    compressed = bytes([2 + good[-1] % 2]) + good[1 : 1 + group.coordinate_length]
    other_group = next(each for each in NamedGroup if each is not group)
    wrong = {
        "off the curve": good[:-1] + bytes([good[-1] ^ 1]),
        "zero": b"\x04" + bytes(2 * group.coordinate_length),
        "infinity": b"\x00",
        "empty": b"",
        "compressed": compressed,
        "hybrid": bytes([6 + good[-1] % 2]) + good[1:],
        "short": good[:-1],
        "long": good + b"\x00",
        "other group": EcdhKey.generate(other_group).public,
        "coordinate above the field": b"\x04" + b"\xff" * (2 * group.coordinate_length),
    }
    for what, point in wrong.items():
        with pytest.raises(DtlsError) as caught:
            ours.shared(point)
        assert caught.value.alert is AlertDescription.ILLEGAL_PARAMETER, what


def test_other_curves_have_no_group() -> None:
    assert NamedGroup.of(ec.generate_private_key(ec.SECP521R1())) is None
    assert NamedGroup.of(ec.generate_private_key(ec.SECP384R1()).public_key()) is NamedGroup.SECP384R1
