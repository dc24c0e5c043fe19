"""The messages of one case decoded anew from its capture, and where ``messages.jsonl`` says otherwise."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal

from conformance.bindings.coap_datagrams import bootstrap_operation_name, operation_name
from conformance.bindings.server_requests import bootstrap_server_operation_name, server_operation_name
from conformance.coap.codec import HEADER_LENGTH, dissect
from conformance.coap.endpoint import Trace
from conformance.coap.message import Message
from conformance.coap.options import OptionNumber
from conformance.dtls.credentials import PskStore
from conformance.dtls.eavesdropper import Eavesdropper
from conformance.dtls.records import ContentType
from conformance.evidence.capture import Capture, CaptureError, Frame, read_capture
from conformance.evidence.lines import Line, Lines, OperationNamer, address_text, mark_injected, mark_lost
from conformance.evidence.run_record import FAULTS

TIME_TOLERANCE = 1.0
"""Seconds by which message and frame may differ: a message is taken down before it is protected and sent."""
_NAMERS: Mapping[str, tuple[OperationNamer, ...]] = {
    "device": (operation_name, bootstrap_operation_name),
    "server": (server_operation_name,),
    "bootstrap_server": (bootstrap_server_operation_name,),
}
_OUTER = ("frame", "direction", "local", "remote", "protocol", "type", "mid", "token")
"""What of a message stands outside OSCORE."""
_RECORDS = frozenset(ContentType)
_PROTECTED = frozenset(bytes([kind]) for kind in _RECORDS)


@dataclass(frozen=True)
class Decoded:
    """One message: its line as it was recorded, and as the capture has it. `data` is what was decoded.

    `sealed`: it is protected by OSCORE, so that the recorded line stands for what is inside.
    """

    line: Line
    message: Message | None
    data: bytes
    sealed: bool = False


@dataclass
class Transcript:
    """A case's conversation; `faults` tell of what contradicts it, by frame where there is one."""

    messages: list[Decoded] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    frames: dict[int, Frame] = field(default_factory=dict)
    unread: set[int] = field(default_factory=set)
    """Frames with records that no secret in the capture opens: Finished of a handshake that failed, records
    that the tester damaged."""
    damaged: int = 0
    """Messages of the tester in such frames."""
    beside: int = 0
    """Messages that never came to CoAP: the association was over, they were in clear, or made by hand."""

    @property
    def lines(self) -> list[Line]:
        """The messages as the rules want them."""
        return [message.line for message in self.messages]

    @property
    def sealed(self) -> int:
        """Messages inside OSCORE."""
        return sum(message.sealed for message in self.messages)


def read_transcript(folder: Path, role: str) -> Transcript:
    """Decode the capture of a case, and compare it message by message with what was taken down."""
    found = Transcript()
    recorded = list(_recorded(folder / "messages.jsonl", found.faults))
    try:
        capture = read_capture(folder / "capture.pcapng")
    except CaptureError as problem:
        found.faults.append(str(problem))
        return found
    if capture.rest:
        found.faults.append(f"capture.pcapng: {capture.rest}")
    _Reading(found, capture, recorded, role, _passed_on(folder / FAULTS)).compare()
    return found


