"""A port for a peer that cannot be asked which one it took."""

from __future__ import annotations

import socket


def free_port() -> int:
    """A UDP port of 127.0.0.1 that nobody held a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
