"""GnuTLS: the programs gnutls-serv and gnutls-cli."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.dtls.suites import Cipher, CipherSuite, KeyExchange
from tests.dtls.peers.peer import Side, files
from tests.dtls.peers.program import LINE, Program, need
from tests.dtls.peers.scenario import Kind, Scenario
from tests.free_port import free_port

_CIPHERS = {
    Cipher.AES_128_CCM_8: "+AES-128-CCM-8:+AEAD",
    Cipher.AES_128_CCM: "+AES-128-CCM:+AEAD",
    Cipher.AES_128_GCM: "+AES-128-GCM:+AEAD",
    Cipher.AES_128_CBC_SHA256: "+AES-128-CBC:+SHA256",
}
_KEY_EXCHANGES = {
    KeyExchange.PSK: "+PSK",
    KeyExchange.ECDHE_PSK: "+ECDHE-PSK",
    KeyExchange.ECDHE_ECDSA: "+ECDHE-ECDSA",
}
_CERTIFICATES = {Kind.PSK: "", Kind.X509: ":+CTYPE-X509", Kind.RPK: ":+CTYPE-SRV-RAWPK:+CTYPE-CLI-RAWPK"}


def _priority(scenario: Scenario) -> str:
    suite: CipherSuite = scenario.suite
    return (
        f"NONE:+VERS-DTLS1.2:+COMP-NULL:{_KEY_EXCHANGES[suite.key_exchange]}:{_CIPHERS[suite.cipher]}"
        f":+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+GROUP-SECP256R1:+GROUP-SECP384R1{_CERTIFICATES[scenario.kind]}"
    )


@dataclass(frozen=True)
class Server:
    port: int


@dataclass(frozen=True)
class Client:
    program: Program

    async def exchange(self, line: str) -> str:
        await self.program.until(rb"- Simple Client Mode:\s*\n")
        self.program.write(f"{line}\n".encode())
        return (await self.program.until(LINE))[1].decode()


@dataclass(frozen=True)
class GnuTLS:
    """`options` are added to every command line."""

    options: tuple[str, ...] = ()
    name: str = "GnuTLS"

    def need(self) -> None:
        need("gnutls-serv", "gnutls-bin")

    def lacks(self, scenario: Scenario, side: Side) -> str | None:
        suite = scenario.suite
        if suite.key_exchange is KeyExchange.ECDHE_PSK and suite.cipher is not Cipher.AES_128_CBC_SHA256:
            return f"GnuTLS does not know {suite}"
        if suite.key_exchange is KeyExchange.ECDHE_PSK and side == "client":
            return "gnutls-cli 3.7 crashes after a handshake of ECDHE_PSK, also with gnutls-serv"
        return None

    @asynccontextmanager
    async def server(self, scenario: Scenario, folder: Path) -> AsyncIterator[Server]:
        port = free_port()
        command = ["gnutls-serv", "--udp", "--echo", "--port", str(port), "--priority", _priority(scenario)]
        if scenario.kind is Kind.PSK:
            keys = folder / "psk"
            keys.write_text(f"#{scenario.psk.identity.hex()}:{scenario.psk.key.hex()}\n")
            command += ["--pskpasswd", str(keys)]
        else:
            command += ["--require-client-cert", *_credentials(scenario, folder)]
            command += ["--verify-client-cert"] if scenario.kind is Kind.X509 else []
        async with Program(*command, *self.options) as program:
            await program.until(rb"IPv4 [0-9.]+ port \d+\.\.\.done")
            yield Server(port)

    @asynccontextmanager
    async def client(self, scenario: Scenario, folder: Path, port: int) -> AsyncIterator[Client]:
        command = ["gnutls-cli", "--udp", "--port", str(port), "--priority", _priority(scenario), "127.0.0.1"]
        if scenario.kind is Kind.PSK:
            command += ["--pskusername", scenario.psk.identity.decode(), "--pskkey", scenario.psk.key.hex()]
            command += ["--x509cafile", files(scenario.material, folder)["root"]]
        else:
            command += _credentials(scenario, folder)
            command += ["--insecure"] if scenario.kind is Kind.RPK else []
        async with Program(*command, *self.options) as program:
            yield Client(program)


def _credentials(scenario: Scenario, folder: Path) -> Iterable[str]:
    paths = files(scenario.material, folder)
    if scenario.kind is Kind.RPK:
        return ["--rawpkkeyfile", paths["key"], "--rawpkfile", paths["public"]]
    return ["--x509certfile", paths["chain"], "--x509keyfile", paths["key"], "--x509cafile", paths["root"]]
