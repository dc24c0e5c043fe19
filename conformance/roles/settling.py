"""What a device changes in its own time, by itself or with its network: read until it shows."""

from asyncio import get_running_loop, sleep
from collections.abc import Callable

from conformance.roles.answer import Answer
from conformance.roles.device import Device, PathLike
from conformance.roles.expectation import UnreadableError

BETWEEN_LOOKS = 0.1
"""Seconds from one Read to the next."""


async def read_until(device: Device, path: PathLike, settled: Callable[[Answer], bool]) -> Answer:
    """Read until an answer is as wanted, at most for the reaction time; gives the last answer, unjudged."""
    over = get_running_loop().time() + device.ixit.reaction_time
    while True:
        answer = await device.read(path)
        try:
            if settled(answer):
                return answer
        except UnreadableError:
            return answer
        if get_running_loop().time() + BETWEEN_LOOKS > over:
            return answer
        await sleep(BETWEEN_LOOKS)
