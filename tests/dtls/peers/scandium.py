"""Scandium, the DTLS of Eclipse Leshan: one Java process serves all meetings of a test session."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.dtls.peers.peer import Side
from tests.dtls.peers.program import Program, absent, need
from tests.dtls.peers.scenario import Kind, Scenario

LESHAN = Path(__file__).resolve().parents[3] / "fixtures/leshan/target"
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
CLASS_PATH = f"{LESHAN / 'classes'}:{LESHAN / 'lib'}/*"


@dataclass(frozen=True)
class Server:
    port: int


class Client:
    """Connects with the first line that it is asked to send."""

    def __init__(self, process: Process, arguments: dict[str, Any]) -> None:
        self._process = process
        self._arguments = arguments
        self.handle: int | None = None

    async def exchange(self, line: str) -> str:
        text = f"{line}\n"
        if self.handle is None:
            result = await self._process.request("connect", self._arguments | {"text": text})
            self.handle = result["handle"]
        else:
            result = await self._process.request("exchange", {"handle": self.handle, "text": text})
        answer: str = result["answer"]
        return answer.rstrip("\n")

    async def resume(self) -> None:
        """Let the next exchange begin with an abbreviated handshake."""
        await self._process.request("resume", {"handle": self.handle})


class Process:
    """The Java program, started by the first request."""

    def __init__(self) -> None:
        self._program: Program | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._last = 0

    async def request(self, verb: str, args: dict[str, Any]) -> dict[str, Any]:
        """The result of one request; AssertionError for an answer that is an error."""
        program = await self._running()
        self._last += 1
        answer = self._waiting[self._last] = asyncio.get_running_loop().create_future()
        program.write(json.dumps({"id": self._last, "verb": verb, "args": args}).encode() + b"\n")
        message = await answer
        if "result" not in message:
            raise AssertionError(f"Scandium answered {verb} with {message}")
        result: dict[str, Any] = message["result"]
        return result

    async def stop(self) -> None:
        """End the program."""
        if self._program is None or self._reading is None:
            return
        self._reading.cancel()
        with suppress(asyncio.CancelledError, AssertionError):
            await self._reading
        await self._program.__aexit__(None, None, None)

    async def _running(self) -> Program:
        if self._program is None:
            self._program = Program("java", *QUICK_START, "-cp", CLASS_PATH, "peer.DtlsPeer")
            await self._program.__aenter__()
            await self._program.until(rb'(?m)^\{"event":"ready".*\n')
            self._reading = asyncio.create_task(self._read(self._program))
        return self._program

    async def _read(self, program: Program) -> None:
        while True:
            message = json.loads((await program.until(rb"(?m)^(\{.*\})\r?\n", within=None))[1])
            if (waiting := self._waiting.pop(message.get("id"), None)) is not None and not waiting.done():
                waiting.set_result(message)


class Scandium:
    """`more` goes into the arguments of every endpoint; all of one test session share one process."""

    name = "Scandium"

    def __init__(self, process: Process | None = None, more: dict[str, Any] | None = None) -> None:
        self._process = process or Process()
        self._more = more or {}

    def with_more(self, **more: Any) -> Scandium:
        """The same with settings of `DtlsSettings`, for example cid_length."""
        return Scandium(self._process, self._more | more)

    def need(self) -> None:
        need("java", "default-jre-headless")
        if not (LESHAN / "classes/peer/DtlsPeer.class").exists():
            absent("Scandium is not built: make peers-leshan")

    def lacks(self, scenario: Scenario, side: Side) -> str | None:
        return None

    @asynccontextmanager
    async def server(self, scenario: Scenario, folder: Path) -> AsyncIterator[Server]:
        opened = await self._process.request("listen", _arguments(scenario) | self._more)
        yield Server(opened["port"])
        await self._process.request("close", {"handle": opened["handle"]})

    @asynccontextmanager
    async def client(self, scenario: Scenario, folder: Path, port: int) -> AsyncIterator[Client]:
        client = Client(self._process, _arguments(scenario) | {"port": port} | self._more)
        yield client
        if client.handle is not None:
            await self._process.request("close", {"handle": client.handle})

    async def stop(self) -> None:
        """End the process."""
        await self._process.stop()


def _arguments(scenario: Scenario) -> dict[str, Any]:
    common: dict[str, Any] = {"suites": [scenario.suite.name], "timeout_ms": 300}
    if scenario.kind is Kind.PSK:
        return common | {"psk_identity": scenario.psk.identity.decode(), "psk_key": scenario.psk.key.hex()}
    material = scenario.material
    common["private_key"] = material.peer.private_der.hex()
    if scenario.kind is Kind.RPK:
        keys = {"public_key": material.peer.raw.public.hex(), "peer_key": material.tester.raw.public.hex()}
        return common | keys
    chain = [der.hex() for der in material.peer.credential.chain]
    return common | {"chain": chain, "trusted": [material.root.der.hex()]}
