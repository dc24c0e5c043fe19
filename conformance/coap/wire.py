"""The way out of an endpoint: every datagram is traced, and Message IDs and tokens are drawn here."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from conformance.coap.carrier import Address, Carrier
from conformance.coap.codec import dissect, encode
from conformance.coap.exchange import Trace
from conformance.coap.message import Message

TOKEN_LENGTH = 4


class Wire:
    """Sends messages over a carrier and reports them to `on_message`."""

    def __init__(self, carrier: Carrier, random: Random) -> None:
        self.carrier = carrier
        self.on_message: Callable[[Trace], None] | None = None
        self._random = random
        self._mid = random.randrange(0x10000)

    def new_mid(self) -> int:
        """Message IDs count up from a random start, so that none comes again soon (RFC 7252 §4.4)."""
        self._mid = (self._mid + 1) & 0xFFFF
        return self._mid

    def count_from(self, mid: int) -> None:
        """Let the Message IDs go on after this one."""
        self._mid = mid

    def new_token(self) -> bytes:
        return self._random.randbytes(TOKEN_LENGTH)

    def send(self, message: Message | bytes, remote: Address) -> int:
        """Send a message, or any bytes, and return the frame number; 0, and no trace, if it never left."""
        data = message if isinstance(message, bytes) else encode(message)
        now = time.monotonic()
        frame = self.carrier.send(data, remote)
        if self.on_message is not None and frame:
            read, findings = dissect(data)
            fault = next((str(finding) for finding in findings if finding.rejects), None)
            shown = read if len(data) >= 4 else None
            self.on_message(Trace("out", shown, data, fault, self.carrier.local, remote, frame, now))
        return frame
