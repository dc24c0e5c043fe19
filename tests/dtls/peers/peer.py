"""What a test asks of a DTLS implementation that is not ours."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Literal, Protocol

from tests.dtls.peers.scenario import Material, Scenario

Side = Literal["client", "server"]
"""Which end the peer is."""


class PeerServer(Protocol):
    """A server of the peer on a port of 127.0.0.1 that sends every line back."""

    @property
    def port(self) -> int: ...


class PeerClient(Protocol):
    """A client of the peer, under way to the tester's server."""

    async def exchange(self, line: str) -> str:
        """Send a line of text once there is an association, and give the line that comes back."""
        ...


class Peer(Protocol):
    """An implementation of DTLS 1.2."""

    @property
    def name(self) -> str: ...

    def need(self) -> None:
        """Skip the test, with the reason, when the peer is not installed."""
        ...

    def lacks(self, scenario: Scenario, side: Side) -> str | None:
        """Why this peer cannot meet us so as client or server, or None."""
        ...

    def server(self, scenario: Scenario, folder: Path) -> AbstractAsyncContextManager[PeerServer]: ...

    def client(
        self, scenario: Scenario, folder: Path, port: int
    ) -> AbstractAsyncContextManager[PeerClient]: ...


def files(material: Material, folder: Path) -> dict[str, str]:
    """The peer's credentials as PEM files in `folder`: leaf, issuing, chain, key, public, root."""
    peer = material.peer
    contents = {
        "leaf": peer.pem,
        "issuing": b"".join(each.pem for each in peer.path[1:]),
        "chain": b"".join(each.pem for each in peer.path),
        "key": peer.private_pem,
        "public": peer.public_pem,
        "root": material.root.pem,
    }
    for name, content in contents.items():
        (folder / f"{name}.pem").write_bytes(content)
    return {name: str(folder / f"{name}.pem") for name in contents}
