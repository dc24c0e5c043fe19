"""Ports for peers that cannot be asked which one they took, and ports at which nobody listens."""

from __future__ import annotations

import os
import socket
from itertools import count

_FIRST, _EACH = 10_000, 2_500
"""Below the ports that a system gives to whoever asks for any, so many for each worker of pytest-xdist: one
of those may be given away again before its peer has bound it."""
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw8").removeprefix("gw")) % 9
_offered = count(os.getpid())


def free_port() -> int:
    """A UDP port that nobody holds, and that nobody is given who asks for any."""
    for number in _offered:
        port = _FIRST + _WORKER * _EACH + number % _EACH
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port
    raise AssertionError("the numbers have come to an end")
