"""Keys and messages of RFC 8613 Appendix C, and what is not let through."""

from __future__ import annotations

import pytest

from conformance.coap.codec import dissect, encode
from conformance.coap.codes import Code
from conformance.coap.message import Message, Type, request_options
from conformance.coap.options import Option, OptionNumber
from conformance.oscore.context import Parameters, SecurityContext
from conformance.oscore.protection import Refused, protect, protect_response, unprotect, unprotect_response

SECRET = bytes.fromhex("0102030405060708090a0b0c0d0e0f10")
SALT = bytes.fromhex("9e7ca92223786340")
CLIENT = Parameters(b"", b"\x01", SECRET, SALT)
"""Appendix C.1.1."""
WITHOUT_SALT = Parameters(b"\x00", b"\x01", SECRET)
"""Appendix C.2.1."""
WITH_ID_CONTEXT = Parameters(b"", b"\x01", SECRET, SALT, bytes.fromhex("37cbf3210017a2d3"))
"""Appendix C.3.1."""

KEYS = [
    (
        CLIENT,
        "f0910ed7295e6ad4b54fc793154302ff",
        "ffb14e093c94c9cac9471648b4f98710",
        "4622d4dd6d944168eefb54987c",
    ),
    (
        WITHOUT_SALT,
        "321b26943253c7ffb6003b0b64d74041",
        "e57b5635815177cd679ab4bcec9d7dda",
        "be35ae297d2dace910c52e99f9",
    ),
    (
        WITH_ID_CONTEXT,
        "af2a1300a5e95788b356336eeecd2b92",
        "e39a0c7c77b43f03b4b39ab9a268699f",
        "2ca58fb85ff1b81c0b7181b85e",
    ),
]
UNPROTECTED = bytes.fromhex("44015d1f00003974396c6f63616c686f737483747631")
"""The request of Appendices C.4 to C.6: CON GET coap://localhost/tv1."""


@pytest.mark.parametrize(("parameters", "sender", "recipient", "iv"), KEYS)
def test_keys_are_derived_as_in_appendix_c(
    parameters: Parameters, sender: str, recipient: str, iv: str
) -> None:
    client, server = SecurityContext(parameters), SecurityContext(parameters.mirrored)
    assert client.sender_key == server.recipient_key == bytes.fromhex(sender)
    assert client.recipient_key == server.sender_key == bytes.fromhex(recipient)
    assert client.common_iv == server.common_iv == bytes.fromhex(iv)


@pytest.mark.parametrize(
    ("parameters", "protected"),
    [
        (CLIENT, "44025d1f00003974396c6f63616c686f7374620914ff612f1092f1776f1c1668b3825e"),
        (WITHOUT_SALT, "44025d1f00003974396c6f63616c686f737463091400ff4ed339a5a379b0b8bc731fffb0"),
        (
            WITH_ID_CONTEXT,
            "44025d1f00003974396c6f63616c686f73746b19140837cbf3210017a2d3ff72cd7273fd331ac45cffbe55c3",
        ),
    ],
    ids=["C.4", "C.5", "C.6"],
)
def test_a_request_is_protected_as_in_appendix_c(parameters: Parameters, protected: str) -> None:
    context = SecurityContext(parameters, first=20)
    datagram, _ = protect(dissect(UNPROTECTED)[0], context)
    assert datagram.hex() == protected


@pytest.mark.parametrize(
    ("first", "protected"),
    [
        (None, "64445d1f0000397490ffdbaad1e9a7e7b2a813d3c31524378303cdafae119106"),
        (0, "64445d1f00003974920100ff4d4c13669384b67354b2b6175ff4b8658c666a6cf88e"),
    ],
    ids=["C.7", "C.8"],
)
def test_a_response_is_protected_as_in_appendix_c(first: int | None, protected: str) -> None:
    client, server = SecurityContext(CLIENT, first=20), SecurityContext(CLIENT.mirrored)
    request, asked = protect(dissect(UNPROTECTED)[0], client)
    _, binding = unprotect(request, server)
    if first is not None:
        binding.request.can_reuse_nonce = False
    answer = dissect(bytes.fromhex("64455d1f00003974ff48656c6c6f20576f726c6421"))[0]
    datagram = protect_response(answer, binding)
    assert datagram.hex() == protected
    assert dissect(unprotect_response(datagram, asked))[0] == answer


