"""Decoding and encoding by Content-Format number."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from conformance.formats.cbor import decode as decode_cbor
from conformance.formats.cbor import encode as encode_cbor
from conformance.formats.errors import MalformedPayload
from conformance.formats.findings import Finding, Reading
from conformance.formats.link import decode as decode_link
from conformance.formats.link import encode as encode_link
from conformance.formats.lwm2m_cbor import decode as decode_lwm2m_cbor
from conformance.formats.lwm2m_cbor import encode as encode_lwm2m_cbor
from conformance.formats.lwm2m_json import decode as decode_lwm2m_json
from conformance.formats.lwm2m_json import encode as encode_lwm2m_json
from conformance.formats.opaque import decode as decode_opaque
from conformance.formats.opaque import encode as encode_opaque
from conformance.formats.senml_cbor import decode as decode_senml_cbor
from conformance.formats.senml_cbor import encode as encode_senml_cbor
from conformance.formats.senml_cbor import encode_etch as encode_senml_etch_cbor
from conformance.formats.senml_json import decode as decode_senml_json
from conformance.formats.senml_json import encode as encode_senml_json
from conformance.formats.senml_json import encode_etch as encode_senml_etch_json
from conformance.formats.text import decode as decode_text
from conformance.formats.text import encode as encode_text
from conformance.formats.tlv import decode as decode_tlv
from conformance.formats.tlv import encode as encode_tlv
from conformance.formats.values import ContentFormat, Entry, Path, TypeOf

_Decoder = Callable[[bytes, Reading], tuple[Entry, ...]]
_Encoder = Callable[[tuple[Entry, ...], Path, TypeOf], bytes]

_CODECS: dict[int, tuple[_Decoder, _Encoder]] = {
    ContentFormat.TEXT: (decode_text, encode_text),
    ContentFormat.LINK: (decode_link, encode_link),
    ContentFormat.OPAQUE: (decode_opaque, encode_opaque),
    ContentFormat.CBOR: (decode_cbor, encode_cbor),
    ContentFormat.SENML_JSON: (decode_senml_json, encode_senml_json),
    ContentFormat.SENML_CBOR: (decode_senml_cbor, encode_senml_cbor),
    ContentFormat.SENML_ETCH_JSON: (decode_senml_json, encode_senml_etch_json),
    ContentFormat.SENML_ETCH_CBOR: (decode_senml_cbor, encode_senml_etch_cbor),
    ContentFormat.TLV: (decode_tlv, encode_tlv),
    ContentFormat.LWM2M_JSON: (decode_lwm2m_json, encode_lwm2m_json),
    ContentFormat.LWM2M_CBOR: (decode_lwm2m_cbor, encode_lwm2m_cbor),
}
_KNOWN = ", ".join(str(int(number)) for number in _CODECS)


def decode_with_findings(
    content_format: int,
    payload: bytes,
    *,
    base: Path,
    type_of: TypeOf,
    tolerate: AbstractSet[str] = frozenset(),
) -> tuple[tuple[Entry, ...], tuple[Finding, ...]]:
    """The entries of a payload, and the irregularities that were read over.

    `base` is the path of the request; `tolerate` holds `Irregularity` values that are recorded instead of
    refused.

    Raises:
        MalformedPayload: the payload is not what the format demands, or the format is none that is read here.
    """
    if content_format not in _CODECS:
        raise MalformedPayload(content_format, f"not a format that is read here ({_KNOWN})")
    reading = Reading(content_format, base, type_of, tolerate)
    entries = _CODECS[content_format][0](payload, reading)
    return entries, tuple(reading.findings)


def decode(
    content_format: int,
    payload: bytes,
    *,
    base: Path,
    type_of: TypeOf,
    tolerate: AbstractSet[str] = frozenset(),
) -> tuple[Entry, ...]:
    """The entries of a payload in its order; see `decode_with_findings`.

    Raises:
        MalformedPayload: the payload is not what the format demands, or the format is none that is read here.
    """
    return decode_with_findings(content_format, payload, base=base, type_of=type_of, tolerate=tolerate)[0]


def encode(content_format: int, entries: Iterable[Entry], *, base: Path, type_of: TypeOf) -> bytes:
    """The payload that carries the entries, for a request on `base`.

    Raises:
        ValueError: the format cannot carry them, a value is not of the type of its Resource, or the format is
            none that is written here.
    """
    if content_format not in _CODECS:
        raise ValueError(f"Content-Format {int(content_format)} is not written here ({_KNOWN})")
    return _CODECS[content_format][1](tuple(entries), tuple(base), type_of)
