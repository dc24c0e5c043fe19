"""The `openssl` program: s_server and s_client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.dtls.suites import Cipher, CipherSuite, KeyExchange
from tests.dtls.peers.peer import Side, files
from tests.dtls.peers.program import LINE, Program, need
from tests.dtls.peers.scenario import Kind, Scenario

_CIPHERS = {
    Cipher.AES_128_CCM_8: "AES128-CCM8",
    Cipher.AES_128_CCM: "AES128-CCM",
    Cipher.AES_128_GCM: "AES128-GCM-SHA256",
    Cipher.AES_128_CBC_SHA256: "AES128-SHA256",
}


def cipher_name(suite: CipherSuite) -> str | None:
    """OpenSSL's own name of a suite; None for what it does not know."""
    cbc = suite.cipher is Cipher.AES_128_CBC_SHA256
    match suite.key_exchange:
        case KeyExchange.ECDHE_ECDSA:
            return f"ECDHE-ECDSA-{_CIPHERS[suite.cipher]}"
        case KeyExchange.PSK:
            return "PSK-AES128-CBC-SHA256" if cbc else f"PSK-{_CIPHERS[suite.cipher]}"
        case KeyExchange.ECDHE_PSK:
            return "ECDHE-PSK-AES128-CBC-SHA256" if cbc else None


@dataclass(frozen=True)
class Server:
    port: int
    program: Program


@dataclass(frozen=True)
class Client:
    program: Program

    async def exchange(self, line: str) -> str:
        self.program.write(f"{line}\n".encode())
        return (await self.program.until(LINE))[1].decode()


@dataclass(frozen=True)
class OpenSSL:
    """`options` are added to every command line; a client that is not `quiet` obeys `R` and `Q`."""

    options: tuple[str, ...] = ()
    quiet: bool = True
    name: str = "OpenSSL"

    def need(self) -> None:
        need("openssl", "openssl")

    def lacks(self, scenario: Scenario, side: Side) -> str | None:
        if scenario.kind is Kind.RPK:
            return "OpenSSL before 3.2 knows no raw public keys"
        return None if cipher_name(scenario.suite) else f"OpenSSL does not know {scenario.suite}"

    @asynccontextmanager
    async def server(self, scenario: Scenario, folder: Path) -> AsyncIterator[Server]:
        command = ["openssl", "s_server", "-accept", "127.0.0.1:0"]
        if scenario.kind is Kind.PSK:
            command += ["-nocert"]
        else:
            command += ["-Verify", "3"]
        async with Program(*command, *self._common(scenario, folder)) as program:
            match = await program.until(rb"ACCEPT [^\n]*:(\d+)\n")
            echoing = asyncio.create_task(_echo(program))
            try:
                yield Server(int(match[1]), program)
            finally:
                echoing.cancel()
                await asyncio.wait([echoing])

    @asynccontextmanager
    async def client(self, scenario: Scenario, folder: Path, port: int) -> AsyncIterator[Client]:
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}"]
        command += ["-quiet"] if self.quiet else []
        async with Program(*command, *self._common(scenario, folder)) as program:
            yield Client(program)

    def _common(self, scenario: Scenario, folder: Path) -> Iterable[str]:
        yield from ("-dtls1_2", "-cipher", f"{cipher_name(scenario.suite)}:@SECLEVEL=0", "-mtu", "1400")
        if scenario.kind is Kind.PSK:
            yield from ("-psk_identity", scenario.psk.identity.decode(), "-psk", scenario.psk.key.hex())
        else:
            paths = files(scenario.material, folder)
            yield from ("-cert", paths["leaf"], "-key", paths["key"], "-cert_chain", paths["issuing"])
            yield from ("-CAfile", paths["root"], "-verify_return_error")
        yield from self.options


async def _echo(program: Program) -> None:
    while True:
        match = await program.until(LINE, within=None)
        program.write(match[1] + b"\n")
