"""The recorder on an association: sees every datagram and every message, and writes them down at once."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from conformance import __version__
from conformance.coap.endpoint import Trace
from conformance.coap.message import Message
from conformance.evidence.pcapng import Address, CaptureFile
from conformance.matching import plain
from conformance.transports.recorder import Direction
from conformance.waiting import Bell

MAX_FRAMES = 20_000
"""Datagrams of one case that are written down; a SUT that floods must not fill the disk."""

OperationNamer = Callable[[Message, str], str | None]
"""Names the LwM2M operation of a message; the second argument is its direction, ``in`` or ``out``."""


class ConversationRecorder:
    """Writes ``capture.pcapng`` and ``messages.jsonl`` of one case while it runs.

    `messages` holds the same objects as the lines of the file, for the passive rules.
    """

    def __init__(self, folder: Path, name_operation: OperationNamer) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.messages: list[dict[str, Any]] = []
        self.heard = Bell()
        """Rings at each message."""
        self._folder = folder
        self._name_operation = name_operation
        self._open()

    def _open(self) -> None:
        self.truncated = False
        self._capture = CaptureFile(self._folder / "capture.pcapng", f"lwm2m-conformance {__version__}")
        self._log: TextIO = (self._folder / "messages.jsonl").open("w", encoding="utf-8", buffering=1)
        self._by_token: dict[tuple[str, str, str], str] = {}
        self._injected: set[int] = set()
        self._lost: set[int] = set()
        self._outdated = False
        self._epoch, self._started = time.time(), time.monotonic()
        self._frames = 0

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
        if self._frames > MAX_FRAMES:
            self.truncated = True
            return self._frames
        source, destination = (remote, local) if direction == "in" else (local, remote)
        seconds = self._epoch + ((time.monotonic() if arrived is None else arrived) - self._started)
        return self._capture.datagram(data, source, destination, seconds)

    def key_log(self, line: str) -> None:
        """Put the secret of one DTLS association into the capture: a line of an NSS key log."""
        self._capture.tls_secrets(line)

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
                line.update(_lost(line))
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
        if trace.frame > MAX_FRAMES:
            self.truncated = True
            return
        line: dict[str, Any] = {
            "frame": trace.frame,
            "time": round(trace.time - self._started, 6),
            "direction": trace.direction,
            "local": _text(trace.local),
            "remote": _text(trace.remote),
            "protocol": "coap",
        }
        message, named = trace.message, name_operation or self._name_operation
        if message is not None:
            line |= {
                "type": message.type.name,
                "code": str(message.code),
                "mid": message.mid,
                "token": message.token.hex(),
                "options": [
                    {"number": option.number, "name": option.name, "value": plain(option.decoded)}
                    for option in message.options
                ],
                "payload": message.payload.hex(),
                "operation": self._operation(message, line["local"], trace.direction, named),
                "summary": message.summary(),
            }
        else:
            line |= {"summary": f"{len(trace.data)} B that are no CoAP message", "payload": trace.data.hex()}
        line["malformed"] = trace.malformed
        if trace.frame in self._injected:
            line["injected"] = True
        if lost or trace.frame in self._lost:
            line |= _lost(line)
        self.messages.append(line)
        self.heard.ring()
        self._log.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _operation(
        self, message: Message, local: str, direction: str, name_operation: OperationNamer
    ) -> str | None:
        token = message.token.hex()
        if message.is_request:
            named = name_operation(message, direction)
            if named:
                self._by_token[local, direction, token] = named
            return named
        opposite = "out" if direction == "in" else "in"
        return self._by_token.get((local, opposite, token)) if message.is_response else None

    def close(self) -> None:
        self._capture.close()
        self._log.close()
        if self._outdated:
            lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self.messages)
            (self._folder / "messages.jsonl").write_text(lines, encoding="utf-8")


def _lost(line: dict[str, Any]) -> dict[str, Any]:
    return {"lost": True, "summary": f"{line['summary']} (went no further)"}


def _text(address: Address) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
