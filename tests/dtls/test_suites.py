"""Numbers and names of suites are those of IANA."""

from __future__ import annotations

import pytest

from conformance.dtls.suites import SUITES, KeyExchange, suite


def test_a_name_says_what_the_suite_does() -> None:
    for number, each in SUITES.items():
        key_exchange, _, cipher = each.name.removeprefix("TLS_").partition("_WITH_")
        assert each.number == number
        assert KeyExchange(key_exchange) is each.key_exchange
        assert cipher.removesuffix("_SHA256") == each.cipher.value.removesuffix("_SHA256")
        assert suite(number) is suite(each.name) is each


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0xC0A8, "TLS_PSK_WITH_AES_128_CCM_8"),
        (0x00AE, "TLS_PSK_WITH_AES_128_CBC_SHA256"),
        (0xC0AE, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
        (0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    ],
)
def test_the_suites_that_lwm2m_names_are_there(number: int, name: str) -> None:
    """LwM2M Transport 1.2 §5.2.9: PSK, and raw public keys and certificates."""
    assert suite(number).name == name


@pytest.mark.parametrize("unknown", [0x00FF, "TLS_RSA_WITH_AES_128_CBC_SHA"])
def test_an_unknown_suite_is_named(unknown: int | str) -> None:
    with pytest.raises(KeyError, match=r"0x00FF|TLS_RSA"):
        suite(unknown)
