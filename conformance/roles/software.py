"""One Instance of object 9 of the device under test, as the software cases see it."""

import asyncio
from collections.abc import Collection

from conformance.matching import code_class
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, METHOD_NOT_ALLOWED
from conformance.roles.answer import Answer
from conformance.roles.device import Device
from conformance.roles.expectation import UnreadableError
from conformance.roles.settling import read_until
from conformance.verdicts import Inconclusive, Level, NotApplicable

INITIAL, DOWNLOAD_STARTED, DOWNLOADED, DELIVERED, INSTALLED = range(5)
NOTHING, DOWNLOADING, INSTALLATION_SUCCEEDED, VERIFIED = range(4)
CORRUPT, INVALID_URI, DEVICE_ERROR, INSTALLATION_FAILED = 53, 56, 57, 58
BETWEEN_LOOKS = 0.1
"""Seconds from one look at Update State to the next."""
ON_THE_WAY = (INITIAL, DOWNLOAD_STARTED, DOWNLOADED)
"""States that may be seen before a package is delivered."""


class Software:
    """Delivers, installs and activates, and waits by Read until the device has settled."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.limit = device.ixit.firmware_time
        self.instance = Path.of(device.ixit.software_instance)

    async def deliver(self, package: bytes) -> Answer:
        """Write a package to /9/x/2.

        Raises:
            NotApplicable: the SUT does not list that Resource.
        """
        await self.need_listed(2)
        return await self.device.write(self.instance / 2, package)

    async def need_listed(self, *numbers: int) -> None:
        """Raise NotApplicable unless Discover lists these optional Resources."""
        listed = await self.device.discover(self.instance)
        listed.require(code=CONTENT)
        for number in numbers:
            if str(self.instance / number) not in listed.targets:
                raise NotApplicable(f"the SUT does not list the optional Resource {self.instance / number}")

    async def execute(self, number: int, arguments: str = "") -> Answer:
        """Execute one of its Resources."""
        return await self.device.execute(self.instance / number, arguments)

    async def expect_refused(self, number: int, level: Level = Level.MUST) -> None:
        """Execute one of its Resources in the wrong state: 4.05; any 4.xx passes, as no text names a code;
        records ``refused.code``. Install is executable in state Delivered only; of Activate no text says
        more than where it has an effect: SHOULD."""
        answer = await self.execute(number)
        answer.expect(name="refused", code=METHOD_NOT_ALLOWED, tolerated={"code": code_class(4)}, level=level)

    async def expect_active(self, active: bool, name: str = "activation") -> None:
        """Activation State becomes so within the reaction time; records ``<name>.value``."""
        path = self.instance / 12
        answer = await read_until(self.device, path, lambda answer: answer.value == active)
        answer.expect(name=name, code=CONTENT, value=active)

    async def read(self, number: int) -> Answer:
        """Read one of its Resources."""
        return await self.device.read(self.instance / number)

    async def initial(self) -> None:
        """The preamble: registered, and brought to state Initial by Uninstall where it is not.

        Raises:
            Inconclusive: it does not come there.
        """
        await self.device.registered()
        if (await self.read(7)).value != INITIAL:
            (await self.execute(6)).require(code=CHANGED)
            await self.wait_while(range(DOWNLOAD_STARTED, INSTALLED + 1), range(201))
        (await self.read(7)).require(code=CONTENT, value=INITIAL)

    async def delivered(self, package: bytes) -> None:
        """The preamble of an installation.

        Raises:
            Inconclusive: the package was not taken.
        """
        await self.initial()
        (await self.deliver(package)).require(code=CHANGED)
        await self.wait_while(ON_THE_WAY)
        (await self.read(7)).require(code=CONTENT, value=DELIVERED)

    async def installed(self, package: bytes) -> None:
        """The preamble of an activation.

        Raises:
            Inconclusive: the package was not installed.
        """
        await self.delivered(package)
        (await self.execute(4)).require(code=CHANGED)
        await self.wait_while((DELIVERED,))
        (await self.read(7)).require(code=CONTENT, value=INSTALLED)

    async def expect(self, state: object, result: object, *, name: str = "") -> None:
        """Read Update State and Result; records ``[<name>-]state.value``, ``[<name>-]result.value``."""
        prefix = f"{name}-" if name else ""
        (await self.read(7)).expect(name=f"{prefix}state", code=CONTENT, value=state)
        (await self.read(9)).expect(name=f"{prefix}result", code=CONTENT, value=result)

    async def wait_while(
        self, states: Collection[int], results: Collection[int] = (NOTHING, DOWNLOADING, VERIFIED)
    ) -> None:
        """Wait, at most ``ixit.firmware_time``, while Update State is one of these and Update Result, too."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.limit
        while loop.time() < deadline:
            try:
                state, result = (await self.read(7)).value, (await self.read(9)).value
            except UnreadableError:
                return
            if state not in states or result not in results:
                return
            await asyncio.sleep(BETWEEN_LOOKS)

    def package(self, kind: str) -> bytes:
        """The package that the profile gives, ``software_package`` or another key.

        Raises:
            Inconclusive: the case asked for a key that is not in its applicability.
        """
        given: bytes | None = getattr(self.device.ixit, kind)
        if given is None:
            raise Inconclusive(f"the profile gives no ixit.{kind}")
        return given
