"""SenML JSON and CBOR: resolution as in RFC 8428 §5.1, and what LwM2M and RFC 8428 forbid."""

import json

import cbor2
import pytest

from conformance.formats import (
    DataType,
    Entry,
    Irregularity,
    MalformedPayload,
    ObjectLink,
    Path,
    decode,
    decode_with_findings,
    encode,
)

JSON, CBOR, ETCH_JSON, ETCH_CBOR = 110, 112, 320, 322
LABELS = {
    "bver": -1,
    "bn": -2,
    "bt": -3,
    "bu": -4,
    "bv": -5,
    "bs": -6,
    "n": 0,
    "u": 1,
    "v": 2,
    "vs": 3,
    "vb": 4,
    "s": 5,
    "t": 6,
    "ut": 7,
    "vd": 8,
}
TYPES = {
    0: DataType.STRING,
    1: DataType.INTEGER,
    2: DataType.UNSIGNED_INTEGER,
    3: DataType.FLOAT,
    4: DataType.BOOLEAN,
    5: DataType.OPAQUE,
    6: DataType.TIME,
    7: DataType.OBJLNK,
    8: DataType.CORELNK,
    9: DataType.NONE,
    5700: DataType.FLOAT,
}
Pack = list[dict[str, object]]


def type_of(path: Path) -> DataType | None:
    return TYPES.get(path[2])


def read(number: int, pack: object, base: Path = ()) -> tuple[Entry, ...]:
    return decode(number, payload_of(number, pack), base=base, type_of=type_of)


def payload_of(number: int, pack: object) -> bytes:
    if number in (JSON, ETCH_JSON):
        return json.dumps(pack).encode()
    if isinstance(pack, list):
        pack = [
            {LABELS.get(k, k): v for k, v in record.items()} if isinstance(record, dict) else record
            for record in pack
        ]
    return cbor2.dumps(pack)


BOTH = pytest.mark.parametrize("number", [JSON, CBOR])


@BOTH
def test_base_name_and_time_apply_from_their_record_on(number: int) -> None:
    """The pattern of RFC 8428 §5.1.2 and §5.1.4, on LwM2M names."""
    pack: Pack = [
        {"bn": "/3316/0/", "bt": 1276020076.5, "bu": "A", "n": "5700", "u": "V", "v": 120.1},
        {"n": "5700", "t": -5, "v": 1.2},
        {"bn": "/3317/", "n": "2/5700", "t": -4, "v": 1.3},
        {"n": "2/5700", "t": 0, "v": 1.7},
    ]
    assert read(number, pack) == (
        Entry((3316, 0, 5700), 120.1, 1276020076.5),
        Entry((3316, 0, 5700), 1.2, 1276020071.5),
        Entry((3317, 2, 5700), 1.3, 1276020072.5),
        Entry((3317, 2, 5700), 1.7, 1276020076.5),
    )


@BOTH
@pytest.mark.parametrize(
    ("record", "path"),
    [
        ({"bn": "/1/0/1", "v": 60}, (1, 0, 1)),
        ({"bn": "/1/0/", "n": "1", "v": 60}, (1, 0, 1)),
        ({"bn": "/", "n": "1/0/1", "v": 60}, (1, 0, 1)),
        ({"n": "/1/0/1", "v": 60}, (1, 0, 1)),
        ({"bn": "/1/0/1", "n": "", "v": 60}, (1, 0, 1)),
        ({"bn": "/65000/0/1", "n": "2", "v": 60}, (65000, 0, 12)),
        ({"n": "/65534/65534/65534/65534", "v": 60}, (65534, 65534, 65534, 65534)),
    ],
)
def test_name_is_base_name_and_name_joined(number: int, record: dict[str, object], path: Path) -> None:
    assert read(number, [record]) == (Entry(path, 60),)


@BOTH
def test_base_value_is_added(number: int) -> None:
    pack: Pack = [
        {"bn": "/3/0/", "bv": 100, "n": "1", "v": 5},
        {"n": "2"},
        {"n": "1/0", "v": 2**62},
        {"n": "3", "v": 0.5},
    ]
    assert [entry.value for entry in read(number, pack)] == [105, 100, 2**62 + 100, 100.5]


@BOTH
@pytest.mark.parametrize(
    ("resource", "value"),
    [
        (1, -(2**63)),
        (1, 9007199254740993),
        (2, 2**64 - 1),
        (6, 2**40 + 1),
        (3, 1e300),
        (3, -0.0),
        (3, 5e-324),
    ],
)
def test_numbers_are_exact(number: int, resource: int, value: int | float) -> None:
    payload = encode(number, [Entry((3, 0, resource), value)], base=(3, 0), type_of=type_of)
    (entry,) = decode(number, payload, base=(3, 0), type_of=type_of)
    assert (entry.value, type(entry.value)) == (value, type(value))


