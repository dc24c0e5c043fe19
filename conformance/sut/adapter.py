"""The adapter contract: what the suite asks of whatever starts, stops, resets and triggers a SUT."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from conformance.sut.log import SutLog
from conformance.sut.placeholders import SECRET

CONTRACT: Final = 1
"""The version of the adapter contract that this suite speaks."""

EVENTS_KEPT: Final = 1000
EVENT_TEXT_KEPT: Final = 16 << 20
"""Events, and characters in them, that are kept of one start of a SUT; older ones go."""


@dataclass(frozen=True)
class Launch:
    """What one start of the SUT is given: placeholders, and the ``[adapter.with]`` blocks it wants."""

    values: Mapping[str, str]
    options: frozenset[str] = field(default_factory=frozenset)

    def __repr__(self) -> str:
        shown = {name: "…" if name in SECRET else value for name, value in self.values.items()}
        return f"Launch({shown!r}, {sorted(self.options)!r})"

    def secrets(self) -> tuple[str, ...]:
        """The values that no log may show."""
        return tuple(value for name, value in self.values.items() if name in SECRET)


@dataclass(frozen=True)
class Ready:
    """What a SUT says of itself once it can take verbs."""

    contract: int = CONTRACT
    verbs: frozenset[str] = frozenset()
    uris: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stopped:
    """How the SUT ended (``exit status 0``), whether it was killed for it, how many processes it left."""

    status: str
    forced: bool = False
    left: int = 0


class SutError(Exception):
    """What can go wrong between the suite and a SUT, apart from LwM2M."""


class AdapterError(SutError):
    """The adapter broke its contract."""


class VerbUnansweredError(AdapterError):
    """A verb got no answer in time."""


class AdapterUnavailableError(SutError):
    """This profile cannot serve the case here, and nobody is to blame: not applicable, with the reason."""


class UnsupportedVerbError(AdapterUnavailableError):
    """The adapter does not know the verb."""

    def __init__(self, verb: str) -> None:
        super().__init__(f"the adapter does not support the verb {verb!r}")
        self.verb = verb


class VerbFailedError(SutError):
    """The SUT could not do what a verb asked."""

    def __init__(self, verb: str, error: str, detail: str) -> None:
        super().__init__(f"{verb} failed: {error}" + (f" ({detail})" if detail else ""))
        self.verb, self.error, self.detail = verb, error, detail


class SutExitedError(SutError):
    """The SUT ended although nobody asked it to."""

    def __init__(self, status: str) -> None:
        super().__init__(f"the SUT ended: {status}")
        self.status = status


class SutNotStartedError(SutError):
    """The SUT could not be started, or never became ready. ``str()`` is one line, the log tail is apart."""

    def __init__(self, reason: str, log_tail: Sequence[str] = ()) -> None:
        last = next((line for line in reversed(log_tail) if line.strip()), "")
        said = f"; its last line was: {last.strip()[:200]}" if last else ""
        super().__init__(f"the SUT could not be started: {reason}{said}")
        self.reason = reason
        self.log_tail = tuple(log_tail)


class Adapter(Protocol):
    """One instance of a SUT. It can be started again after it was stopped."""

    log: SutLog
    events: list[dict[str, Any]]

    @property
    def exited(self) -> "asyncio.Future[str]":
        """Done when the SUT has ended, with the words for how: ``exit status 3``, ``killed by SIGSEGV``."""
        ...

    @property
    def group(self) -> int | None:
        """The process group of the SUT, where it has one here."""
        ...

    def log_to(self, path: Path | None) -> None:
        """Write what the SUT prints to this file as well, from now on."""
        ...

    async def start(self, launch: Launch) -> Ready:
        """Start the SUT and wait until it is ready.

        Raises SutNotStartedError, AdapterError, and AdapterUnavailableError when it cannot serve the launch.
        """
        ...

    async def stop(self) -> Stopped:
        """End the SUT and all its processes; once more does no harm."""
        ...

    async def kill(self) -> Stopped:
        """End the SUT at once and without a word to it, as a power cut does.

        Raises AdapterUnavailableError where the suite has no hand on the SUT.
        """
        ...

    async def reset(self, launch: Launch) -> Ready:
        """All state as after a factory start, ready for a new case; raises what start and trigger raise."""
        ...

    async def trigger(self, verb: str, **args: Any) -> dict[str, Any]:
        """Ask the SUT's user side for something and give the result.

        Raises UnsupportedVerbError, VerbFailedError, SutExitedError, VerbUnansweredError and AdapterError.
        """
        ...

    async def next_event(self, name: str, limit: float) -> dict[str, Any] | None:
        """The next event of that name not yet taken; None after ``limit`` seconds or when the SUT ended."""
        ...
