"""Certificates by the four usages of RFC 6698, and the alert that each wrong one gets."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from conformance.dtls.credentials import subject_public_key_info
from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.trust import AnyCertificate, CertificateTrust, CertificateUsage, ExpectedPublicKeys
from tests.dtls.authority import EXPIRED, NOT_YET, P384, Party, authority, end_entity

CA_CONSTRAINT, SERVICE, ANCHOR, DOMAIN = CertificateUsage
HOST = "server.example"

ROOT = authority("root")
OTHER_ROOT = authority("other root")
INTERMEDIATE = authority("intermediate", ROOT)
SERVER = end_entity(HOST, INTERMEDIATE)
SELF_SIGNED = end_entity(HOST, None)
IMPOSTOR_ROOT = authority("root")


def chain(*parties: Party) -> list[bytes]:
    return [party.der for party in parties]


def key_of(party: Party) -> bytes:
    return subject_public_key_info(party.private.public_key())


def alert_of(trust: CertificateTrust, shown: list[bytes]) -> AlertDescription:
    with pytest.raises(DtlsError) as caught:
        trust.check(shown, "server")
    assert caught.value.detail
    return caught.value.alert


@pytest.mark.parametrize(
    ("trust", "shown"),
    [
        (CertificateTrust(ANCHOR, ROOT.der), [SERVER, INTERMEDIATE]),
        (CertificateTrust(ANCHOR, ROOT.der), [SERVER, INTERMEDIATE, ROOT]),
        (CertificateTrust(ANCHOR, ROOT.der), [SERVER, OTHER_ROOT, INTERMEDIATE]),
        (CertificateTrust(ANCHOR, INTERMEDIATE.der), [SERVER]),
        (CertificateTrust(ANCHOR, key_of(ROOT)), [SERVER, INTERMEDIATE, ROOT]),
        (CertificateTrust(ANCHOR, SELF_SIGNED.der), [SELF_SIGNED]),
        (CertificateTrust(ANCHOR, ROOT.der, names=("other", HOST)), [SERVER, INTERMEDIATE]),
        (CertificateTrust(CA_CONSTRAINT, ROOT.der), [SERVER, INTERMEDIATE]),
        (CertificateTrust(CA_CONSTRAINT, INTERMEDIATE.der, anchors=(ROOT.der,)), [SERVER, INTERMEDIATE]),
        (CertificateTrust(CA_CONSTRAINT, key_of(INTERMEDIATE), anchors=(ROOT.der,)), [SERVER, INTERMEDIATE]),
        (CertificateTrust(SERVICE, SERVER.der), [SERVER]),
        (CertificateTrust(SERVICE, SERVER.der, anchors=(ROOT.der,)), [SERVER, INTERMEDIATE]),
        (CertificateTrust(SERVICE, key_of(SERVER), anchors=(ROOT.der,)), [SERVER, INTERMEDIATE]),
        (CertificateTrust(DOMAIN, SERVER.der), [SERVER]),
        (CertificateTrust(DOMAIN, SERVER.der), [SERVER, OTHER_ROOT]),
        (CertificateTrust(DOMAIN, key_of(SERVER)), [SERVER]),
        (CertificateTrust(DOMAIN, SELF_SIGNED.der), [SELF_SIGNED]),
        (CertificateTrust(DOMAIN, SERVER.der, names=("other.example",)), [SERVER]),
    ],
)
def test_what_is_right_is_let_in_with_its_key(trust: CertificateTrust, shown: list[Party]) -> None:
    assert trust.check(chain(*shown), "server") == shown[0].private.public_key()


@pytest.mark.parametrize(
    ("trust", "shown", "alert"),
    [
        (CertificateTrust(ANCHOR, ROOT.der), [SERVER], AlertDescription.UNKNOWN_CA),
        (CertificateTrust(ANCHOR, OTHER_ROOT.der), [SERVER, INTERMEDIATE], AlertDescription.UNKNOWN_CA),
        (CertificateTrust(ANCHOR, OTHER_ROOT.der), [SERVER, INTERMEDIATE, ROOT], AlertDescription.UNKNOWN_CA),
        (
            CertificateTrust(ANCHOR, IMPOSTOR_ROOT.der),
            [SERVER, INTERMEDIATE],
            AlertDescription.BAD_CERTIFICATE,
        ),
        (
            CertificateTrust(ANCHOR, key_of(OTHER_ROOT)),
            [SERVER, INTERMEDIATE, ROOT],
            AlertDescription.UNKNOWN_CA,
        ),
        (CertificateTrust(ANCHOR, ROOT.der), [SELF_SIGNED], AlertDescription.UNKNOWN_CA),
        (
            CertificateTrust(ANCHOR, ROOT.der, names=("other.example",)),
            [SERVER, INTERMEDIATE],
            AlertDescription.BAD_CERTIFICATE,
        ),
        (
            CertificateTrust(CA_CONSTRAINT, OTHER_ROOT.der),
            [SERVER, INTERMEDIATE],
            AlertDescription.UNKNOWN_CA,
        ),
        (
            CertificateTrust(CA_CONSTRAINT, OTHER_ROOT.der, anchors=(ROOT.der,)),
            [SERVER, INTERMEDIATE],
            AlertDescription.UNKNOWN_CA,
        ),
        (
            CertificateTrust(CA_CONSTRAINT, ROOT.der, anchors=(OTHER_ROOT.der,)),
            [SERVER, INTERMEDIATE],
            AlertDescription.UNKNOWN_CA,
        ),
        (
            CertificateTrust(CA_CONSTRAINT, SERVER.der, anchors=(ROOT.der,)),
            [SERVER, INTERMEDIATE],
            AlertDescription.UNKNOWN_CA,
        ),
        (CertificateTrust(SERVICE, ROOT.der), [SERVER, INTERMEDIATE], AlertDescription.CERTIFICATE_UNKNOWN),
        (
            CertificateTrust(SERVICE, SERVER.der, anchors=(OTHER_ROOT.der,)),
            [SERVER],
            AlertDescription.UNKNOWN_CA,
        ),
        (
            CertificateTrust(DOMAIN, ROOT.der),
            [SERVER, INTERMEDIATE, ROOT],
            AlertDescription.CERTIFICATE_UNKNOWN,
        ),
        (CertificateTrust(DOMAIN, SERVER.der), [SELF_SIGNED], AlertDescription.CERTIFICATE_UNKNOWN),
        (
            CertificateTrust(DOMAIN, key_of(SERVER), names=("other.example",)),
            [SERVER],
            AlertDescription.BAD_CERTIFICATE,
        ),
    ],
)
def test_what_is_not_trusted_is_refused(
    trust: CertificateTrust, shown: list[Party], alert: AlertDescription
) -> None:
    assert alert_of(trust, chain(*shown)) is alert


def test_the_time_is_judged_of_the_whole_path() -> None:
    trust = CertificateTrust(ANCHOR, ROOT.der)
    stale = authority("stale", ROOT, valid=EXPIRED)
    for shown in (
        [end_entity(HOST, ROOT, valid=EXPIRED)],
        [end_entity(HOST, ROOT, valid=NOT_YET)],
        [end_entity(HOST, stale), stale],
    ):
        assert alert_of(trust, chain(*shown)) is AlertDescription.CERTIFICATE_EXPIRED
    expired = end_entity(HOST, ROOT, valid=EXPIRED)
    assert (
        alert_of(CertificateTrust(SERVICE, expired.der), chain(expired))
        is AlertDescription.CERTIFICATE_EXPIRED
    )
    CertificateTrust(DOMAIN, expired.der).check(chain(expired), "server")
    old_root = authority("old root", valid=EXPIRED)
    CertificateTrust(ANCHOR, old_root.der, now=lambda: EXPIRED[0]).check(
        chain(end_entity(HOST, old_root, valid=EXPIRED)), "server"
    )


def test_only_authorities_issue() -> None:
    trust = CertificateTrust(ANCHOR, ROOT.der)
    no_authority = end_entity("no authority", ROOT)
    may_not_sign = authority("may not sign", ROOT, may_sign=False)
    short = authority("short", ROOT, path_length=0)
    below = authority("below", short)
    for shown in (
        [end_entity(HOST, no_authority), no_authority],
        [end_entity(HOST, may_not_sign), may_not_sign],
        [end_entity(HOST, below), below, short],
    ):
        assert alert_of(trust, chain(*shown)) is AlertDescription.CERTIFICATE_UNKNOWN
    trust.check(chain(end_entity(HOST, short), short), "server")


def test_a_purpose_that_is_named_must_be_the_right_one() -> None:
    trust = CertificateTrust(ANCHOR, ROOT.der)
    client = end_entity("client", ROOT, purposes=[ExtendedKeyUsageOID.CLIENT_AUTH])
    both = end_entity(
        "both", ROOT, purposes=[ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    )
    any_purpose = end_entity("any", ROOT, purposes=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
    agreement_only = x509.KeyUsage(False, False, False, False, True, False, False, False, False)
    no_signing = end_entity("no signing", ROOT, more=[(agreement_only, True)])
    trust.check(chain(client), "client")
    for party in (both, any_purpose):
        trust.check(chain(party), "client")
        trust.check(chain(party), "server")
    for party in (client, no_signing):
        assert alert_of(trust, chain(party)) is AlertDescription.UNSUPPORTED_CERTIFICATE


def test_an_unknown_critical_extension_is_refused() -> None:
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.32473.1"), b"\x05\x00")
    trust = CertificateTrust(ANCHOR, ROOT.der)
    trust.check(chain(end_entity(HOST, ROOT, more=[(extension, False)])), "server")
    shown = chain(end_entity(HOST, ROOT, more=[(extension, True)]))
    assert alert_of(trust, shown) is AlertDescription.CERTIFICATE_UNKNOWN


@pytest.mark.parametrize("curve", [P384, ec.SECP521R1()], ids=lambda curve: curve.name)
def test_larger_curves(curve: ec.EllipticCurve) -> None:
    root = authority("large", curve=curve)
    leaf = end_entity(HOST, root, curve=P384)
    CertificateTrust(ANCHOR, root.der).check(chain(leaf), "server")


def test_a_key_of_another_curve_cannot_sign_a_handshake() -> None:
    for curve in (ec.SECP521R1(), ec.SECP192R1()):
        leaf = end_entity(HOST, ROOT, curve=curve)
        for trust in (CertificateTrust(ANCHOR, ROOT.der), CertificateTrust(DOMAIN, leaf.der)):
            assert alert_of(trust, chain(leaf)) is AlertDescription.UNSUPPORTED_CERTIFICATE


@pytest.mark.parametrize("usage", CertificateUsage)
def test_what_cannot_be_read_is_refused(usage: CertificateUsage) -> None:
    trust = CertificateTrust(usage, ROOT.der)
    for shown in ([], [b"junk"], [SERVER.der, b"junk"], [SERVER.der[:-1]]):
        assert alert_of(trust, shown) is AlertDescription.BAD_CERTIFICATE


def test_what_is_provisioned_must_be_readable() -> None:
    with pytest.raises(ValueError, match="expected of the peer"):
        CertificateTrust(ANCHOR, b"junk")
    with pytest.raises(ValueError, match="anchor 1"):
        CertificateTrust(CA_CONSTRAINT, ROOT.der, anchors=(ROOT.der, b"junk"))


def test_any_certificate_is_let_in_for_a_look() -> None:
    for party in (SERVER, SELF_SIGNED, end_entity("old", None, valid=EXPIRED)):
        assert AnyCertificate().check(chain(party), "client") == party.private.public_key()
    with pytest.raises(DtlsError):
        AnyCertificate().check([], "client")


def test_only_expected_raw_keys_are_let_in() -> None:
    expected = ExpectedPublicKeys.only([key_of(SERVER), key_of(ROOT)])
    assert expected.check(key_of(SERVER)) == SERVER.private.public_key()
    with pytest.raises(DtlsError) as caught:
        expected.check(key_of(OTHER_ROOT))
    assert caught.value.alert is AlertDescription.CERTIFICATE_UNKNOWN
    assert ExpectedPublicKeys().check(key_of(OTHER_ROOT)) == OTHER_ROOT.private.public_key()
    with pytest.raises(DtlsError):
        ExpectedPublicKeys.only([]).check(key_of(SERVER))
