"""Payload formats of LwM2M: strict decoders and encoders between bytes and typed entries."""

from conformance.formats.codec import decode, decode_with_findings, encode
from conformance.formats.errors import MalformedPayload
from conformance.formats.findings import Finding, Irregularity
from conformance.formats.values import ContentFormat, DataType, Entry, ObjectLink, Path, TypeOf, Value

__all__ = [
    "ContentFormat",
    "DataType",
    "Entry",
    "Finding",
    "Irregularity",
    "MalformedPayload",
    "ObjectLink",
    "Path",
    "TypeOf",
    "Value",
    "decode",
    "decode_with_findings",
    "encode",
]