@BOTH
def test_every_type_has_its_label(number: int) -> None:
    entries = (
        Entry((3, 0, 0), "grüß"),
        Entry((3, 0, 1), 129),
        Entry((3, 0, 3), -0.5),
        Entry((3, 0, 4), True),
        Entry((3, 0, 7), ObjectLink(66, 1)),
        Entry((3, 0, 8), "</3>"),
        Entry((3, 0, 6, 2), 1476186613),
    )
    payload = encode(number, entries, base=(3, 0), type_of=type_of)
    expected: Pack = [
        {"bn": "/3/0/", "n": "0", "vs": "grüß"},
        {"n": "1", "v": 129},
        {"n": "3", "v": -0.5},
        {"n": "4", "vb": True},
        {"n": "7", "vlo": "66:1"},
        {"n": "8", "vs": "</3>"},
        {"n": "6/2", "v": 1476186613},
    ]
    plain = json.loads(payload) if number == JSON else cbor2.loads(payload)
    assert plain == (expected if number == JSON else cbor2.loads(payload_of(CBOR, expected)))
    assert decode(number, payload, base=(3, 0), type_of=type_of) == entries


def test_opaque_is_base64url_in_json_and_bytes_in_cbor() -> None:
    entry = Entry((3, 0, 5), bytes.fromhex("fbfffe01"))
    in_json = encode(JSON, [entry], base=(), type_of=type_of)
    in_cbor = encode(CBOR, [entry], base=(), type_of=type_of)
    assert in_json == b'[{"n":"/3/0/5","vd":"-__-AQ"}]'
    assert cbor2.loads(in_cbor) == [{0: "/3/0/5", 8: entry.value}]
    assert read(JSON, json.loads(in_json)) == read(CBOR, [{"n": "/3/0/5", "vd": entry.value}]) == (entry,)


@pytest.mark.parametrize("text", ["+//+AQ==", "-__-AQ==", "+//+AQ"])
def test_standard_base64_is_flagged_and_can_still_be_read(text: str) -> None:
    payload = json.dumps([{"n": "/3/0/5", "vd": text}]).encode()
    with pytest.raises(MalformedPayload, match="base64url without padding"):
        decode(JSON, payload, base=(), type_of=type_of)
    entries, findings = decode_with_findings(
        JSON, payload, base=(), type_of=type_of, tolerate=frozenset({"base64-standard"})
    )
    assert entries == (Entry((3, 0, 5), bytes.fromhex("fbfffe01")),)
    assert [finding.kind for finding in findings] == [Irregularity.BASE64_STANDARD]


@BOTH
def test_null_link_as_in_the_example_of_the_specification_is_noted(number: int) -> None:
    payload = payload_of(number, [{"n": "/3/0/7", "vlo": "FFFF:FFFF"}])
    entries, findings = decode_with_findings(number, payload, base=(), type_of=type_of)
    assert entries == (Entry((3, 0, 7), ObjectLink(65535, 65535)),)
    assert [finding.kind for finding in findings] == [Irregularity.OBJLNK_HEX_NULL]


@BOTH
def test_unknown_resource_has_the_type_of_its_label(number: int) -> None:
    pack: Pack = [
        {"bn": "/9/0/", "n": "90", "v": 5},
        {"n": "91", "v": 5.5},
        {"n": "92", "vs": "5"},
        {"n": "93", "vb": False},
        {"n": "94", "vlo": "1:0"},
    ]
    assert [entry.value for entry in read(number, pack)] == [5, 5.5, "5", False, ObjectLink(1, 0)]


@BOTH
def test_unknown_labels_are_ignored_unless_they_must_be_understood(number: int) -> None:
    assert read(number, [{"n": "/3/0/1", "v": 5, "xyz": [1]}]) == (Entry((3, 0, 1), 5),)
    with pytest.raises(MalformedPayload, match="must be understood"):
        read(number, [{"n": "/3/0/1", "v": 5, "xyz_": 1}])


