"""Object 5 of the device under test, as the firmware cases see it: packages, State and Update Result."""

import asyncio
from collections.abc import Collection

from conformance.formats import ContentFormat
from conformance.messages import Path, Register, Write
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.content import payload_of
from conformance.roles.answer import Answer
from conformance.roles.device import Device
from conformance.roles.expectation import UnreadableError
from conformance.verdicts import Inconclusive

IDLE, DOWNLOADING, DOWNLOADED, UPDATING = range(4)
PACKAGE, PACKAGE_URI, UPDATE, STATE, RESULT = (Path(5, 0, number) for number in (0, 1, 2, 3, 5))
NUL = b"\0"
BETWEEN_LOOKS = 0.1
"""Seconds from one look at State and Update Result to the next."""

Situation = tuple[int, int]
"""State and Update Result."""
ON_THE_WAY: tuple[Situation, ...] = ((IDLE, 0), (DOWNLOADING, 0))
"""What may be seen before a download has ended."""
IN_PROGRESS: tuple[Situation, ...] = ((DOWNLOADED, 0), (DOWNLOADING, 0), (UPDATING, 0))
"""What may be seen before an update has ended; the intermediate states need not be seen at all."""


class Firmware:
    """Pushes, names and installs packages, and waits by Read until the device has settled."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.limit = device.ixit.firmware_time

    async def push(self, package: bytes, szx: int | None = None) -> Answer:
        """Write a package to /5/0/0, as opaque octets where the SUT takes them, block by block."""
        device = self.device
        opaque = device.context.ics["format_opaque"]
        number = ContentFormat.OPAQUE if opaque else device.format_for(PACKAGE)
        payload = payload_of(PACKAGE, package, number, device.context.type_of)
        return await device.perform(Write(PACKAGE, payload), limit=self.limit, szx=szx)

    async def name(self, uri: str) -> Answer:
        """Write the Package URI /5/0/1."""
        return await self.device.write(PACKAGE_URI, uri)

    async def update(self) -> Answer:
        """Execute /5/0/2."""
        return await self.device.execute(UPDATE)

    async def expect(
        self, state: object, result: object, *, name: str = "", tolerated: object = None
    ) -> None:
        """Read State and Update Result; records ``[<name>-]state.value`` and ``[<name>-]result.value``.

        `tolerated` is another Update Result that passes.
        """
        prefix = f"{name}-" if name else ""
        told = await self.device.read(STATE)
        told.expect(name=f"{prefix}state", code=CONTENT, value=state)
        ended = await self.device.read(RESULT)
        other = None if tolerated is None else {"value": tolerated}
        ended.expect(name=f"{prefix}result", code=CONTENT, value=result, tolerated=other)

    async def expect_after(
        self,
        passing: Collection[Situation],
        state: object,
        result: object,
        *,
        name: str = "",
        tolerated: object = None,
    ) -> None:
        """Wait, at most ``ixit.firmware_time``, while a situation that passes lasts; then `expect`.

        A device that restarts meanwhile is waited for as well.
        """
        await self.wait_while(passing)
        await self.device.registered()
        await self.expect(state, result, name=name, tolerated=tolerated)

    async def wait_while(self, passing: Collection[Situation]) -> None:
        """Wait, at most ``ixit.firmware_time``, while a situation that passes lasts."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.limit
        while (rest := deadline - loop.time()) > 0:
            situation = await self._look(rest)
            if situation is not None and situation not in passing:
                return
            await asyncio.sleep(BETWEEN_LOOKS)

    async def _look(self, limit: float) -> Situation | None:
        """State and Update Result; None when they cannot be read at the moment."""
        if not self.device.server.registrations:
            await self.device.server.next((Register,), limit)
            return None
        found: list[int] = []
        for path in (STATE, RESULT):
            try:
                value = (await self.device.read(path)).value
            except UnreadableError:
                return None
            if not isinstance(value, int):
                return None
            found.append(value)
        return found[0], found[1]

    async def downloaded(self, package: bytes) -> None:
        """The preamble of what needs a package on the device.

        Raises:
            Inconclusive: it was not taken.
        """
        await self.device.registered()
        (await self.push(package)).require(code=CHANGED)
        await self.wait_while((*ON_THE_WAY, (IDLE, 1)))
        (await self.device.read(STATE)).require(code=CONTENT, value=DOWNLOADED)

    def package(self, kind: str) -> bytes:
        """The package that the profile gives, ``firmware_package`` or another key.

        Raises:
            Inconclusive: the case asked for a key that is not in its applicability.
        """
        given: bytes | None = getattr(self.device.ixit, kind)
        if given is None:
            raise Inconclusive(f"the profile gives no ixit.{kind}")
        return given
