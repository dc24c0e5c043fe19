"""What waits to be sent: flights cut into fragments, sealed into records, packed into datagrams."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.dtls.flights import ChangeCipherSpec, FlightItem
from conformance.dtls.message import FRAGMENT_HEADER, Fragment
from conformance.dtls.record_layer import RecordLayer
from conformance.dtls.records import ContentType, Plaintext, Record
from conformance.dtls.script import Script


class Outbox:
    """Turns content into datagrams, past the hooks of the script."""

    def __init__(self, layer: RecordLayer, mtu: int, script: Script | None) -> None:
        self._layer = layer
        self._mtu = mtu
        self._script = script
        self._datagrams: list[bytes] = []

    def drain(self) -> list[bytes]:
        """What is to be sent now; the next call gives what came after."""
        datagrams, self._datagrams = self._datagrams, []
        return datagrams

    def datagram(self, data: bytes) -> None:
        """Send these bytes as they are."""
        self._datagrams.append(data)

    def content(self, content_type: int, data: bytes) -> None:
        """One record of the present epoch, in a datagram of its own."""
        self._pack(self._records(self._layer.number(content_type, data, self._layer.write_epoch)))

    def forged(self, plaintext: Plaintext, keys_of: int | None, clear: bool, cid: bytes | None) -> Record:
        """One record as a script wants it, past all hooks; returned for later replays."""
        record = self._layer.seal(plaintext, keys_of=keys_of, clear=clear, cid=cid)
        self.datagram(bytes(record))
        return record

    def flight(self, items: Iterable[FlightItem]) -> None:
        """All items in their order, as few datagrams as they fit into."""
        records: list[Record] = []
        for item in items:
            content_type, pieces = self._cut(item)
            for piece in pieces:
                records += self._records(self._layer.number(content_type, piece, item.epoch))
        self._pack(records)

    def _cut(self, item: FlightItem) -> tuple[ContentType, list[bytes]]:
        if isinstance(item.content, ChangeCipherSpec):
            return ContentType.CHANGE_CIPHER_SPEC, [bytes(item.content)]
        room = max(1, self._layer.room(item.epoch, self._mtu) - FRAGMENT_HEADER)
        fragment: Fragment = item.content
        return ContentType.HANDSHAKE, [bytes(piece) for piece in fragment.split(room)]

    def _records(self, plaintext: Plaintext) -> list[Record]:
        if self._script is None:
            return [self._layer.seal(plaintext)]
        sealed = [self._layer.seal(each) for each in self._script.plaintexts(plaintext)]
        return [record for each in sealed for record in self._script.records(each)]

    def _pack(self, records: list[Record]) -> None:
        current = b""
        for record in map(bytes, records):
            if current and len(current) + len(record) > self._mtu:
                self._datagrams.append(current)
                current = b""
            current += record
        if current:
            self._datagrams.append(current)
