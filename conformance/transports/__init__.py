"""Associations that carry bytes between tester and peer, and the protocol by which they report it."""

from conformance.transports.dtls import DtlsTransport, HandshakeFailed
from conformance.transports.recorder import Address, Recorder
from conformance.transports.udp import AddressInUse, InvalidAddress, UdpTransport
from conformance.transports.udp_proxy import Passage, UdpProxy

__all__ = [
    "Address",
    "AddressInUse",
    "DtlsTransport",
    "HandshakeFailed",
    "InvalidAddress",
    "Passage",
    "Recorder",
    "UdpProxy",
    "UdpTransport",
]
