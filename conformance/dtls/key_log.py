"""Lines of an NSS key log, with which Wireshark opens a capture.

They hold the secret of one association, no long-term key.
"""

from __future__ import annotations


def client_random(random: bytes, master: bytes) -> str:
    """The line that gives the master secret of the association whose ClientHello carried `random`."""
    if len(random) != 32 or len(master) != 48:
        raise ValueError(f"a random has 32 bytes and a master secret 48, not {len(random)} and {len(master)}")
    return f"CLIENT_RANDOM {random.hex()} {master.hex()}"


def text(lines: list[str]) -> bytes:
    """The content of a key log file or of a Decryption Secrets Block, repeated lines once."""
    return "".join(f"{line}\n" for line in dict.fromkeys(lines)).encode("ascii")
