"""Progress of a run in a terminal: done and total, failures as they come, time left; quiet in a pipe."""

import sys
import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from conformance.reporting.report import Report
from conformance.reporting.summary import print_summary


class Progress:
    """One live line in a terminal and nothing in a pipe; failures and the summary are printed in both."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self.total = 0
        self._done = self._failed = 0
        self._began = time.monotonic()
        self._console = Console(stderr=True, highlight=False)
        self._live: Live | None = None
        if enabled and self._console.is_terminal:
            self._live = Live(console=self._console, refresh_per_second=8, transient=True)
            self._live.start()

    def show(self, data: Mapping[str, Any]) -> None:
        """Take up the result of one case."""
        self._done += 1
        if data["verdict"] in ("fail", "error", "inconclusive") and data["known_issue"] is None:
            self._failed += 1
            if self._live is not None:
                self._console.print(Text(f"{data['verdict'].upper():<5} {data['id']}  {data['title']}"))
        if self._live is not None:
            self._live.update(self._line())

    def _line(self) -> Text:
        elapsed = time.monotonic() - self._began
        left = elapsed / self._done * (self.total - self._done) if self._done else 0.0
        failures = f"{self._failed} failed" if self._failed else "none failed"
        return Text(f"{self._done}/{self.total} cases, {failures}, about {max(left, 0.0):.0f} s left")

    def trouble(self, text: str) -> None:
        """Something is wrong with the run itself, not with the SUT."""
        if self.enabled:
            self._console.print(Text(text))

    def finish(self) -> None:
        """Take the live line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def conclude(self, report: Report) -> None:
        """Print the summary and where the report is."""
        if not self.enabled:
            return
        console = Console(file=sys.stdout, highlight=False)
        print_summary(report.run, console, report.evidence, report.html)
