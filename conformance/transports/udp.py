"""Datagrams over one UDP socket, with the refusals that the peer's host reports."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable

from conformance.transports.recorder import Address, FrameCounter, Recorder

MAXIMUM_DATAGRAM = 65535
DATAGRAMS_PER_TURN = 64
RECEIVE_BUFFER = 1 << 20
ANCILLARY_ROOM = 128
LONGEST_WAIT = 60.0
LEAP = 0.1
"""Seconds by which the date may run away from the monotonic clock between two datagrams without being set."""

# asm-generic/socket.h, linux/in.h, linux/in6.h; the socket module does not name them
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
_IP_RECVERR = 11
_IPV6_RECVERR = 25
_MSG_ERRQUEUE = 0x2000


class AddressInUse(OSError):  # noqa: N818
    """Another process, or another transport of this one, is bound to the address."""


class InvalidAddress(OSError):  # noqa: N818
    """The address is no address of this machine."""


class UdpTransport:
    """One bound UDP socket.

    `receiver(data, remote, frame, time)` is called for every datagram, time in seconds of `time.monotonic()`
    when the kernel took it in (on Linux; elsewhere when it was read);
    `unreachable(remote)` where the remote host says that nothing listens there (reported on Linux only).
    A turn of the event loop takes at most 64 datagrams, so that a flood cannot starve the rest; the kernel
    drops what does not fit its buffer.
    """

    def __init__(self, sock: socket.socket, recorder: Recorder) -> None:
        """Use `open` to make one."""
        self.receiver: Callable[[bytes, Address, int, float], None] | None = None
        self.unreachable: Callable[[Address], None] | None = None
        self.received = 0
        self.sent = 0
        self.not_sent = 0
        self._recorder = recorder
        self._socket = sock
        self._local: Address = sock.getsockname()[:2]
        self._date_holds_from = time.time()
        self._date_ahead = self._date_holds_from - time.monotonic()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._readable)

    @classmethod
    async def open(cls, local: Address = ("127.0.0.1", 0), recorder: Recorder | None = None) -> UdpTransport:
        """A transport bound to a numeric address; port 0 takes any that is free.

        Raises AddressInUse or InvalidAddress, which say what to do.
        """
        return cls.bound(local, recorder)

    @classmethod
    def bound(cls, local: Address = ("127.0.0.1", 0), recorder: Recorder | None = None) -> UdpTransport:
        """The same from within the event loop, for whoever cannot wait."""
        return cls(_bind(local), recorder if recorder is not None else FrameCounter())

    @property
    def local(self) -> Address:
        """The address the socket is bound to; port 0 was replaced by the one that the system chose."""
        return self._local

    @property
    def closed(self) -> bool:
        return self._socket.fileno() < 0

    def send(self, data: bytes, remote: Address) -> int:
        """Send one datagram and return its frame number; ValueError for one that UDP cannot carry.

        A datagram that the system does not take at this moment counts as lost on the way, and in `not_sent`.
        """
        if self.closed:
            raise RuntimeError(f"the transport on {self._local[0]}:{self._local[1]} is closed")
        now = time.monotonic()
        try:
            self._send(data, remote)
            self.sent += 1
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                raise ValueError(
                    f"a datagram of {len(data)} bytes does not fit UDP; use block-wise transfer"
                ) from None
            self.not_sent += 1
        return self._recorder.datagram("out", data, self._local, remote, now)

    def close(self) -> None:
        """Release the address; nothing is received after this."""
        if not self.closed:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _send(self, data: bytes, remote: Address) -> None:
        try:
            self._socket.sendto(data, remote)
        except ConnectionRefusedError:
            # The system reports an earlier datagram here and has not sent this one.
            self._report_refusals()
            self._socket.sendto(data, remote)

    def _readable(self) -> None:
        for _ in range(DATAGRAMS_PER_TURN):
            if self.closed:
                return
            try:
                data, ancillary, _, remote = self._socket.recvmsg(MAXIMUM_DATAGRAM, ANCILLARY_ROOM)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self._report_refusals()
                continue
            self.received += 1
            address: Address = remote[:2]
            arrived = time.monotonic() - self._waited(ancillary)
            frame = self._recorder.datagram("in", data, self._local, address, arrived)
            if self.receiver is not None:
                self.receiver(data, address, frame, arrived)

    def _waited(self, ancillary: Iterable[tuple[int, int, bytes]]) -> float:
        """Seconds for which a datagram lay in the kernel, so that a busy machine falsifies nothing.

        What the kernel does not tell counts as no time, and so does what came before the date was set.
        """
        date = time.time()
        ahead = date - time.monotonic()
        if abs(ahead - self._date_ahead) > LEAP:
            self._date_holds_from = date
        self._date_ahead = ahead
        for level, kind, stamp in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(stamp) >= _TIMESPEC.size:
                seconds, nanoseconds = _TIMESPEC.unpack_from(stamp)
                came = seconds + nanoseconds / 1e9
                waited = date - came
                return waited if came >= self._date_holds_from and 0 <= waited < LONGEST_WAIT else 0.0
        return 0.0

    def _report_refusals(self) -> None:
        if sys.platform != "linux":
            return
        for _ in range(DATAGRAMS_PER_TURN):
            try:
                _, _, _, remote = self._socket.recvmsg(0, 512, _MSG_ERRQUEUE | socket.MSG_DONTWAIT)
            except OSError:
                return
            if remote and self.unreachable is not None:
                self.unreachable(remote[:2])


def _bind(local: Address) -> socket.socket:
    host, port = local
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        raise InvalidAddress(
            f"{host!r} is no numeric IP address; write 127.0.0.1 or an address of this machine"
        ) from None
    sock = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if sys.platform == "linux":
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            if version == 4:
                sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
            else:
                sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        sock.bind(local)
    except OSError as error:
        sock.close()
        where = f"{host}:{port}/udp"
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(
                errno.EADDRINUSE,
                f"{where} is in use; stop the program that holds it or choose another port, 0 for any",
            ) from None
        if error.errno in (errno.EADDRNOTAVAIL, errno.EACCES):
            raise InvalidAddress(
                error.errno,
                f"cannot bind {where}: {error.strerror}; choose an address of this machine and a free port",
            ) from None
        raise
    return sock
