"""The copies of one kind of request that a SUT sends, retransmissions included."""

import asyncio
from collections.abc import Sequence

from conformance.coap.endpoint import Endpoint
from conformance.coap.exchange import Trace


class Transmissions:
    """Every datagram with a request to `path` that arrives from now on, in `sent`."""

    def __init__(self, endpoint: Endpoint, path: Sequence[str]) -> None:
        self.sent: list[Trace] = []
        self.repeated = asyncio.Event()
        """Set once a second datagram came."""
        self._path = tuple(path)
        self._listener = endpoint.on_message
        endpoint.on_message = self._watch

    def _watch(self, trace: Trace) -> None:
        if self._listener:
            self._listener(trace)
        message = trace.message
        if trace.direction != "in" or message is None or not message.is_request:
            return
        if message.uri_path == self._path:
            self.sent.append(trace)
            if len(self.sent) > 1:
                self.repeated.set()
