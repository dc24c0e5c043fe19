"""The network between the tester and the SUT, as a test case disturbs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.coap.carrier import Carrier
from conformance.faults.carrier import DisturbedCarrier
from conformance.faults.disturbance import Disturbance, Fired
from conformance.faults.ledger import Evidence, Ledger
from conformance.faults.proxy import Proxy
from conformance.faults.reading import NameOperation
from conformance.faults.schedule import Direction, Fault, Schedule
from conformance.transports.recorder import Address
from conformance.waiting import Bell


class Network:
    """Everything between the tester's transports and the SUT; it does nothing until a case disturbs it.

    The faults of a case and the chance that they take come from `seed`; with a `recorded` schedule they are
    taken from there, one after the other, in place of those that the case names.
    """

    def __init__(
        self, seed: int, evidence: Evidence, recorded: Schedule | None = None, started: float | None = None
    ) -> None:
        self._recorded = list(recorded.faults) if recorded is not None else None
        self.disturbance = Disturbance(recorded.seed if recorded is not None else seed, started)
        self.ledger = Ledger(evidence)
        """The recorder of the tester's transports."""
        self._proxies: list[Proxy] = []
        self._bell = Bell()
        self.disturbance.on_fired = self.ledger.on_arrival = self._bell.ring

    async def proxy(
        self, local: Address, server: Address, clients: Direction, name_operation: NameOperation | None
    ) -> Proxy:
        """A proxy before a server; `name_operation` where its datagrams are CoAP in clear, else None.

        Raises AddressInUse or InvalidAddress.
        """
        proxy = await Proxy.open(local, server, clients, self.disturbance, self.ledger, name_operation)
        self._proxies.append(proxy)
        return proxy

    def protected(self, carrier: Carrier, name_operation: NameOperation) -> DisturbedCarrier:
        """A carrier over one that protects messages, so that faults of the layer of messages act in clear."""
        return DisturbedCarrier(carrier, self.disturbance, self.ledger, name_operation, self.rebind)

    def rebind(self, remote: Address) -> None:
        """Let the peer that the server sees at this address have another one from now on."""
        for proxy in self._proxies:
            client = proxy.client_at(remote)
            if client is not None:
                proxy.rebind(client)

    def disturb(self, *faults: Fault) -> None:
        """Let these faults act from now on; their occurrences count from now."""
        if self._recorded is not None:
            named = len(faults)
            faults, self._recorded = tuple(self._recorded[:named]), self._recorded[named:]
        self.disturbance.arm(faults)

    def calm(self) -> None:
        """Let no fault act any more; what one held back for others to overtake goes on now."""
        self.disturbance.calm()

    @property
    def fired(self) -> Sequence[Fired]:
        """Every fault that acted, in the order of time."""
        return self.disturbance.fired

    @property
    def idle(self) -> tuple[Fault, ...]:
        """The faults that were named and never acted: nothing was tried then."""
        return self.disturbance.idle

    async def struck(self, times: int, within: float) -> bool:
        """Whether so many faults have acted in all, now or within so many seconds."""
        found = await self._bell.first(lambda: len(self.fired) >= times or None, within)
        return found is not None

    async def arrived(self, within: float = 1.0) -> None:
        """Wait until all that the tester has sent is at the proxy: no fault shall meet what was before it."""
        await self._bell.first(lambda: None if self.ledger.is_underway else True, within)

    async def settled(self, within: float) -> bool:
        """Whether nothing is held back any more, now or within so many seconds."""
        return await self._bell.first(lambda: self.disturbance.underway == 0 or None, within) is not None

    def as_data(self) -> dict[str, Any]:
        """What ``faults.json`` holds."""
        disturbance = self.disturbance
        return {
            "seed": disturbance.seed,
            "schedule": disturbance.schedule.as_data(),
            "fired": [fired.as_data() for fired in disturbance.fired],
        }

    def close(self) -> None:
        """Release all addresses and drop what still waits."""
        self.disturbance.close()
        for proxy in self._proxies:
            proxy.close()