@BOTH
@pytest.mark.parametrize(
    "pack",
    [
        {"n": "/3/0/1", "v": 5},
        ["x"],
        [{"v": 5}],
        [{"n": "3/0/1", "v": 5}],
        [{"n": "/3/0/1/", "v": 5}],
        [{"n": "/3//1", "v": 5}],
        [{"n": "/03/0/1", "v": 5}],
        [{"n": "/3/0/65535", "v": 5}],
        [{"n": "/3/0/1/2/3", "v": 5}],
        [{"n": "/3/0/x", "v": 5}],
        [{"n": "urn:dev:ow:10e2073a01080063", "v": 5}],
        [{"bn": "/3/0", "n": "1", "v": 5}],
        [{"n": "/3/0", "v": 5}],
        [{"n": "/", "v": 5}],
        [{"n": "/3/0/1", "v": 5, "vs": "5"}],
        [{"n": "/3/0/1", "v": None}],
        [{"n": "/3/0/1", "v": 5}, {"n": "/3/0/2"}],
        [{"n": "/3/0/1", "v": 5}, {"n": "/3/0/1", "v": 6}],
        [{"n": "/3/0/1", "v": 5, "t": 0}, {"n": "/3/0/1", "v": 6, "t": 0}],
        [{"n": "/3/0/1", "s": 5}, {"n": "/3/0/2", "v": 5}],
        [{"n": 3, "v": 5}],
        [{"n": "/3/0/1", "v": "5"}],
        [{"n": "/3/0/1", "v": True}],
        [{"n": "/3/0/1", "v": 5, "t": "0"}],
        [{"n": "/3/0/1", "v": 5.5}],
        [{"n": "/3/0/1", "v": 2**63}],
        [{"n": "/3/0/2", "v": -1}],
        [{"n": "/3/0/1", "vs": "5"}],
        [{"n": "/3/0/0", "v": 5}],
        [{"n": "/3/0/0", "vs": 5}],
        [{"n": "/3/0/3", "vs": "5"}],
        [{"n": "/3/0/4", "v": 1}],
        [{"n": "/3/0/4", "vb": 1}],
        [{"n": "/3/0/5", "vs": "AQID"}],
        [{"n": "/3/0/5", "vd": 5}],
        [{"n": "/3/0/7", "vs": "1:0"}],
        [{"n": "/3/0/7", "vlo": "1/0"}],
        [{"n": "/3/0/8", "vs": "nonsense"}],
        [{"n": "/3/0/9", "vs": "null"}],
        [{"bver": 11, "n": "/3/0/1", "v": 5}],
        [{"bver": 0, "n": "/3/0/1", "v": 5}],
        [{"bver": 10, "n": "/3/0/1", "v": 5}, {"bver": 9, "n": "/3/0/2", "v": 5}],
        [{"n": "/3/0/1", "v": 5}, {"bver": 9, "n": "/3/0/2", "v": 5}],
    ],
)
def test_malformed(number: int, pack: object) -> None:
    with pytest.raises(MalformedPayload) as caught:
        read(number, pack)
    assert caught.value.format == number


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[",
        b"\xff",
        b"\xef\xbb\xbf[]",
        b'[{"n":"/3/0/1","v":5,"v":6}]',
        b'[{"n":"/3/0/3","v":NaN}]',
        b'[{"n":"/3/0/3","v":1e400}]',
        b'[{"n":"/3/0/3","v":1e99999999999999999999}]',
        b'[{"n":"/3/0/1","v":1e999999999}]',
        b'[{"n":"/3/0/1","v":0x5}]',
        b'[{"n":"/3/0/1","v":05}]',
        b'[{"n":"/3/0/1","v":+5}]',
        b"[{'n':'/3/0/1','v':5}]",
        b'[{"n":"/3/0/1","v":5},]',
        b'[{"n":"/3/0/1","v":5}] x',
        b'[{"n":"/3/0/0","vs":"\\ud800"}]',
        b'[{"n":"/3/0/5","vd":"A"}]',
        b'[{"n":"/3/0/5","vd":"AB"}]',
        b'[{"n":"/3/0/5","vd":"A QI"}]',
        b"[" * 100000,
        b'[{"n":"/3/0/1","v":' + b"9" * 5000 + b"}]",
    ],
)
def test_malformed_json(payload: bytes) -> None:
    with pytest.raises(MalformedPayload):
        decode(JSON, payload, base=(), type_of=type_of)


@pytest.mark.parametrize("text", [b"5", b"5.0", b"50e-1", b"0.5e1"])
def test_integral_json_number_is_an_integer(text: bytes) -> None:
    (entry,) = decode(JSON, b'[{"n":"/3/0/1","v":' + text + b"}]", base=(), type_of=type_of)
    assert (entry.value, type(entry.value)) == (5, int)


