"""What goes to and fro between the tester and the device: measured, and made on purpose."""

from types import TracebackType
from typing import Self

from conformance.coap.exchange import Trace
from conformance.messages import Path
from conformance.roles.device import Device
from conformance.verdicts import Inconclusive

DEVICE = Path(3, 0)
MOST_READS = 1_000


class Traffic:
    """The CoAP messages between the tester and the device while the context is open, in octets."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._listener = device.endpoint.on_message
        self.sent = self.received = 0
        """Octets that the device sent, and that went to it, without the headers of UDP and IP."""
        self.sizes: list[int] = []
        """The length of each message, in its order."""

    def __enter__(self) -> Self:
        self._device.endpoint.on_message = self._carried
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._device.endpoint.on_message = self._listener

    def _carried(self, trace: Trace) -> None:
        self.sizes.append(len(trace.data))
        if trace.direction == "in":
            self.sent += len(trace.data)
        else:
            self.received += len(trace.data)
        if self._listener is not None:
            self._listener(trace)

    async def exchange(self, octets: int) -> None:
        """Read the Device Object until so many octets more have gone either way.

        Raises:
            Inconclusive: the device does not answer, or answers with next to nothing.
        """
        sent, received = self.sent + octets, self.received + octets
        for _ in range(MOST_READS):
            if self.sent >= sent and self.received >= received:
                return
            (await self._device.read(DEVICE)).require(outcome="response")
        raise Inconclusive(f"preamble: {MOST_READS} Reads of {DEVICE} do not make {octets} B either way")