def pair() -> tuple[SecurityContext, SecurityContext]:
    return SecurityContext(CLIENT), SecurityContext(CLIENT.mirrored)


def asking(observe: int | None = None, accept: int | None = None) -> Message:
    options = request_options(path=("3", "0"), observe=observe, accept=accept)
    return Message(Type.CON, Code.GET, 7, b"tk", options)


def test_nothing_of_a_request_shows_but_that_it_observes() -> None:
    client, server = pair()
    datagram, _ = protect(asking(observe=0, accept=110), client)
    outer = dissect(datagram)[0]
    assert outer.code == Code.FETCH
    assert {option.number for option in outer.options} == {OptionNumber.OBSERVE, OptionNumber.OSCORE}
    assert dissect(unprotect(datagram, server)[0])[0] == asking(observe=0, accept=110)


@pytest.mark.parametrize("observe", [0, 1])
def test_observe_arrives_with_its_value(observe: int) -> None:
    client, server = pair()
    datagram, _ = protect(asking(observe=observe), client)
    assert dissect(unprotect(datagram, server)[0])[0].observe == observe


def test_notifications_keep_their_order_and_have_numbers_of_their_own() -> None:
    client, server = pair()
    request, asked = protect(asking(observe=0), client)
    _, binding = unprotect(request, server)
    datagrams = []
    for observe in (5, 6, 7):
        option = Option.uint(OptionNumber.OBSERVE, observe)
        notification = Message(Type.NON, Code.CONTENT, observe, b"tk", (option,), b"21")
        datagrams.append(protect_response(notification, binding))
        assert dissect(unprotect_response(datagrams[-1], asked))[0] == notification
    values = [dissect(datagram)[0].values(OptionNumber.OSCORE)[0] for datagram in datagrams]
    assert values == [b"", b"\x01\x00", b"\x01\x01"]


def refused(datagram: bytes, context: SecurityContext) -> tuple[Code, str]:
    with pytest.raises(Refused) as told:
        unprotect(datagram, context)
    return told.value.code, told.value.reason


def test_a_request_that_came_before_is_refused() -> None:
    client, server = pair()
    datagram, _ = protect(asking(), client)
    unprotect(datagram, server)
    assert refused(datagram, server) == (Code.UNAUTHORIZED, "Replay detected")


def test_a_request_with_a_changed_byte_is_refused_and_does_not_use_its_number_up() -> None:
    client, server = pair()
    datagram, _ = protect(asking(), client)
    changed = datagram[:-1] + bytes([datagram[-1] ^ 1])
    assert refused(changed, server) == (Code.BAD_REQUEST, "Decryption failed")
    assert dissect(unprotect(datagram, server)[0])[0] == asking()


def test_a_request_of_another_context_is_refused() -> None:
    _, server = pair()
    datagram, _ = protect(asking(), SecurityContext(Parameters(b"\x05", b"\x01", SECRET, SALT)))
    assert refused(datagram, server) == (Code.UNAUTHORIZED, "Security context not found")
    datagram, _ = protect(asking(), SecurityContext(Parameters(b"", b"\x01", bytes(16), SALT)))
    assert refused(datagram, server) == (Code.BAD_REQUEST, "Decryption failed")


@pytest.mark.parametrize("value", [b"\xe0", b"\x07\x01", b"\x18", b"\x19\x00\xff\x00"])
def test_an_option_that_cannot_be_read_is_refused(value: bytes) -> None:
    _, server = pair()
    message = asking().with_options(Option(OptionNumber.OSCORE, value)).with_(payload=bytes(20))
    assert refused(encode(message), server) == (Code.BAD_OPTION, "Failed to decode COSE")


def test_a_response_to_another_request_is_refused() -> None:
    client, server = pair()
    first, _ = protect(asking(), client)
    _, other = protect(asking(), client)
    _, binding = unprotect(first, server)
    datagram = protect_response(Message(Type.ACK, Code.CONTENT, 7, b"tk", payload=b"21"), binding)
    with pytest.raises(Refused, match="Decryption failed"):
        unprotect_response(datagram, other)


def test_an_id_that_a_nonce_has_no_room_for_is_an_error() -> None:
    with pytest.raises(ValueError, match="sender_id has more than 7 bytes"):
        SecurityContext(Parameters(bytes(8), b"\x01", SECRET))