@pytest.mark.parametrize(
    ("diagnostic", "hexadecimal"),
    [
        ("[{0: '/3/0/1', 2: 5, 2: 6}]", "81 a3 00 66 2f332f302f31 02 05 02 06"),
        ("[{'n': '/3/0/1', 2: 5}]", "81 a2 61 6e 66 2f332f302f31 02 05"),
        ("[{0: '/3/0/1', 9: 1, 2: 5}]", "81 a3 00 66 2f332f302f31 09 01 02 05"),
        ("[{0: '/3/0/1', h'00': 1, 2: 5}]", "81 a3 00 66 2f332f302f31 41 00 01 02 05"),
        ("[{0: '/3/0/3', 2: NaN}]", "81 a2 00 66 2f332f302f33 02 f97e00"),
        ("[{0: '/3/0/3', 2: Infinity}]", "81 a2 00 66 2f332f302f33 02 f97c00"),
        ("[{0: '/3/0/0', 3: (_ 'a')}]", "81 a2 00 66 2f332f302f30 03 7f 61 61 ff"),
        ("[{0: '/3/0/5', 8: (_ h'61')}]", "81 a2 00 66 2f332f302f35 08 5f 41 61 ff"),
        ("[{0: '/3/0/5', 8: 'YQ'}]", "81 a2 00 66 2f332f302f35 08 62 5951"),
        ("[{0: '/3/0/7', 2: 0x00420001}]", "81 a2 00 66 2f332f302f37 02 1a 00420001"),
        ("[{0: '/3/0/1', 2: 1(5)}]", "81 a2 00 66 2f332f302f31 02 c1 05"),
        ("[{0: '/3/0/1', 2: 4([0])}]", "81 a2 00 66 2f332f302f31 02 c4 81 00"),
        ("[{0: '/3/0/1', 2: 5}] 0", "81 a2 00 66 2f332f302f31 02 05 00"),
    ],
)
def test_malformed_cbor(diagnostic: str, hexadecimal: str) -> None:
    with pytest.raises(MalformedPayload):
        decode(CBOR, bytes.fromhex(hexadecimal), base=(), type_of=type_of)


@pytest.mark.parametrize(
    ("diagnostic", "hexadecimal", "value"),
    [
        ("decimal fraction 273.15", "81 a2 00 66 2f332f302f33 02 c4 82 21 19 6ab3", 273.15),
        ("indefinite array and map", "9f bf 00 66 2f332f302f33 02 f93800 ff ff", 0.5),
        ("integer for a Float", "81 a2 00 66 2f332f302f33 02 14", 20.0),
        ("name of indefinite length", "81 a2 00 7f 62 2f33 64 2f302f33 ff 02 14", 20.0),
    ],
)
def test_cbor_in_other_forms(diagnostic: str, hexadecimal: str, value: float) -> None:
    (entry,) = decode(CBOR, bytes.fromhex(hexadecimal), base=(), type_of=type_of)
    assert (entry.path, entry.value) == ((3, 0, 3), value)


@pytest.mark.parametrize("number", [JSON, CBOR, ETCH_JSON, ETCH_CBOR])
def test_names_of_a_composite_request(number: int) -> None:
    entries = (Entry((3,)), Entry((3442, 0, 120)), Entry((3442, 0, 1120, 1)), Entry(()))
    payload = encode(number, entries, base=(), type_of=type_of)
    names: Pack = [{"n": "/3"}, {"n": "/3442/0/120"}, {"n": "/3442/0/1120/1"}, {"n": "/"}]
    assert payload == payload_of(number, names).replace(b": ", b":").replace(b", ", b",")
    assert decode(number, payload, base=(), type_of=type_of) == entries


@BOTH
def test_a_name_without_a_value_does_not_answer_a_read(number: int) -> None:
    with pytest.raises(MalformedPayload, match="no value"):
        read(number, [{"n": "/3/0/1"}], base=(3, 0, 1))
    with pytest.raises(ValueError, match="no value"):
        encode(number, [Entry((3, 0, 1))], base=(3, 0), type_of=type_of)


@pytest.mark.parametrize("number", [ETCH_JSON, ETCH_CBOR])
def test_null_deletes_in_etch(number: int) -> None:
    entries = (Entry((3, 0, 1), 5), Entry((2, 0, 2, 101), deleted=True))
    payload = encode(number, entries, base=(), type_of=type_of)
    assert payload == payload_of(number, [{"n": "/3/0/1", "v": 5}, {"n": "/2/0/2/101", "v": None}]).replace(
        b": ", b":"
    ).replace(b", ", b",")
    assert decode(number, payload, base=(), type_of=type_of) == entries
    with pytest.raises(ValueError, match="ETCH"):
        encode(JSON, entries, base=(), type_of=type_of)


@BOTH
def test_an_empty_pack_has_no_entries(number: int) -> None:
    assert read(number, [], base=(3, 0, 1)) == ()
    assert encode(number, [], base=(3, 0, 1), type_of=type_of) == payload_of(number, [])