def _passed_on(file: Path) -> dict[int, list[bytes]]:
    """What, by ``faults.json``, went on in place of the frames that faults acted on; nothing of what they
    stopped."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return {
            fired["frame"]: [bytes.fromhex(each) for each in fired["after"]]
            for fired in told["fired"]
            if fired["frame"]
        }
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _recorded(file: Path, faults: list[str]) -> Iterator[Line]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        faults.append(f"{file.name}: {problem}")
        return
    for number, row in enumerate(text.removesuffix("\n").split("\n") if text else [], 1):
        try:
            line = json.loads(row)
            if not isinstance(line["frame"], int) or not isinstance(line["local"], str):
                raise TypeError("no message")
            yield line | {"remote": line["remote"], "time": float(line["time"])}
        except (ValueError, TypeError, KeyError):
            faults.append(f"{file.name}: line {number} is no message")


class _Reading:
    def __init__(
        self,
        found: Transcript,
        capture: Capture,
        recorded: Sequence[Line],
        role: str,
        passed_on: Mapping[int, Sequence[bytes]],
    ) -> None:
        self.found = found
        self.passed_on = passed_on
        self.recorded = recorded
        self.namers = _NAMERS[role]
        self.lines = [Lines() for _ in self.namers]
        self.client: Literal["in", "out"] = "in" if role == "device" else "out"
        self.here = {line["local"] for line in recorded}
        self.frames = capture.frames
        ends = (end for frame in capture.frames for end in (frame.source, frame.destination))
        self.addresses = {address_text(end) for end in ends}
        protected = [frame for frame in capture.frames if frame.data[:1] in _PROTECTED]
        self.secured = {end for frame in protected for end in _ends(frame)}
        self.overhearing = Eavesdropper(PskStore(), capture.masters)
        self.carried: dict[int, list[bytes]] = {}
        found.frames = {frame.number: frame for frame in capture.frames}

    def compare(self) -> None:
        found = self.found
        for each in self.frames:
            if not each.sound:
                found.faults.append(f"frame {each.number}: a checksum is wrong")
            self.carried[each.number] = self._inside(each)
        began = median(
            [
                found.frames[line["frame"]].time - line["time"]
                for line in self.recorded
                if line["frame"] in found.frames
            ]
            or [0.0]
        )
        taken: defaultdict[int, int] = defaultdict(int)
        for line in self.recorded:
            number = line["frame"]
            frame = found.frames.get(number)
            carried = self.carried.get(number, [])
            if frame is None:
                found.faults.append(f"frame {number}: in messages.jsonl, not in the capture")
                continue
            if not carried and line["direction"] == "out" and number in found.unread:
                found.damaged += 1
                found.messages.append(Decoded(dict(line), None, b""))
                continue
            made = self._made(line)
            if made is not None:
                self._pair(line, frame, made, began)
                continue
            if taken[number] >= len(carried):
                found.faults.append(
                    f"frame {number}: the capture holds no such message: {line.get('summary')}"
                )
                continue
            data = carried[taken[number]]
            taken[number] += 1
            self._pair(line, frame, data, began)
        for number, carried in self.carried.items():
            stopped = self.passed_on.get(number) == []
            more = 0 if stopped else len(carried) - taken[number]
            if more > 0 and self.secured.issuperset(_ends(found.frames[number])):
                found.beside += more
            elif more > 0:
                found.faults.append(f"frame {number}: {more} of its messages not in messages.jsonl")

    def _made(self, line: Line) -> bytes | None:
        """What the network made of a protected message: the capture has only that of which it was made."""
        frame = self.found.frames[line["frame"]]
        if not line.get("injected") or frame.data[:1] not in _PROTECTED:
            return None
        after = self.passed_on.get(frame.number, ())
        summaries = {dissect(data)[0].summary(): data for data in after}
        return next((data for text, data in summaries.items() if text in str(line.get("summary"))), None)

    def _inside(self, frame: Frame) -> list[bytes]:
        """The messages in a datagram."""
        ends = _ends(frame)
        if not self.here.intersection(ends):
            return []
        if not frame.data or frame.data[0] not in _RECORDS:
            return [frame.data]
        out = ends[0] in self.here
        sender: Literal["client", "server"] = "client" if (self.client == "out") == out else "server"
        heard = self.overhearing.hear(frame.data, sender, frozenset(ends))
        if heard.unread:
            self.found.unread.add(frame.number)
        return list(heard.data)

    def _pair(self, line: Line, frame: Frame, data: bytes, began: float) -> None:
        source, destination = frame.source, frame.destination
        direction: Literal["in", "out"] = "out" if address_text(source) in self.here else "in"
        local, remote = (source, destination) if direction == "out" else (destination, source)
        message, findings = dissect(data)
        fault = next((str(finding) for finding in findings if finding.rejects), None)
        shown = message if len(data) >= HEADER_LENGTH else None
        trace = Trace(direction, shown, data, fault, local, remote, frame.number, line["time"])
        anew = self.lines[0].line(trace, 0.0, self.namers[0])
        moved = frame.data[:1] in _PROTECTED and line.get("remote") in self.addresses
        if moved:  # under a Connection ID a peer keeps the address at which its association began
            anew["remote"] = line["remote"]
        if line.get("injected"):
            mark_injected(anew)
        if line.get("lost"):
            mark_lost(anew)
        for lines, namer in zip(self.lines[1:], self.namers[1:], strict=True):
            if shown is not None:
                other = lines.operation(shown, anew["local"], direction, namer)
                if other == line.get("operation"):
                    anew["operation"] = other
        if abs(frame.time - line["time"] - began) > TIME_TOLERANCE:
            self.found.faults.append(f"frame {frame.number}: its time is not that of the capture")
        sealed = (
            shown is not None
            and shown.first(OptionNumber.OSCORE) is not None
            and 9 not in {option.get("number") for option in line.get("options", [])}
        )
        if sealed and message.is_request and isinstance(line.get("operation"), str):
            for lines in self.lines:
                lines.named(anew["local"], direction, anew["token"], line["operation"])
        keys = _OUTER if sealed else tuple(dict.fromkeys((*anew, *line)))
        for key in keys:
            if anew.get(key) != line.get(key):
                self.found.faults.append(
                    f"frame {frame.number}: {key} is {_short(line.get(key))} in messages.jsonl, "
                    f"{_short(anew.get(key))} in the capture"
                )
        self.found.messages.append(Decoded(dict(line) if sealed else anew, shown, data, sealed))


def _ends(frame: Frame) -> tuple[str, str]:
    return address_text(frame.source), address_text(frame.destination)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}…"
