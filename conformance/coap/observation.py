"""One observation of a resource, from the observer's side (RFC 7641)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from conformance.coap.carrier import Address
from conformance.coap.message import Message

if TYPE_CHECKING:
    from conformance.coap.exchange import Exchange, Received

MAXIMUM_NOTIFICATIONS = 10_000

Reply = Literal["ack", "reset", "ignore"]
"""What a notification gets; "ack" means an ACK for a confirmable one and nothing for another."""


def acknowledge(_notification: Received) -> Reply:
    """The policy of an observer that remains interested."""
    return "ack"


class Observation:
    """Notifications for one token of one remote, in the order of their arrival.

    `active` says whether the peer took the observation up and has not ended it; `first` is the exchange that
    asked for it. `policy` decides what each notification gets; after "reset" the observation is forgotten,
    as the peer has to forget it (RFC 7641 §3.6). `overflow` counts notifications above 10000, which are not
    kept.
    """

    def __init__(self, request: Message, remote: Address, forget: Callable[[Observation], None]) -> None:
        self.request = request
        self.token = request.token
        self.remote = remote
        self.active = False
        self.policy: Callable[[Received], Reply] = acknowledge
        self.notifications: list[Received] = []
        self.overflow = 0
        self.first: Exchange
        self._forget = forget
        self._consumed = 0
        self._arrival = asyncio.Event()
        self._closed = False

    def deliver(self, notification: Received) -> None:
        """Take a notification in; the endpoint calls this."""
        if len(self.notifications) >= MAXIMUM_NOTIFICATIONS:
            self.overflow += 1
            return
        self.notifications.append(notification)
        self._arrival.set()

    async def next(self, limit: float) -> Received | None:
        """The next notification that was not given yet, or None after `limit` seconds."""
        try:
            async with asyncio.timeout(limit):
                while self._consumed >= len(self.notifications):
                    if self._closed:
                        return None
                    self._arrival.clear()
                    await self._arrival.wait()
        except TimeoutError:
            return None
        self._consumed += 1
        return self.notifications[self._consumed - 1]

    def forget(self) -> None:
        """Know the token no longer: the next confirmable notification gets a Reset (RFC 7641 §3.6)."""
        self.active = False
        self._forget(self)

    def close(self) -> None:
        """No more notifications will come; whoever waits is told."""
        self.active = False
        self._closed = True
        self._arrival.set()
