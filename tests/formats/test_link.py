"""CoRE link format: the examples of RFC 6690, LwM2M's use of it, and what the ABNF excludes."""

import pytest

from conformance.formats import Entry, MalformedPayload, decode, encode
from conformance.formats.link import Link, parse, serialise


@pytest.mark.parametrize(
    ("payload", "links"),
    [
        (b"", ()),
        (
            b'</sensors>;ct=40;title="Sensor Index",</sensors/temp>;rt="temperature-c";if="sensor"',
            (
                Link("/sensors", (("ct", "40", False), ("title", "Sensor Index", True))),
                Link("/sensors/temp", (("rt", "temperature-c", True), ("if", "sensor", True))),
            ),
        ),
        (
            b'<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel="describedby"',
            (
                Link(
                    "http://www.example.com/sensors/t123",
                    (("anchor", "/sensors/temp", True), ("rel", "describedby", True)),
                ),
            ),
        ),
        (
            b'</firmware/v2.1>;rt="firmware";sz=262144',
            (Link("/firmware/v2.1", (("rt", "firmware", True), ("sz", "262144", False))),),
        ),
        (
            b'</>;rt="oma.lwm2m";ct="60 110",</1/0>,</3>;ver=1.1,</3/0>',
            (
                Link("/", (("rt", "oma.lwm2m", True), ("ct", "60 110", True))),
                Link("/1/0"),
                Link("/3", (("ver", "1.1", False),)),
                Link("/3/0"),
            ),
        ),
        (
            b"</3/0/6>;dim=8;pmin=10;pmax=60,</3/0/7>;gt=4200;lt=-0.5;st=5",
            (
                Link("/3/0/6", (("dim", "8", False), ("pmin", "10", False), ("pmax", "60", False))),
                Link("/3/0/7", (("gt", "4200", False), ("lt", "-0.5", False), ("st", "5", False))),
            ),
        ),
        (
            b'</a>;lwm2m="1.0",</b>;obs',
            (Link("/a", (("lwm2m", "1.0", True),)), Link("/b", (("obs", None, False),))),
        ),
        (b'</a>;title="a,b;c<>\\"\\\\"', (Link("/a", (("title", 'a,b;c<>"\\', True),)),)),
        (b"</a%20b?x=1>", (Link("/a%20b?x=1"),)),
        (
            b"</a>;title*=UTF-8'de'%C3%BC;if=urn:x:y",
            (Link("/a", (("title*", "UTF-8'de'%C3%BC", False), ("if", "urn:x:y", False))),),
        ),
        ('</a>;x="ü"'.encode(), (Link("/a", (("x", "ü", True),)),)),
    ],
)
def test_links_both_ways(payload: bytes, links: tuple[Link, ...]) -> None:
    assert parse(payload) == links
    assert parse(payload.decode()) == links
    assert serialise(links) == payload


@pytest.mark.parametrize(
    ("payload", "offset"),
    [
        (b"/3/0", 0),
        (b"</3/0", 1),
        (b"</3/0>,", 7),
        (b",</3/0>", 0),
        (b"</3/0>, </1/0>", 7),
        (b"</3/0> ,</1/0>", 6),
        (b"</3/0>; ver=1.1", 7),
        (b"</3/0></1/0>", 6),
        (b"</3/0>;", 7),
        (b"</3/0>;;x", 7),
        (b"</3/0>;=1", 7),
        (b"</3/0>;ver=", 11),
        (b'</3/0>;ver="1.1', 11),
        (b'</3/0>;ver="1.1"2', 16),
        (b"</3/0>;ver=1 1", 12),
        (b'</3/0>;ver=1"1', 12),
        (b"</3 0>", 3),
        (b"</3%2>", 3),
        ("</ü>".encode(), 2),
        (b"</3/0>\n", 6),
        (b"\xff", 0),
        (b"</a>;title=x", 11),
        (b"</a>;anchor=/x", 12),
        (b"</a>;rt=Temp", 8),
        (b'</a>;rt=" x"', 8),
        (b'</a>;rt=""', 8),
        (b"</a>;rt", 7),
        (b"</a>;sz=01", 8),
        (b'</a>;sz="1"', 8),
        (b"</a>;ct=x", 8),
        (b'</a>;ct="60,110"', 8),
        (b"</a>;ct=40;ct=50", 11),
        (b'</a>;title*="x"', 12),
        ("</ä>".encode(), 2),
        ('</a>;x="ü";;'.encode(), 12),
    ],
)
def test_malformed(payload: bytes, offset: int) -> None:
    with pytest.raises(MalformedPayload) as caught:
        parse(payload)
    assert caught.value.offset == offset
    assert caught.value.format == 40


def test_links_to_paths_are_names_without_values() -> None:
    entries = (Entry((3,)), Entry((3, 0)), Entry((3, 0, 9)))
    assert encode(40, entries, base=(3,), type_of=lambda path: None) == b"</3>,</3/0>,</3/0/9>"
    decoded = decode(40, b"</3>;ver=1.1,</3/0>,</3/0/9>;pmin=1", base=(3,), type_of=lambda path: None)
    assert decoded == entries
    with pytest.raises(MalformedPayload):
        decode(40, b"</sensors>", base=(), type_of=lambda path: None)
    with pytest.raises(ValueError, match="not values"):
        encode(40, [Entry((3, 0, 9), 5)], base=(3,), type_of=lambda path: None)


def test_what_link_format_cannot_express_is_not_written() -> None:
    with pytest.raises(MalformedPayload):
        serialise([Link("/a b")])
    with pytest.raises(ValueError, match="does not stand for these links"):
        serialise([Link("/a", (("x", "1;2", False),))])
    with pytest.raises(ValueError, match="does not stand for these links"):
        serialise([Link("/a>,</b")])


def test_first_attribute_of_a_name() -> None:
    (link,) = parse(b'</a>;x=1;x=2;obs;rt="r"')
    assert [link.attribute(name) for name in ("x", "obs", "rt", "none")] == ["1", None, "r", None]


@pytest.mark.parametrize(
    "payload", [b"</1/0>, </3/0>", b"</1/0>; ver=1.1 ,</3/0>", b'</>; rt="oma.lwm2m" ; ct=112,\r\n</1/0>']
)
def test_white_space_around_separators_is_read_over_where_asked(payload: bytes) -> None:
    with pytest.raises(MalformedPayload):
        parse(payload)
    assert [link.target for link in parse(payload, spaced=True)][-1] in ("/1/0", "/3/0")


def test_white_space_inside_is_malformed_all_the_same() -> None:
    for payload in (b"< /1/0>", b"</1/0>;ver =1.1", b"</1/0> </3/0>"):
        with pytest.raises(MalformedPayload):
            parse(payload, spaced=True)
