"""What a hostile SUT may send: JSON of any shape, CoAP messages with wild options, bent bytes."""

import json
from typing import Any

from hypothesis import strategies as st

from conformance.coap.codec import encode
from conformance.coap.message import Code, Message, Option, OptionNumber, Type

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["2.05", "coap://127.0.0.1:1", "registered", "/3/0", "1.1"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=6), below, max_size=3),
    max_leaves=6,
)
"""Any JSON, lone surrogates, NaN and numbers beyond 64 bits too."""


def table(*keys: str) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects in which some of these keys have a value of any kind."""
    return st.dictionaries(st.sampled_from(keys), JSON, max_size=len(keys))


@st.composite
def bent(draw: st.DrawFn, whole: bytes) -> bytes:
    """Some bytes of something right changed, cut out, doubled or put in."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        upto = at + draw(st.integers(0, 3))
        data[at:upto] = draw(st.binary(max_size=3) | st.just(bytes(data[at:upto]) * 2))
    return bytes(data)


def bent_json(*right: object) -> st.SearchStrategy[str]:
    """JSON texts with a few bytes wrong."""
    texts = [json.dumps(each).encode() for each in right]
    return st.sampled_from(texts).flatmap(bent).map(lambda data: data.decode(errors="replace"))


SEGMENTS = st.sampled_from(
    [b"rd", b"bs", b"bspack", b"dp", b"r1", b"1", b"3", b"0", b"9", b"65535", b"65536", b"", b"-1"]
)
QUERIES = st.sampled_from(
    [
        *(b"ep=dev", b"ep", b"lt=60", b"lt=-1", b"lt=99999999999999999999999", b"lwm2m=1.1", b"b=UQ", b"Q"),
        *(b"b=", b"==", b"pmin=1", b"pmax=x", b"gt=1e999", b"st=nan", b"pct=110", b"depth=9"),
    ]
)
FORMATS = st.sampled_from([0, 40, 42, 60, 110, 112, 11542, 11543, 11544, 99999])
PAYLOADS = st.sampled_from(
    [
        b"</1/0>,</3/0>",
        b'</>;rt="oma.lwm2m";ct="110 x",</a/b',
        b"\xe4\x01\x3c\xc8\x0d\x14" + b"x" * 20,
        b'[{"bn":"/3/0/","n":"9","v":1e400}]',
        b'{"bn":"/3/0","e":[{"n":"9","v":1}]}',
        b"\x81\xa2\x21\x65/3/0/\x02\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xbf\x03\xbf\x00" * 30,
        b"[" * 3000,
        b"-9223372036854775809",
        b"1" * 5000,
    ]
)


@st.composite
def messages(draw: st.DrawFn, codes: st.SearchStrategy[Code]) -> bytes:
    """Datagrams that nearly make sense."""
    options = [Option(OptionNumber.URI_PATH, each) for each in draw(st.lists(SEGMENTS, max_size=5))]
    options += [Option(OptionNumber.URI_QUERY, each) for each in draw(st.lists(QUERIES, max_size=4))]
    for number in (OptionNumber.CONTENT_FORMAT, OptionNumber.ACCEPT):
        if draw(st.booleans()):
            options.append(Option.uint(number, draw(FORMATS)))
    for number in (OptionNumber.BLOCK1, OptionNumber.BLOCK2, OptionNumber.OBSERVE, OptionNumber.SIZE1):
        if draw(st.integers(0, 3)) == 0:
            options.append(Option(number, draw(st.binary(max_size=4))))
    payload = draw(st.just(b"") | PAYLOADS | PAYLOADS.flatmap(bent) | st.binary(max_size=40))
    kind, token = draw(st.sampled_from([Type.CON, Type.NON])), draw(st.binary(max_size=8))
    message = Message(kind, draw(codes), draw(st.integers(0, 0xFFFF)), token, tuple(options), payload)
    whole = encode(message)
    return whole if draw(st.booleans()) else draw(bent(whole))


REQUESTS = st.sampled_from([Code.GET, Code.POST, Code.PUT, Code.DELETE, Code.FETCH, Code.PATCH, Code.IPATCH])
RESPONSES = st.sampled_from([Code.CONTENT, Code.CHANGED, Code.CREATED, Code.CONTINUE, Code.NOT_FOUND])
