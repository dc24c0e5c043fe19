"""The recorder on an association: sees every datagram and every message, and writes them down at once."""

import time
from pathlib import Path
from typing import TextIO

from conformance import __version__, clock
from conformance.coap.endpoint import Trace
from conformance.evidence.disk import EvidenceError
from conformance.evidence.lines import Line, Lines, OperationNamer, mark_injected, mark_lost
from conformance.evidence.pcapng import Address, CaptureFile
from conformance.evidence.run_record import json_text
from conformance.transports.recorder import Direction
from conformance.waiting import Bell

MAX_FRAMES = 20_000
MAX_OCTETS = 32 << 20
"""Datagrams of one case, and octets in them, that are written down: no flood must fill the disk."""


class ConversationRecorder:
    """Writes ``capture.pcapng`` and ``messages.jsonl`` of one case while it runs.

    `messages` holds the same objects as the lines of the file, for the passive rules. When the system takes
    no more, the conversation goes on without evidence and `close` tells.

    Raises:
        EvidenceError: the files cannot be made.
    """

    def __init__(self, folder: Path, name_operation: OperationNamer) -> None:
        self.messages: list[Line] = []
        self.heard = Bell()
        """Rings at each message."""
        self._folder = folder
        self._name_operation = name_operation
        self._open()

    def _open(self) -> None:
        self._last_frame: int | None = None
        self._problem: OSError | None = None
        self._lines = Lines()
        self._injected: set[int] = set()
        self._lost: set[int] = set()
        self._outdated = False
        self._epoch, self._started = clock.utc().timestamp(), time.monotonic()
        self._frames = self._octets = 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._capture = CaptureFile(self._folder / "capture.pcapng", f"lwm2m-conformance {__version__}")
            self._log: TextIO = (self._folder / "messages.jsonl").open("w", encoding="utf-8", buffering=1)
        except OSError as problem:
            raise EvidenceError(self._folder, problem) from None

    @property
    def truncated(self) -> str:
        """What to say of the datagrams that are not written down; empty when all are."""
        if self._last_frame is None:
            return ""
        limits = f"{MAX_FRAMES} datagrams or {MAX_OCTETS >> 20} MiB"
        return f"the evidence holds the first {self._last_frame} datagrams only: there is more than {limits}"

    def begin_anew(self) -> None:
        """Drop what was taken down so far; the next datagram is frame 1 again."""
        self.close()
        self.messages.clear()
        self._open()

    def datagram(
        self,
        direction: Direction,
        data: bytes,
        local: Address,
        remote: Address,
        arrived: float | None = None,
    ) -> int:
        """Take down one datagram; gives its frame number. `arrived` is monotonic, None for now."""
        self._frames += 1
        self._octets += len(data)
        if self._last_frame is None and (self._frames > MAX_FRAMES or self._octets > MAX_OCTETS):
            self._last_frame = self._frames - 1
        if self._last_frame is None and self._problem is None:
            source, destination = (remote, local) if direction == "in" else (local, remote)
            seconds = self._epoch + ((time.monotonic() if arrived is None else arrived) - self._started)
            try:
                self._capture.datagram(data, source, destination, seconds)
            except OSError as problem:
                self._problem = problem
        return self._frames

    def key_log(self, line: str) -> None:
        """Put the secret of one DTLS association into the capture: a line of an NSS key log."""
        try:
            self._capture.tls_secrets(line)
        except OSError as problem:
            self._problem = problem

    @property
    def started(self) -> float:
        """The monotonic time from which the times of messages count."""
        return self._started

    def lose(self, frame: int) -> None:
        """Mark the messages of a frame as lost, those taken down and those that still will be: the network
        between the tester and the SUT let it go no further."""
        self._lost.add(frame)
        for line in reversed(self.messages):
            if line["frame"] < frame:
                break
            if line["frame"] == frame and not line.get("lost"):
                mark_lost(line)
                self._outdated = True

    def inject(self, frame: int) -> None:
        """Mark what will be taken down of a frame as made by the network, out of what its sender sent."""
        self._injected.add(frame)

    def message(
        self, trace: Trace, name_operation: OperationNamer | None = None, *, lost: bool = False
    ) -> None:
        """Take down one message, decoded or malformed; an association may name operations its own way.

        `lost` marks a message that the tester, between two SUTs, let go no further.
        """
        if self._last_frame is not None and trace.frame > self._last_frame:
            return
        line = self._lines.line(trace, self._started, name_operation or self._name_operation)
        if trace.frame in self._injected:
            mark_injected(line)
        if lost or trace.frame in self._lost:
            mark_lost(line)
        self.messages.append(line)
        self.heard.ring()
        try:
            self._log.write(_written(line))
        except OSError as problem:
            self._problem = problem

    def close(self) -> None:
        """Finish the files.

        Raises:
            EvidenceError: not everything could be written.
        """
        for finish in (self._capture.close, self._log.close, self._mark_what_was_lost):
            try:
                finish()
            except OSError as problem:
                self._problem = problem
        if self._problem is not None:
            raise EvidenceError(self._folder, self._problem)

    def _mark_what_was_lost(self) -> None:
        if self._outdated and self._problem is None:
            lines = "".join(map(_written, self.messages))
            (self._folder / "messages.jsonl").write_text(lines, encoding="utf-8")


def _written(line: Line) -> str:
    return json_text(line, indent=None) + "\n"
