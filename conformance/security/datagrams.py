"""Datagrams of a conversation over DTLS, as they were on the wire."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from conformance.dtls.records import ContentType, Record, parse_datagram
from conformance.transports.recorder import Address, Recorder

MAX_DATAGRAMS = 10_000
"""Datagrams that are kept of one conversation."""


@dataclass(frozen=True)
class Datagram:
    """A datagram towards the tester or from it; `time` is monotonic."""

    frame: int
    incoming: bool
    data: bytes
    remote: Address
    time: float

    @property
    def records(self) -> tuple[Record, ...]:
        """Its records, as far as their headers are in clear: one with a Connection ID ends the list."""
        return parse_datagram(self.data).records

    def holds(self, content_type: ContentType) -> bool:
        """Whether there is a record of this type among them."""
        return any(record.content_type == content_type for record in self.records)

    @property
    def is_plain_coap(self) -> bool:
        """Whether it begins as a CoAP message does, version 1 (RFC 7252 §3), and no record."""
        return bool(self.data) and self.data[0] >> 6 == 1


class FrameWatch:
    """A recorder that hands everything on and keeps the datagrams, with the number of the last frame."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.last = 0
        self.datagrams: list[Datagram] = []

    def datagram(
        self, direction: Any, data: bytes, local: Address, remote: Address, arrived: float | None = None
    ) -> int:
        self.last = self._recorder.datagram(direction, data, local, remote, arrived)
        if len(self.datagrams) < MAX_DATAGRAMS:
            seen = time.monotonic() if arrived is None else arrived
            self.datagrams.append(Datagram(self.last, direction == "in", data, remote, seen))
        return self.last
