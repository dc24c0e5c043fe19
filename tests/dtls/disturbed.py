"""Handshakes in which one end sends something else than it should."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from conformance.dtls.message import Message
from conformance.dtls.script import OutgoingMessage, Script
from tests.dtls.link import Link, connect
from tests.dtls.modes import Mode


def changing(type: int, change: Callable[[Message], Message | None]) -> Script:
    """Sends what `change` makes of the messages of one type; None leaves the message out."""

    def message(outgoing: OutgoingMessage) -> Iterable[OutgoingMessage]:
        if outgoing.message.type != type:
            return [outgoing]
        changed = change(outgoing.message)
        return [] if changed is None else [replace(outgoing, message=changed)]

    return Script(message=message)


def run(mode: Mode, *, client: Script | None = None, server: Script | None = None) -> Link:
    link = connect(mode.client, mode.server, client_script=client, server_script=server)
    link.start()
    link.run()
    return link
