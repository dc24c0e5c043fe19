"""A proxy for datagrams between devices and one server: everything passes unchanged, and is told first.

While it is `cut` nothing passes: for both sides the other is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from conformance.transports.recorder import Address
from conformance.transports.udp import UdpTransport

Sender = Literal["device", "server"]


@dataclass(frozen=True)
class Passage:
    """One datagram on its way through the proxy; `time` in monotonic seconds, `lost` when it went no further.

    The device is at `device` and talks to `front`; the server is at `server` and knows the device as
    `upstream`.
    """

    sender: Sender
    data: bytes
    device: Address
    front: Address
    upstream: Address
    server: Address
    time: float
    lost: bool = False


class UdpProxy:
    """Stands between devices and a server.

    Devices find the server at `local`. Each address of one side is an address of its own for the other, a
    socket of the proxy: so the server can tell devices apart, and a device sees when the server sends from
    another address than the one that it was asked at.
    """

    def __init__(self, front: UdpTransport, server: Address, passing: Callable[[Passage], None]) -> None:
        """Use `open` to make one."""
        self._passing = passing
        self._fronts = {server: front}
        self._upstreams: dict[Address, UdpTransport] = {}
        self.local = front.local
        """Where devices find the server."""
        self.cut = False
        """Whether datagrams go no further."""
        front.receiver = partial(self._from_device, server)

    @classmethod
    async def open(cls, local: Address, server: Address, passing: Callable[[Passage], None]) -> UdpProxy:
        """A proxy that listens at `local` (port 0: any free one); `passing` is told of every datagram.

        Raises what `UdpTransport.open` raises.
        """
        return cls(await UdpTransport.open(local), server, passing)

    def close(self) -> None:
        """Release all addresses; nothing passes after this."""
        for transport in (*self._fronts.values(), *self._upstreams.values()):
            transport.close()

    def _from_device(self, server: Address, data: bytes, device: Address, _frame: int, time: float) -> None:
        if device not in self._upstreams:
            self._upstreams[device] = self._opened(partial(self._from_server, device))
        front, upstream = self._fronts[server], self._upstreams[device]
        self._passing(Passage("device", data, device, front.local, upstream.local, server, time, self.cut))
        if not self.cut:
            upstream.send(data, server)

    def _from_server(self, device: Address, data: bytes, server: Address, _frame: int, time: float) -> None:
        if server not in self._fronts:
            self._fronts[server] = self._opened(partial(self._from_device, server))
        front, upstream = self._fronts[server], self._upstreams[device]
        self._passing(Passage("server", data, device, front.local, upstream.local, server, time, self.cut))
        if not self.cut:
            front.send(data, device)

    def _opened(self, receiver: Callable[[bytes, Address, int, float], None]) -> UdpTransport:
        transport = UdpTransport.bound((self.local[0], 0))
        transport.receiver = receiver
        return transport
