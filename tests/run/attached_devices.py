"""Runs reference devices as somebody would who starts them by hand; each argument is a JSON command line."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from reference.device.__main__ import of_the_case, parser
from reference.device.core import Config
from reference.device.device import ReferenceDevice


class Impatient(ReferenceDevice):
    """Tries again soon while its server is not there."""

    async def pause(self, seconds: float) -> None:
        await super().pause(min(seconds, 0.2))


def ignore(_event: Mapping[str, Any]) -> None:
    """Tell nobody."""


async def run(lines: list[str]) -> None:
    """Run them all until standard input ends."""
    devices = []
    for line in lines:
        given = parser().parse_args(json.loads(line))
        config = Config(given.server_uri, given.endpoint, given.lifetime, given.lwm2m, **of_the_case(given))
        devices.append(Impatient(config, ignore))
    for device in devices:
        await device.start()
    await asyncio.to_thread(sys.stdin.read)
    for device in devices:
        await device.stop()


asyncio.run(run(sys.argv[1:]))
