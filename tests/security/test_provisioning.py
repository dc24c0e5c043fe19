"""What a bootstrap gives is drawn for the case, and means the same on the wire and at a user's adapter."""

from __future__ import annotations

import base64
import random
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.dtls.credentials import Psk
from conformance.security.credentials import credentials_for
from conformance.security.provisioning import (
    CA_CONSTRAINT,
    ISSUED,
    base64_like,
    drawn_credentials,
    security_argument,
    security_resources,
    shared,
)
from conformance.sut.profile import load_profile
from conformance.testcase import SECURITY

PROFILE = Path(__file__).parents[2] / "fixtures/profiles/reference-device.toml"


NAMES = {
    "psk": {5: "key_hex"},
    "rpk": {3: "public_key_hex", 4: "server_public_key_hex", 5: "private_key_hex"},
    "x509": {3: "certificate_hex", 4: "server_certificate_hex", 5: "private_key_hex"},
}


@pytest.mark.parametrize("mode", SECURITY)
def test_adapter_and_wire_are_told_the_same(mode: str) -> None:
    keys = drawn_credentials(mode, "meter-1", random.Random(1))
    told, written = security_argument(keys), security_resources(keys)
    assert told["mode"] == mode
    assert {name: written[resource].hex() for resource, name in NAMES[mode].items()}.items() <= told.items()
    if mode == "psk":
        assert str(told["identity"]).encode() == written[3]
        assert written[4] == b""


def test_usages_of_an_authority_name_its_certificate() -> None:
    keys = drawn_credentials("x509", "meter-1", random.Random(1))
    assert keys.authority is not None
    for usage in (CA_CONSTRAINT, ISSUED):
        told = security_resources(keys, usage)
        assert (told[4], told[15]) == (keys.authority.anchor, int(usage))


def test_what_is_given_is_not_the_key_of_the_profile(tmp_path: Path) -> None:
    profile = load_profile(PROFILE)
    ixit = profile.ixit.merged(psk_identity="meter-1", psk_key_hex="00ff" * 8)
    held = replace(profile, ixit=ixit)
    long_term = credentials_for("psk", held, "meter-1", tmp_path, random.Random(1))
    given = drawn_credentials("psk", "meter-1", random.Random(1))
    assert isinstance(long_term.sut, Psk)
    assert isinstance(given.sut, Psk)
    assert long_term.sut.key not in given.sut.key
    assert long_term.sut.identity != given.sut.identity


def test_a_key_like_base64_is_another_one_when_it_is_decoded() -> None:
    key = base64_like(random.Random(1))
    assert base64.b64decode(key, validate=True) != key
    assert security_resources(shared(key, random.Random(2)))[5] == key
