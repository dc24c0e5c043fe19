"""Which names a certificate is for."""

from __future__ import annotations

import pytest

from conformance.dtls.names import PresentedNames
from tests.dtls.authority import end_entity

URN = "urn:dev:ops:32473-Refrigerator-5002"


@pytest.mark.parametrize(
    ("hosts", "reference", "right"),
    [
        (["server.example"], "server.example", True),
        (["server.example"], "SERVER.Example.", True),
        (["other.example", "server.example"], "server.example", True),
        (["server.example"], "a.server.example", False),
        (["server.example"], "example", False),
        (["*.lwm2m.example"], "a.lwm2m.example", True),
        (["*.lwm2m.example"], "a.b.lwm2m.example", False),
        (["*.lwm2m.example"], "lwm2m.example", False),
        (["*.example"], "lwm2m.example", False),
        (["a*.lwm2m.example"], "ab.lwm2m.example", False),
        (["*"], "lwm2m", False),
        (["server.example"], "", False),
    ],
)
def test_a_host_name_is_compared_label_by_label(hosts: list[str], reference: str, right: bool) -> None:
    names = PresentedNames.of(end_entity("common", None, hosts=hosts).certificate)
    assert names.match(reference) is right


def test_the_common_name_counts_where_no_host_name_stands_beside_it() -> None:
    assert PresentedNames.of(end_entity("server.example", None).certificate).match("server.example")
    with_uri = end_entity("server.example", None, uris=["coaps://other.example"])
    assert PresentedNames.of(with_uri.certificate).match("server.example")
    with_host = end_entity("server.example", None, hosts=["other.example"])
    assert not PresentedNames.of(with_host.certificate).match("server.example")


@pytest.mark.parametrize(
    ("common", "addresses", "reference", "right"),
    [
        ("common", ["127.0.0.1"], "127.0.0.1", True),
        ("common", ["2001:db8::2:1"], "[2001:db8:0::2:1]", True),
        ("common", ["127.0.0.1"], "127.0.0.2", False),
        ("127.0.0.1", [], "127.0.0.1", True),
        ("127.0.0.1", ["127.0.0.2"], "127.0.0.1", False),
        ("*.0.0.1", [], "127.0.0.1", False),
    ],
)
def test_an_address_is_compared_as_an_address(
    common: str, addresses: list[str], reference: str, right: bool
) -> None:
    names = PresentedNames.of(end_entity(common, None, addresses=addresses).certificate)
    assert names.match(reference) is right


def test_an_endpoint_name_stands_in_a_uri_or_the_common_name() -> None:
    assert PresentedNames.of(end_entity("x", None, uris=[URN]).certificate).match(URN)
    assert PresentedNames.of(end_entity(URN, None).certificate).match(URN)
    assert not PresentedNames.of(end_entity(URN.upper(), None).certificate).match(URN)
    assert not PresentedNames.of(end_entity("x", None, hosts=["x"]).certificate).match(URN)


def test_names_are_told_by_kind() -> None:
    party = end_entity("c", None, hosts=["h"], addresses=["::1"], uris=["u:1"])
    assert str(PresentedNames.of(party.certificate)) == "DNS h, IP ::1, URI u:1, CN c"
    assert str(PresentedNames()) == "no name"
