"""One event loop for all meetings with real peers, because the Java process serves many of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.dtls.peers.everyone import SCANDIUM


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.Runner]:
    """Runs the coroutines of tests, and ends the Java process after the last one."""
    with asyncio.Runner() as runner:
        yield runner
        runner.run(SCANDIUM.stop())
