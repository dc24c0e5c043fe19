"""The codec gives back what it was given and rejects what RFC 7252 calls malformed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.coap import (
    DEFINITIONS,
    Block,
    Code,
    Kind,
    MalformedMessage,
    Message,
    Option,
    OptionFormat,
    OptionNumber,
    Type,
    decode,
    dissect,
    encode,
)
from conformance.coap.malformed import (
    FAULTS,
    empty_with_bytes,
    empty_with_token,
    reset_with_token,
    token_length,
    truncated_option_header,
    wrong_version,
)

REQUEST = Message(
    Type.CON,
    Code.POST,
    4711,
    b"\xa1\xb2",
    (
        Option.string(OptionNumber.URI_PATH, "rd"),
        Option.string(OptionNumber.URI_QUERY, "ep=dev"),
        Option.string(OptionNumber.URI_QUERY, "lt=60"),
        Option.uint(OptionNumber.CONTENT_FORMAT, 40),
    ),
    b"</3/0>",
)


@st.composite
def known_options(draw: st.DrawFn) -> list[Option]:
    options: list[Option] = []
    for definition in draw(st.lists(st.sampled_from(list(DEFINITIONS.values())), unique=True, max_size=8)):
        for _ in range(draw(st.integers(1, 3)) if definition.repeatable else 1):
            if definition.number in (OptionNumber.BLOCK1, OptionNumber.BLOCK2):
                block = Block(draw(st.integers(0, 2**20 - 1)), draw(st.booleans()), draw(st.integers(0, 6)))
                options.append(Option.uint(definition.number, block.uint))
            elif definition.format is OptionFormat.STRING:
                text = draw(
                    st.text(min_size=definition.minimum, max_size=20).filter(
                        lambda text: text not in (".", "..")
                    )
                )
                options.append(Option.string(definition.number, text))
            else:
                value = draw(st.binary(min_size=definition.minimum, max_size=definition.maximum))
                options.append(Option(definition.number, value))
    return options


UNKNOWN_OPTION = st.builds(
    Option, st.integers(0, 65535).filter(lambda n: n not in DEFINITIONS), st.binary(max_size=300)
)
TOKEN = st.binary(max_size=8)
MID = st.integers(0, 65535)
REQUEST_CODE = st.integers(1, 31).map(Code)
RESPONSE_CODE = st.builds(Code.of, st.sampled_from([2, 4, 5]), st.integers(0, 31))
EMPTY_MESSAGE = st.builds(Message, st.sampled_from([Type.CON, Type.ACK, Type.RST]), st.just(Code.EMPTY), MID)


@st.composite
def full_messages(draw: st.DrawFn) -> Message:
    type_ = draw(st.sampled_from([Type.CON, Type.NON, Type.ACK]))
    code = draw(RESPONSE_CODE if type_ is Type.ACK else REQUEST_CODE | RESPONSE_CODE)
    options = draw(known_options()) + draw(st.lists(UNKNOWN_OPTION, max_size=3))
    return Message(type_, code, draw(MID), draw(TOKEN), tuple(options), draw(st.binary(max_size=100)))


@given(EMPTY_MESSAGE | full_messages())
def test_a_valid_message_comes_back_as_it_was(message: Message) -> None:
    assert decode(encode(message)) == message


@given(st.binary(max_size=60) | st.binary(max_size=40).map(lambda tail: b"\x42\x02\x12\x34\xa1\xb2" + tail))
def test_any_bytes_raise_nothing_but_the_own_error(data: bytes) -> None:
    message, findings = dissect(data)
    message.summary()
    rejecting = [finding for finding in findings if finding.rejects]
    if rejecting:
        with pytest.raises(MalformedMessage) as raised:
            decode(data)
        assert raised.value.reason == rejecting[0].reason
        assert 0 <= raised.value.offset <= max(len(data), 4)
    else:
        assert decode(data) == message == decode(encode(message))


def test_the_wire_image_is_that_of_the_specification() -> None:
    """RFC 7252 Figure 16: a GET request for /temperature with the Message ID 0x7d34, and its answer."""
    request = Message(
        Type.CON, Code.GET, 0x7D34, options=(Option.string(OptionNumber.URI_PATH, "temperature"),)
    )
    assert encode(request) == bytes.fromhex("40017d34bb") + b"temperature"
    answer = Message(Type.ACK, Code.CONTENT, 0x7D34, payload=b"22.3 C")
    assert encode(answer) == bytes.fromhex("60457d34ff") + b"22.3 C"


@pytest.mark.parametrize(
    ("number", "length", "head"),
    [
        (12, 12, "cc"),
        (13, 13, "dd0000"),
        (268, 268, "ddffff"),
        (269, 269, "ee00000000"),
        (65535, 270, "eefef20001"),
    ],
)
def test_option_delta_and_length_take_the_extended_forms(number: int, length: int, head: str) -> None:
    message = Message(Type.NON, Code.GET, 1, options=(Option(number, b"v" * length),))
    assert encode(message)[4:] == bytes.fromhex(head) + b"v" * length
    assert dissect(encode(message))[0] == message


def test_views_and_summary() -> None:
    assert REQUEST.uri_path == ("rd",)
    assert REQUEST.uri_query == ("ep=dev", "lt=60")
    assert REQUEST.content_format == 40
    assert REQUEST.summary() == "CON POST /rd?ep=dev&lt=60 [mid 4711 token a1b2] 40:6 B"
    assert Message(Type.RST, Code.EMPTY, 7).summary() == "RST Empty [mid 7]"
    block = REQUEST.with_options(Option.uint(OptionNumber.BLOCK1, Block(3, True, 2).uint))
    assert block.block1 == Block(3, True, 2)
    assert block.without(OptionNumber.BLOCK1) == REQUEST
    assert Code.parse("2.05") == Code.CONTENT
    assert repr(Code.REQUEST_ENTITY_TOO_LARGE) == "Code(4.13 Request Entity Too Large)"


KIND_OF_FAULT = {
    "truncated-header": Kind.HEADER,
    "wrong-version": Kind.VERSION,
    "token-length": Kind.TOKEN,
    "truncated-token": Kind.TOKEN,
    "truncated-option": Kind.OPTION_ENCODING,
    "truncated-option-header": Kind.OPTION_ENCODING,
    "marker-without-payload": Kind.PAYLOAD_MARKER,
    "reserved-delta": Kind.OPTION_ENCODING,
    "reserved-length": Kind.OPTION_ENCODING,
    "option-number-overflow": Kind.OPTION_ENCODING,
    "reserved-class": Kind.CODE,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_rejected_for_its_own_reason(fault: str) -> None:
    with pytest.raises(MalformedMessage) as raised:
        decode(FAULTS[fault](REQUEST))
    assert raised.value.kind is KIND_OF_FAULT[fault]
    assert not raised.value.kind.is_option_level


@pytest.mark.parametrize("length", range(9, 16))
def test_every_reserved_token_length_is_rejected(length: int) -> None:
    message, findings = dissect(token_length(REQUEST, length))
    assert [finding.kind for finding in findings] == [Kind.TOKEN]
    assert len(message.token) == length
    assert message.options == REQUEST.options


@pytest.mark.parametrize("version", [0, 2, 3])
def test_every_other_version_is_rejected(version: int) -> None:
    with pytest.raises(MalformedMessage) as raised:
        decode(wrong_version(REQUEST, version))
    assert raised.value.kind is Kind.VERSION


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (empty_with_bytes(1), Kind.EMPTY),
        (empty_with_token(1), Kind.EMPTY),
        (reset_with_token(1), Kind.EMPTY),
        (truncated_option_header(REQUEST, 13), Kind.OPTION_ENCODING),
        (bytes.fromhex("50000001"), Kind.TYPE),  # Empty NON
        (bytes.fromhex("60010001"), Kind.TYPE),  # GET in an ACK
        (bytes.fromhex("70450001"), Kind.TYPE),  # 2.05 in a RST
        (bytes.fromhex("40e10001"), Kind.CODE),  # 7.01, signalling over UDP
    ],
)
def test_what_never_may_stand_together_is_rejected(data: bytes, kind: Kind) -> None:
    with pytest.raises(MalformedMessage) as raised:
        decode(data)
    assert raised.value.kind is kind


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ((Option(OptionNumber.CONTENT_FORMAT, b"\1\2\3"),), Kind.OPTION_LENGTH),
        ((Option(OptionNumber.URI_HOST, b""),), Kind.OPTION_LENGTH),
        ((Option(OptionNumber.IF_NONE_MATCH, b"x"),), Kind.OPTION_LENGTH),
        ((Option(OptionNumber.OBSERVE, b"\1\2\3\4"),), Kind.OPTION_LENGTH),
        ((Option.uint(OptionNumber.ACCEPT, 0), Option.uint(OptionNumber.ACCEPT, 110)), Kind.OPTION_REPEATED),
        ((Option.uint(OptionNumber.CONTENT_FORMAT, 0),) * 2, Kind.OPTION_REPEATED),
        ((Option(OptionNumber.URI_PATH, b"\xff"),), Kind.OPTION_VALUE),
        ((Option.string(OptionNumber.URI_PATH, ".."),), Kind.OPTION_VALUE),
        ((Option.uint(OptionNumber.BLOCK2, Block(0, False, 7).uint),), Kind.OPTION_VALUE),
    ],
)
def test_an_option_against_its_definition_is_an_option_level_error(
    options: tuple[Option, ...], kind: Kind
) -> None:
    message = Message(Type.CON, Code.GET, 1, b"t", options)
    with pytest.raises(MalformedMessage) as raised:
        decode(encode(message))
    assert raised.value.kind is kind
    assert raised.value.kind.is_option_level
    assert raised.value.option == options[0].number
    assert dissect(encode(message))[0] == message


def test_leading_zero_bytes_are_reported_but_not_rejected() -> None:
    data = encode(Message(Type.CON, Code.GET, 1, options=(Option(OptionNumber.ACCEPT, b"\0\x2a"),)))
    assert decode(data).accept == 42
    assert [finding.kind for finding in dissect(data)[1]] == [Kind.UINT_LENGTH]


def test_unknown_options_are_kept() -> None:
    message = Message(
        Type.CON, Code.GET, 1, options=(Option(65001, b"a"), Option(65001, b"b"), Option(65000))
    )
    decoded = decode(encode(message))
    assert decoded.values(65001) == (b"a", b"b")
    assert decoded.options[0] == Option(65000)


@pytest.mark.parametrize(
    "message",
    [REQUEST.with_(token=b"123456789"), REQUEST.with_(mid=65536), REQUEST.with_(options=(Option(70000),))],
)
def test_what_the_format_cannot_express_is_refused(message: Message) -> None:
    with pytest.raises(ValueError, match="0\\.\\."):
        encode(message)
