"""Handshake messages are read as they were written, and what is no message is refused with an alert."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dtls.certificates import Certificate, CertificateRequest
from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.extensions import (
    CertificateType,
    Extension,
    ExtensionType,
    read_server_name,
    server_name,
)
from conformance.dtls.handshake import Finished, RawMessage, ServerHelloDone, parse_message
from conformance.dtls.hello import ClientHello, HelloRequest, HelloVerifyRequest, ServerHello
from conformance.dtls.key_exchange import (
    CertificateVerify,
    ClientKeyExchange,
    EcParameters,
    ServerKeyExchange,
    Signature,
)
from conformance.dtls.message import Fragment, HandshakeType, Message, read_fragments
from conformance.dtls.suites import KeyExchange

RANDOM = st.binary(min_size=32, max_size=32)
SHORT, NUMBER = st.binary(max_size=32), st.integers(0, 0xFFFF)
EXTENSIONS = st.lists(
    st.builds(Extension, NUMBER, st.binary(max_size=20)), max_size=5, unique_by=lambda each: each.type
).map(tuple)
SIGNATURE = st.builds(Signature, NUMBER, st.binary(max_size=80))
PARAMETERS = st.builds(EcParameters, NUMBER, st.binary(min_size=1, max_size=97))
NUMBERS = st.lists(NUMBER, min_size=1, max_size=9).map(tuple)
MESSAGES: dict[str, tuple[st.SearchStrategy[Message], KeyExchange | None]] = {
    "HelloRequest": (st.builds(HelloRequest), None),
    "ClientHello": (
        st.builds(
            ClientHello, RANDOM, NUMBERS, SHORT, st.binary(max_size=255), EXTENSIONS, st.just((0,)), NUMBER
        ),
        None,
    ),
    "HelloVerifyRequest": (st.builds(HelloVerifyRequest, st.binary(max_size=255), NUMBER), None),
    "ServerHello": (st.builds(ServerHello, RANDOM, NUMBER, SHORT, EXTENSIONS), None),
    "Certificate": (
        st.builds(Certificate, st.lists(st.binary(min_size=1, max_size=50), max_size=3).map(tuple)),
        None,
    ),
    "CertificateRequest": (
        st.builds(
            CertificateRequest,
            NUMBERS,
            authorities=st.lists(st.binary(min_size=1, max_size=9), max_size=2).map(tuple),
        ),
        None,
    ),
    "ServerHelloDone": (st.builds(ServerHelloDone), None),
    "CertificateVerify": (st.builds(CertificateVerify, SIGNATURE), None),
    "Finished": (st.builds(Finished, st.binary(min_size=12, max_size=12)), None),
    "ServerKeyExchange of PSK": (st.builds(ServerKeyExchange, SHORT), KeyExchange.PSK),
    "ServerKeyExchange of ECDHE_PSK": (
        st.builds(ServerKeyExchange, SHORT, PARAMETERS),
        KeyExchange.ECDHE_PSK,
    ),
    "ServerKeyExchange of ECDHE_ECDSA": (
        st.builds(ServerKeyExchange, st.none(), PARAMETERS, SIGNATURE),
        KeyExchange.ECDHE_ECDSA,
    ),
    "ClientKeyExchange of PSK": (st.builds(ClientKeyExchange, SHORT), KeyExchange.PSK),
    "ClientKeyExchange of ECDHE_PSK": (
        st.builds(ClientKeyExchange, SHORT, st.binary(min_size=1, max_size=97)),
        KeyExchange.ECDHE_PSK,
    ),
    "ClientKeyExchange of ECDHE_ECDSA": (
        st.builds(ClientKeyExchange, st.none(), st.binary(min_size=1, max_size=97)),
        KeyExchange.ECDHE_ECDSA,
    ),
}


T = TypeVar("T")


def parsed(parse: Callable[[], T]) -> tuple[AlertDescription | None, T | None]:
    """What was read, or the alert of the refusal."""
    try:
        return None, parse()
    except DtlsError as error:
        return error.alert, None


@pytest.mark.parametrize("name", MESSAGES)
@given(data=st.data())
def test_a_message_is_read_as_it_was_written(name: str, data: st.DataObject) -> None:
    strategy, key_exchange = MESSAGES[name]
    message = data.draw(strategy)
    assert parse_message(message.type, message.body(), key_exchange) == message
    shorter = message.body()[: data.draw(st.integers(0, len(message.body())))]
    alert, again = parsed(lambda: parse_message(message.type, shorter, key_exchange).body())
    assert again == shorter or alert in (AlertDescription.DECODE_ERROR, AlertDescription.ILLEGAL_PARAMETER)


@given(
    type=st.sampled_from([*HandshakeType, 99]),
    body=st.binary(max_size=200),
    key_exchange=st.none() | st.sampled_from(KeyExchange),
    certificate_type=st.sampled_from(CertificateType),
)
def test_any_bytes_are_a_message_or_a_refusal(
    type: int, body: bytes, key_exchange: KeyExchange | None, certificate_type: CertificateType
) -> None:
    alert, message = parsed(lambda: parse_message(type, body, key_exchange, certificate_type))
    if message is None:
        assert alert is not None
    elif message.type == HandshakeType.CERTIFICATE:
        assert parse_message(type, message.body(), key_exchange, certificate_type) == message
    else:
        assert parse_message(type, message.body(), key_exchange) == message


@given(st.binary(max_size=60))
def test_any_bytes_are_fragments_or_a_refusal(data: bytes) -> None:
    alert, fragments = parsed(lambda: read_fragments(data))
    if fragments is None:
        assert alert is AlertDescription.DECODE_ERROR
    else:
        assert b"".join(map(bytes, fragments)) == data


def test_an_empty_raw_public_key_is_none() -> None:
    shown = parse_message(HandshakeType.CERTIFICATE, b"\0\0\0", None, CertificateType.RAW_PUBLIC_KEY)
    assert shown == Certificate()


def test_an_extension_that_comes_twice_is_refused() -> None:
    twice = (Extension(ExtensionType.EXTENDED_MASTER_SECRET, b""),) * 2
    with pytest.raises(DtlsError, match="twice") as caught:
        ClientHello.parse(ClientHello(bytes(32), (1,), extensions=twice).body())
    assert caught.value.alert is AlertDescription.ILLEGAL_PARAMETER


def test_bytes_behind_a_hello_are_refused() -> None:
    body = ClientHello(bytes(32), (1,), extensions=(Extension(99, b"data"),)).body()
    with pytest.raises(DtlsError, match="after its end"):
        ClientHello.parse(body + b"\0")


def test_a_server_name_is_read_back() -> None:
    assert read_server_name(server_name("lwm2m.example").data) == "lwm2m.example"


@given(st.binary(max_size=300), st.integers(1, 100))
def test_a_message_is_cut_into_pieces_that_fit(body: bytes, size: int) -> None:
    pieces = Fragment.whole(HandshakeType.CERTIFICATE, 3, body).split(size)
    assert b"".join(piece.data for piece in pieces) == body
    assert all(len(piece.data) <= size and piece.length == len(body) for piece in pieces)
    assert RawMessage(HandshakeType.CERTIFICATE, body).body() == body
