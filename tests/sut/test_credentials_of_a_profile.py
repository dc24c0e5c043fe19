"""Credentials that a profile tells of: what is wrong with them is said in one line, before the run."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from typer.testing import CliRunner

from conformance.cli import app
from conformance.security.issuing import Authority, drawn_key
from conformance.sut.profile import ProfileError, load_profile

DEVICE = '[sut]\nname = "Some Device"\nrole = "device"\nlwm2m = ["1.1"]\n[adapter]\nkind = "attach"\n'
SERVER = DEVICE.replace("Device", "Server").replace('"device"', '"server"')
STARTED = DEVICE.replace('kind = "attach"', 'kind = "command"\nstart = ["./device"]')
PSK = 'psk_identity = "meter"\npsk_key_hex = "00112233445566778899aabbccddeeff"\n'
RPK = 'rpk_key = "own.pem"\nrpk_peer_key = "peer.pem"\n'
X509 = 'x509_certificate = "own.crt"\nx509_key = "own.pem"\nx509_peer_certificate = "peer.crt"\n'
OSCORE = 'oscore_sender_id = "01"\noscore_recipient_id = ""\noscore_master_secret = "0011"\n'


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, authority = tmp_path_factory.mktemp("credentials"), Authority(random.Random(3))
    own, peer = drawn_key(random.Random(1)), drawn_key(random.Random(2))
    public = peer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for name, content in {
        "own.pem": pem(own),
        "own.der": own.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        "other.pem": pem(peer),
        "peer.pem": public,
        "own.crt": authority.issue("tester", own).chain[0],
        "peer.crt": authority.issue("sut", peer).chain[0],
        "expired.crt": authority.issue("tester", own, valid=(-20, -10)).chain[0],
        "p521.pem": pem(ec.generate_private_key(ec.SECP521R1())),
        "rsa.pem": pem(rsa.generate_private_key(65537, 1024)),
        "empty.pem": b"",
    }.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def refusal(folder: Path) -> Callable[[str], str]:
    def load(text: str) -> str:
        file = folder / "sut.toml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ProfileError) as caught:
            load_profile(file)
        assert "\n" not in str(caught.value)
        return str(caught.value).removeprefix(f"{file}: ")

    return load


@pytest.mark.parametrize("given", [PSK, RPK, X509, OSCORE, RPK.replace("own.pem", "own.der")])
@pytest.mark.parametrize("role", [DEVICE, SERVER])
def test_whole_credentials_are_taken(folder: Path, role: str, given: str) -> None:
    mode = given.partition("_")[0]
    claim = "oscore" if mode == "oscore" else f"dtls_{mode}"
    file = folder / "sut.toml"
    file.write_text(f'{role}[ics]\n{claim} = true\n[ixit]\nendpoint = "meter"\n{given}', encoding="utf-8")
    profile = load_profile(file)
    assert profile.held == {mode}
    assert profile.ixit.merged(lifetime=5).has(given.partition(" ")[0])
    assert not any(secret in repr(profile) for secret in profile.ixit.secrets() if len(secret) > 6)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            PSK.replace("00112", "0112"),
            "ixit.psk_key_hex: found a value that is not shown, expected a key",
        ),
        ('psk_identity = "meter"\npsk_key_hex = ""\n', "ixit.psk_key_hex: found a value that is not shown"),
        (
            f'psk_identity = "m"\npsk_key_hex = "{65 * "ab"}"\n',
            "ixit.psk_key_hex: found 65 bytes, expected 1",
        ),
        (
            f'psk_identity = "{129 * "m"}"\npsk_key_hex = "ab"\n',
            "ixit.psk_identity: found 129 bytes, expected 1 to",
        ),
        ('psk_identity = "meter"\n', "ixit.psk_key_hex: missing, expected this key beside ixit.psk_identity"),
        ('psk_key_hex = "ab"\n', "ixit.psk_identity: missing, expected this key beside ixit.psk_key_hex"),
        ('rpk_key = "own.pem"\n', "ixit.rpk_peer_key: missing, expected this key beside ixit.rpk_key"),
        (
            X509.replace("peer.crt", "none.crt"),
            'ixit.x509_peer_certificate: found "none.crt", expected a file',
        ),
        (X509.replace("peer.crt", "none.crt"), "it cannot be read: No such file or directory"),
        (
            X509.replace("own.pem", "empty.pem"),
            'ixit.x509_key: found "empty.pem", expected a file',
        ),
        (
            X509.replace('"own.crt"', '"own.pem"'),
            'ixit.x509_certificate: found "own.pem", expected a file',
        ),
        (
            X509.replace("own.pem", "other.pem"),
            "ixit.x509_key: found another key, expected that of ixit",
        ),
        (
            X509.replace("own.crt", "expired.crt"),
            "ixit.x509_certificate: found a certificate that is valid",
        ),
        (
            RPK.replace("own.pem", "p521.pem"),
            'ixit.rpk_key: found "p521.pem", expected a file',
        ),
        (
            RPK.replace("own.pem", "rsa.pem"),
            'ixit.rpk_key: found "rsa.pem", expected a file',
        ),
        (
            RPK.replace("own.pem", "peer.pem"),
            'ixit.rpk_key: found "peer.pem", expected a file',
        ),
        (
            RPK.replace("peer.pem", "other.pem"),
            'ixit.rpk_peer_key: found "other.pem", expected a file',
        ),
        ("rpk_key = 1\n", "ixit.rpk_key: found 1, expected a file with a private key"),
        (OSCORE.replace('"01"', f'"{8 * "01"}"'), "expected at most 7 octets in hexadecimal digits"),
        (OSCORE.replace("0011", "001"), "ixit.oscore_master_secret: found a value that is not shown"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(refusal: Callable[[str], str], given: str, line: str) -> None:
    assert line in refusal(f"{DEVICE}[ixit]\n{given}")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (DEVICE, "ics.dtls_rpk: found true, expected ixit.rpk_key, ixit.rpk_peer_key, or false"),
        (STARTED, "ics.dtls_rpk: found true, expected a block adapter.with.rpk, or false"),
    ],
)
def test_a_mode_is_claimed_with_what_it_takes(refusal: Callable[[str], str], text: str, line: str) -> None:
    assert line in refusal(f"{text}[ics]\ndtls_rpk = true\n")


def test_a_block_without_arguments_is_how_the_sut_always_runs(folder: Path) -> None:
    file = folder / "sut.toml"
    file.write_text(STARTED + '[adapter.with]\npsk = []\nrpk = ["--rpk"]\n', encoding="utf-8")
    assert load_profile(file).always == {"psk"}


def test_a_server_needs_the_name_of_the_device_that_it_knows(refusal: Callable[[str], str]) -> None:
    line = refusal(f"{SERVER}[ics]\ndtls_psk = true\n[ixit]\n{PSK}")
    assert line == "ixit.endpoint: missing, expected the name for which ixit.psk_identity is good"


def test_a_run_does_not_begin(folder: Path, tmp_path: Path) -> None:
    file = folder / "sut.toml"
    file.write_text(f'{DEVICE}[ixit]\npsk_identity = "m"\npsk_key_hex = "abc"\n', encoding="utf-8")
    result = CliRunner().invoke(app, ["run", "--sut", str(file), "--out", str(tmp_path / "run")])
    assert result.exit_code == 2
    assert "ixit.psk_key_hex" in result.output
    assert "abc" not in result.output.replace(str(file), "")
    assert not (tmp_path / "run").exists()
