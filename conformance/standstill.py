"""Whether the tester itself ran, and the date went on, while a case took place.

A machine that was suspended, a process that was stopped or got no processor, and a clock that was set make
limits mean nothing: what failed meanwhile cannot be held against the SUT.
"""

import asyncio

from conformance import clock

BEAT = 0.25
"""Seconds between two looks at the clocks."""
STANDSTILL = 2.0
"""Seconds without a look from which on the tester counts as having stood still."""
LEAP = 1.0
"""Seconds by which the date may run away from the monotonic clock between two looks."""


class Standstill:
    """Looks at both clocks all the time from `begin` to `end`."""

    def __init__(self) -> None:
        self.stood = 0.0
        """The longest time in seconds without a look, where it was too long."""
        self.leapt = 0.0
        """By how many seconds the date was set; negative for backwards."""
        self._timer: asyncio.TimerHandle | None = None
        self._looked = self._date = 0.0

    def begin(self) -> None:
        """Look from now on."""
        self._looked, self._date = clock.now(), clock.utc().timestamp()
        self._timer = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def end(self) -> str:
        """Look no more, and say what happened; empty where nothing did."""
        if self._timer is not None:
            self._look()
            self._timer.cancel()
            self._timer = None
        told = []
        if self.stood:
            told.append(f"the tester stood still for {self.stood:.1f} s (suspended, stopped or starved)")
        if self.leapt:
            told.append(f"the date of this machine was set by {self.leapt:+.1f} s")
        return " and ".join(told)

    def _beat(self) -> None:
        self._look()
        self._timer = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def _look(self) -> None:
        now, date = clock.now(), clock.utc().timestamp()
        passed = now - self._looked
        if passed > BEAT + STANDSTILL:
            self.stood = max(self.stood, passed)
        leap = (date - self._date) - passed
        if abs(leap) > LEAP:
            self.leapt += leap
        self._looked, self._date = now, date
