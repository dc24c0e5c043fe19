"""The tester's server for any number of associations, which sends back all data."""

from __future__ import annotations

import asyncio
import secrets
from typing import TypeVar

from conformance.dtls.configuration import Configuration
from conformance.dtls.mux import Peer, PeerEvent, Stray
from conformance.transports.dtls import DtlsTransport
from conformance.transports.recorder import Address

T = TypeVar("T")


class EchoingServer:
    """Open within `async with`; `happened` is all that its associations told."""

    def __init__(self, config: Configuration) -> None:
        self.happened: list[PeerEvent] = []
        self.stray: asyncio.Future[Stray] = asyncio.get_running_loop().create_future()
        """The first datagram of which no association knows."""
        self._config = config
        self._transport: DtlsTransport | None = None

    async def __aenter__(self) -> EchoingServer:
        cid_length = None if self._config.cid is None else len(self._config.cid)
        self._transport = await DtlsTransport.open(
            random=secrets.token_bytes, server=self._config, cid_length=cid_length
        )
        self._transport.receiver = self._send_back
        self._transport.on_event = self._note
        self._transport.on_stray = self._note_stray
        return self

    async def __aexit__(self, *_: object) -> None:
        self._opened.close()

    @property
    def _opened(self) -> DtlsTransport:
        assert self._transport is not None, "the server was not opened"
        return self._transport

    @property
    def address(self) -> Address:
        return self._opened.local

    def events(self, kind: type[T]) -> list[T]:
        """What happened of one kind, in order."""
        return [event for event in self.happened if isinstance(event, kind)]

    def _send_back(self, data: bytes, remote: Address, _frame: int, _time: float) -> None:
        self._opened.send(data, remote)

    def _note(self, _peer: Peer, event: PeerEvent) -> None:
        self.happened.append(event)

    def _note_stray(self, stray: Stray) -> None:
        if not self.stray.done():
            self.stray.set_result(stray)
