"""CoAP (RFC 7252, 7641, 7959): the strict codec, messages malformed on purpose, and an obedient endpoint."""

from conformance.coap.block import Block
from conformance.coap.codec import Finding, Kind, MalformedMessage, decode, dissect, encode
from conformance.coap.codes import Code
from conformance.coap.message import Message, Type
from conformance.coap.options import DEFINITIONS, Option, OptionFormat, OptionNumber
from conformance.coap.parameters import TransmissionParameters

__all__ = [
    "DEFINITIONS",
    "Block",
    "Code",
    "Finding",
    "Kind",
    "MalformedMessage",
    "Message",
    "Option",
    "OptionFormat",
    "OptionNumber",
    "TransmissionParameters",
    "Type",
    "decode",
    "dissect",
    "encode",
]
