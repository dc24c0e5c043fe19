"""Secrets that both ends write down or export are the same."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.dtls.suites import suite
from tests.dtls.peers.gnutls import GnuTLS
from tests.dtls.peers.meeting import meet
from tests.dtls.peers.openssl import OpenSSL
from tests.dtls.peers.peer import Side
from tests.dtls.peers.scenario import Kind, Scenario
from tests.dtls.peers.wire import Wire

SCENARIOS = [
    Scenario(suite("TLS_PSK_WITH_AES_128_CCM_8"), Kind.PSK),
    Scenario(suite("TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256"), Kind.PSK),
    Scenario(suite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), Kind.X509),
]
LABEL = "EXPORTER-tests"


@pytest.mark.parametrize("side", ["server", "client"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
@pytest.mark.parametrize("extended", [True, False], ids=["extended", "not extended"])
def test_the_key_log_is_that_of_openssl(
    loop: asyncio.Runner, tmp_path: Path, scenario: Scenario, side: Side, extended: bool
) -> None:
    theirs = tmp_path / "keys"
    peer = OpenSSL(("-keylogfile", str(theirs)))
    peer.need()
    ours: list[str] = []
    loop.run(
        meet(
            peer,
            scenario,
            side,
            tmp_path,
            change=lambda config: replace(config, key_log=ours.append, extended_master_secret=extended),
        )
    )
    lines = [line for line in theirs.read_text().splitlines() if not line.startswith("#")]
    assert [line.lower() for line in ours] == [line.lower() for line in lines]
    assert len(ours) == 1


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_an_exported_secret_is_that_of_openssl(
    loop: asyncio.Runner, tmp_path: Path, scenario: Scenario
) -> None:
    peer = OpenSSL(("-keymatexport", LABEL, "-keymatexportlen", "40"), quiet=False)
    peer.need()

    async def compare() -> None:
        async with (
            Wire.server(scenario.server) as wire,
            peer.client(scenario, tmp_path, wire.port) as client,
        ):
            await wire.established()
            theirs = (await client.program.until(rb"Keying material: ([0-9A-F]{80})\n"))[1]
            ours = wire.association.export(LABEL.encode(), None, 40)
            assert ours.hex().upper().encode() == theirs

    loop.run(compare())


def test_an_exported_secret_is_that_of_gnutls(loop: asyncio.Runner, tmp_path: Path) -> None:
    scenario = SCENARIOS[0]
    peer = GnuTLS(("--keymatexport", LABEL, "--keymatexportsize", "40"))
    peer.need()

    async def compare() -> None:
        async with (
            Wire.server(scenario.server) as wire,
            peer.client(scenario, tmp_path, wire.port) as client,
        ):
            await wire.established()
            theirs = (await client.program.until(rb"Key material: ([0-9a-f]{80})\n"))[1]
            assert wire.association.export(LABEL.encode(), None, 40).hex().encode() == theirs

    loop.run(compare())
