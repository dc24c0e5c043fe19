"""Measures what the harness adds to one CoAP exchange, and what the evidence of a case costs.

Both ends of the exchange (a confirmable GET, answered in the ACK) are endpoints of this process on loopback
sockets. The ways between them take turns, so that a busy machine is as busy for one as for the other. The
evidence is that of real cases on the reference device, written once more from their captures.
"""

import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from conformance.bindings.coap_datagrams import operation_name
from conformance.coap.codec import dissect
from conformance.coap.codes import Code
from conformance.coap.endpoint import Endpoint, Incoming, Response, Trace
from conformance.evidence.recorder import ConversationRecorder
from conformance.evidence.run_record import write_json
from conformance.faults import Direction, Fault, Layer, Network
from conformance.faults.actions import Mutate
from conformance.faults.scapy import datagrams
from conformance.sut.log import SutLog
from conformance.transports.recorder import Address
from conformance.transports.udp import UdpTransport

SUITE = Path(sys.executable).with_name("lwm2m-conformance")
CASES = ("REG-REG", "DM-READ", "BS-REQ")
ROUNDS, WARM_UP = 500, 20


@dataclass
class Way:
    """One way between two endpoints, and how long each exchange over it took, in seconds."""

    name: str
    asking: Endpoint
    to: Address
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    async def exchange(self) -> None:
        """One round trip."""
        began, used = time.perf_counter(), time.process_time()
        exchange = await self.asking.request(self.to, Code.GET, path=("3", "0", "9"), limit=5)
        self.wall.append(time.perf_counter() - began)
        self.processor.append(time.process_time() - used)
        if exchange.outcome not in ("response", "rejected"):
            raise SystemExit(f"{self.name}: {exchange.outcome}")

    def row(self) -> str:
        """Median and 99th percentile in milliseconds."""
        wall, used = self.wall[WARM_UP:], self.processor[WARM_UP:]
        last = statistics.quantiles(wall, n=100)[98]
        figures = statistics.median(wall), last, statistics.median(used)
        return f"{self.name:<38}" + "".join(f"{1000 * figure:>14.2f}" for figure in figures)


async def answer(_incoming: Incoming) -> Response:
    """What every request gets."""
    return Response(Code.CONTENT, payload=b"100", content_format=0)


async def endpoint(recorder: ConversationRecorder | None = None, network: Network | None = None) -> Endpoint:
    """An endpoint whose datagrams and messages the recorder takes down."""
    listening = network.ledger if network is not None else recorder
    made = Endpoint(await UdpTransport.open(recorder=listening))
    if recorder is not None:
        made.on_message = recorder.message
    return made


async def ways(folder: Path, there: Address) -> list[Way]:
    """Direct, recorded, through a calm proxy, through one that has scapy change the code of each answer."""
    found = [Way("direct", await endpoint(), there)]
    recorder = ConversationRecorder(folder / "recorded", operation_name)
    found.append(Way("recorder", await endpoint(recorder), there))
    for name in ("recorder, proxy", "recorder, proxy, scapy mutation"):
        recorder = ConversationRecorder(folder / name, operation_name)
        network = Network(1, recorder)
        proxy = await network.proxy(("127.0.0.1", 0), there, Direction.TO_SUT, operation_name)
        if "scapy" in name:
            network.disturb(Fault(Layer.MESSAGE, Direction.FROM_SUT, Mutate("code"), count=None))
        found.append(Way(name, await endpoint(recorder, network), proxy.local))
    return found


async def round_trips(folder: Path) -> None:
    """Print a line for each way."""
    answering = await endpoint()
    answering.handler = answer
    found = await ways(folder, answering.local)
    for _ in range(WARM_UP + ROUNDS):
        for way in found:
            await way.exchange()
    print(f"{'one exchange, ms':<38}{'median':>14}{'p99':>14}{'processor':>14}")
    for way in found:
        print(way.row())
        await way.asking.close()


def again(case: Path, folder: Path) -> Iterator[tuple[str, float]]:
    """The seconds that each kind of evidence of a case takes to be written."""
    frames = list(datagrams(case / "capture.pcapng"))
    began = time.perf_counter()
    recorder = ConversationRecorder(folder, operation_name)
    for frame in frames:
        number = recorder.datagram("in", frame.data, frame.destination, frame.source)
        message = dissect(frame.data)[0]
        trace = Trace("in", message, frame.data, None, frame.destination, frame.source, number, began)
        recorder.message(trace)
    recorder.close()
    yield "capture and messages", time.perf_counter() - began
    result = json.loads((case / "result.json").read_text(encoding="utf-8"))
    began = time.perf_counter()
    write_json(folder / "result.json", result)
    yield "result", time.perf_counter() - began
    lines = (case / "sut.log").read_text(encoding="utf-8").splitlines()
    began = time.perf_counter()
    log = SutLog()
    log.to_file(folder / "sut.log")
    for line in lines:
        log.line(line)
    log.to_file(None)
    yield "log", time.perf_counter() - began


def evidence(folder: Path) -> None:
    """Print the octets and the seconds of the evidence of a case."""
    command = [str(SUITE), "run", *CASES, "--out", str(folder / "run")]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cases = [file.parent for file in (folder / "run").glob("cases/*/*/*/capture.pcapng")]
    sizes, seconds = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for number, case in enumerate(cases):
        for file in case.iterdir():
            sizes[file.name].append(file.stat().st_size)
        for name, took in again(case, folder / "again" / str(number)):
            seconds[name].append(took)
    print(f"\n{f'evidence of a case (of {len(cases)})':<38}{'median':>14}{'p99':>14}")
    for name, values in sizes.items():
        print(f"{name + ', octets':<38}" + "".join(f"{each:>14.0f}" for each in spread(values)))
    for name, values in seconds.items():
        print(f"{name + ', ms':<38}" + "".join(f"{1000 * each:>14.2f}" for each in spread(values)))


def spread(values: Iterable[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    every = list(values)
    return statistics.median(every), statistics.quantiles(every, n=100, method="inclusive")[98]


def main() -> int:
    """Measure both."""
    random.seed(1)
    with tempfile.TemporaryDirectory(prefix="lwm2m-bench-") as scratch:
        asyncio.run(round_trips(Path(scratch)))
        evidence(Path(scratch))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
