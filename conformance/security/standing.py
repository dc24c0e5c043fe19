"""Associations that outlive a conversation: the SUT runs on from case to case, and so does its server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.dtls.events import Established
from conformance.dtls.mux import Mux, Peer
from conformance.dtls.records import ContentType
from conformance.dtls.script import Script
from conformance.dtls.server import Server
from conformance.security.datagrams import Datagram

_OF_HANDSHAKES = (ContentType.HANDSHAKE, ContentType.CHANGE_CIPHER_SPEC)


@dataclass(frozen=True)
class Begun:
    """How an association began: its handshake on the wire, and its line of an NSS key log."""

    peer: Peer
    event: Established
    datagrams: tuple[Datagram, ...]
    secret: str


@dataclass(frozen=True)
class Standing:
    """What one conversation hands over to the next. `script` is what the associations know, at rest."""

    mux: Mux
    script: Script
    begun: tuple[Begun, ...]


def begun(
    established: Sequence[tuple[Peer, Established]], datagrams: Sequence[Datagram], secrets: Sequence[str]
) -> Iterator[Begun]:
    """The beginnings of associations, out of what was seen of a conversation."""
    for peer, event in established:
        if not isinstance(peer.association, Server):
            continue
        mark = peer.association.client_random
        hello = next((n for n, each in enumerate(datagrams) if each.incoming and mark in each.data), None)
        secret = next((line for line in secrets if mark.hex() in line.lower()), None)
        if hello is None or secret is None:
            continue
        since = (each for each in datagrams[hello:] if each.remote == datagrams[hello].remote)
        handshake = tuple(each for each in since if any(map(each.holds, _OF_HANDSHAKES)))
        yield Begun(peer, event, handshake, secret)
