"""Both ends of a conversation get credentials that fit each other, and nobody else's."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from conformance.dtls.credentials import Certificate, Psk, RawPublicKey
from conformance.security.credentials import ISSUED, Credentials, credentials_for
from conformance.sut.adapter import AdapterUnavailableError
from conformance.sut.profile import Profile, load_profile
from conformance.testcase import SECURITY

ROOT = Path(__file__).parents[2]


@pytest.fixture
def profile() -> Profile:
    return load_profile(ROOT / "fixtures/profiles/reference-device.toml")


def drawn(mode: str, profile: Profile, folder: Path, seed: int = 1) -> Credentials:
    return credentials_for(mode, profile, "urn:conformance:one", folder, random.Random(seed))


def attached(profile: Profile, **ixit: str) -> Profile:
    adapter = profile.adapter.model_copy(update={"kind": "attach"})
    return replace(profile, adapter=adapter, ixit=profile.ixit.merged(**ixit))


def test_both_ends_share_a_key_that_another_seed_does_not_have(profile: Profile, tmp_path: Path) -> None:
    first, other = drawn("psk", profile, tmp_path), drawn("psk", profile, tmp_path, seed=2)
    assert isinstance(first.tester, Psk)
    assert first.tester == first.sut != other.sut
    assert first.placeholders == {
        "psk_identity": first.tester.identity.decode(),
        "psk_key_hex": first.tester.key.hex(),
    }
    assert drawn("psk", profile, tmp_path) == first


def test_the_key_of_the_ixit_is_taken_where_it_is_given(profile: Profile, tmp_path: Path) -> None:
    given = attached(profile, psk_identity="meter-1", psk_key_hex="00ff")
    assert drawn("psk", given, tmp_path).tester == Psk(b"meter-1", b"\x00\xff")


@pytest.mark.parametrize("mode", SECURITY)
def test_a_sut_that_the_suite_does_not_start_needs_an_ixit(
    mode: str, profile: Profile, tmp_path: Path
) -> None:
    with pytest.raises(AdapterUnavailableError, match=f"does not start the SUT.*{mode}"):
        drawn(mode, attached(profile), tmp_path)


@pytest.mark.parametrize("mode", ["rpk", "x509"])
def test_the_files_are_for_the_user_alone_and_fit_the_credentials(
    mode: str, profile: Profile, tmp_path: Path
) -> None:
    made = drawn(mode, profile, tmp_path)
    files = {name: Path(path) for name, path in made.placeholders.items() if name != "certificate_usage"}
    assert all(file.stat().st_mode & 0o077 == 0 for file in files.values())
    private = files["key"].read_bytes()
    if mode == "rpk":
        assert RawPublicKey.from_der(private).public == files["cert"].read_bytes()
        assert isinstance(made.tester, RawPublicKey)
        assert files["peer_cert"].read_bytes() == made.tester.public
    else:
        Certificate.from_der([files["cert"].read_bytes()], private).require_own_key()
        assert isinstance(made.tester, Certificate)
        assert (files["peer_cert"].read_bytes(),) == made.tester.chain
        anchor = x509.load_der_x509_certificate(files["trust"].read_bytes())
        for name in ("cert", "peer_cert"):
            x509.load_der_x509_certificate(files[name].read_bytes()).verify_directly_issued_by(anchor)


def test_an_authority_is_expected_where_the_case_wants_its_word(profile: Profile, tmp_path: Path) -> None:
    made = credentials_for("x509", profile, "dev", tmp_path, random.Random(1), ISSUED)
    assert made.placeholders["certificate_usage"] == "2"
    expected = Path(made.placeholders["peer_cert"]).read_bytes()
    assert expected == Path(made.placeholders["trust"]).read_bytes()


def test_a_device_that_cannot_be_told_the_usage_takes_no_part_in_such_a_case(
    profile: Profile, tmp_path: Path
) -> None:
    untold = profile.adapter.model_copy(update={"options": {"x509": ["--x509", "{peer_cert}"]}})
    with pytest.raises(AdapterUnavailableError, match=r"adapter\.with\.x509 has no \{certificate_usage\}"):
        credentials_for("x509", replace(profile, adapter=untold), "dev", tmp_path, random.Random(1), ISSUED)
