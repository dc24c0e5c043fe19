"""What one case has at hand: its record, the SUT's ICS and IXIT, the adapter, the chances it may take."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.faults import Network
from conformance.formats import DataType
from conformance.model import ObjectModel
from conformance.sut.adapter import Adapter, Launch
from conformance.sut.ics import Ics
from conformance.sut.ixit import Ixit
from conformance.verdicts import CaseRecord, HarnessError, Inconclusive, NotApplicable
from conformance.waiting import Bell


@dataclass(frozen=True)
class Exploration:
    """How long a case explores, and what it plays again.

    `examples` bounds the conversations and `seconds` the time of one case; `conversations` are files or
    folders with stored ones, beside those of the suite. `seed` is that of the case.
    """

    seconds: float = 8.0
    examples: int = 60
    conversations: tuple[Path, ...] = ()
    seed: int = 0

    @property
    def shrinking(self) -> float:
        """Seconds in which what was found is made shorter."""
        return min(self.seconds, 10.0)


async def _not_at_hand() -> None:
    """A context that was made by hand has no SUT to start anew."""


@dataclass
class CaseContext:
    """Everything that a role needs beside its association.

    `afresh` brings the SUT up anew, in the state that its isolation promises, and begins the evidence anew;
    `more_time` gives the case more seconds before the harness gives it up.
    """

    record: CaseRecord
    adapter: Adapter
    ics: Ics
    ixit: Ixit
    model: ObjectModel
    lwm2m: str
    endpoint: str
    lifetime: int
    chance: random.Random = field(default_factory=random.Random)
    messages: list[dict[str, Any]] = field(default_factory=list)
    heard: Bell = field(default_factory=Bell)
    """Rings at each of these messages."""
    launch: Launch | None = None
    """What the SUT was started with, for a second start."""
    folder: Path = field(default_factory=Path)
    isolation: str = "process"
    reset_with: frozenset[str] = frozenset()
    """Blocks of ``[adapter.with]`` that a reset gives the SUT like a start; empty where there is no reset."""
    exploration: Exploration = field(default_factory=Exploration)
    afresh: Callable[[], Awaitable[None]] = _not_at_hand
    network: Network | None = None
    """What lies between tester and SUT, where the case may disturb it."""
    more_time: Callable[[float], None] = lambda seconds: None

    def type_of(self, path: tuple[int, ...]) -> DataType | None:
        """The type of the Resource at a path in the object versions that the SUT registered."""
        known = self.model.type_of(path)
        return None if known is None else DataType(known)

    @property
    def disturbed(self) -> Network:
        """The network of a case that disturbs it.

        Raises:
            HarnessError: the case does not say ``network=True``.
        """
        if self.network is None:
            raise HarnessError("the case disturbs the network: say network=True")
        return self.network

    def need_repetition(self, times: int = 1) -> None:
        """See that the SUT sends a confirmable message so many times again: how often is free
        (RFC 7252 §4.8.1), and its profile says it.

        Raises:
            NotApplicable: it does not.
        """
        if self.ixit.max_retransmit < times:
            raise NotApplicable(
                f"ixit.max_retransmit is {self.ixit.max_retransmit}, wanted is {times} or more"
            )

    def require_faults(self) -> None:
        """Hold the case to the faults that it named.

        Raises:
            Inconclusive: one never acted, so that nothing was tried.
        """
        idle = self.network.idle if self.network is not None else ()
        if idle:
            fault = idle[0]
            what = f"{fault.action.kind} of a {fault.layer} {fault.direction} with {fault.match.given()}"
            raise Inconclusive(f"{len(idle)} of the faults never acted: {what}")

    def check_alive(self) -> None:
        """Judge that the SUT still runs, when it seems not to.

        Raises:
            CheckFailed: it exited.
        """
        exited = self.adapter.exited
        if exited.done():
            status = exited.result()
            self.record.judge(
                "sut.alive",
                "running",
                status,
                what="the SUT",
                source="live",
                actual=f"the SUT ended: {status}",
            )
