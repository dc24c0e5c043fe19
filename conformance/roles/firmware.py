"""Object 5 of the device under test, as the firmware cases see it: packages, State and Update Result."""

import asyncio
from collections.abc import Collection

from conformance.coap.block import Block
from conformance.coap.codes import Code
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.matching import one_of
from conformance.messages import Path, Register, Write
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT, CONTINUE, METHOD_NOT_ALLOWED
from conformance.messages.content import payload_of
from conformance.roles.answer import Answer
from conformance.roles.device import Device
from conformance.roles.expectation import UnreadableError
from conformance.roles.package_server import PackageServer
from conformance.verdicts import Inconclusive, NotApplicable

IDLE, DOWNLOADING, DOWNLOADED, UPDATING = range(4)
PACKAGE, PACKAGE_URI, UPDATE, STATE, RESULT = (Path(5, 0, number) for number in (0, 1, 2, 3, 5))
PACKAGE_NAME, PACKAGE_VERSION, PROTOCOLS, DELIVERY_METHOD = (Path(5, 0, number) for number in range(6, 10))
CANCEL, SEVERITY, STATE_TIME, DEFER_PERIOD, AUTOMATIC = (Path(5, 0, number) for number in range(10, 15))
SUCCESS, NO_STORAGE, NO_MEMORY, CONNECTION_LOST, CORRUPT, WRONG_TYPE = range(1, 7)
INVALID_URI, UPDATE_FAILED, UNSUPPORTED_PROTOCOL, CANCELLED, DEFERRED = range(7, 12)
COAP, COAPS, HTTP, HTTPS, COAP_TCP, COAPS_TCP = range(6)
PROTOCOL_NAMES = {"coap": COAP, "coaps": COAPS, "http": HTTP, "https": HTTPS, "coap+tcp": COAP_TCP}
"""URI schemes by what /5/0/8 calls them."""
NUL = b"\0"
BETWEEN_LOOKS = 0.1
"""Seconds from one look at State and Update Result to the next."""

Situation = tuple[int, int]
"""State and Update Result."""
ON_THE_WAY: tuple[Situation, ...] = ((IDLE, 0), (DOWNLOADING, 0))
"""What may be seen before a download has ended."""
PUT_OFF: Situation = (DOWNLOADED, DEFERRED)
"""A user of the device has still to agree to the update; there is no limit to that."""
IN_PROGRESS: tuple[Situation, ...] = ((DOWNLOADED, 0), (DOWNLOADING, 0), (UPDATING, 0), PUT_OFF)
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

    async def push_block(
        self, package: bytes, number: int, *, more: bool | None = None, szx: int = 0
    ) -> Answer:
        """Write one block of a package, with a token and a message id of its own."""
        device, size = self.device, Block(0, False, szx).size
        octets = package[number * size : (number + 1) * size]
        follows = (number + 1) * size < len(package) if more is None else more
        exchange = await device.endpoint.request(
            device.current.remote,
            Code.PUT,
            path=(*device.current.prefix, *PACKAGE.segments),
            options=(Option.uint(OptionNumber.BLOCK1, Block(number, follows, szx).uint),),
            payload=octets,
            content_format=ContentFormat.OPAQUE,
            blockwise=False,
            limit=self.limit,
        )
        return Answer(
            device.context.record, "write", PACKAGE, exchange, device.context.type_of, limit=self.limit
        )

    async def begin_push(self, blocks: int = 2) -> None:
        """The preamble of what happens while a package is pushed: its first blocks of 16 octets.

        Raises:
            NotApplicable: the package is too short to be cut.
            Inconclusive: a block was not taken.
        """
        package = self.package("firmware_package")
        if len(package) <= blocks * Block(0, False, 0).size:
            raise NotApplicable(f"{len(package)} B in ixit.firmware_package are too few to be cut")
        for number in range(blocks):
            (await self.push_block(package, number, more=True)).require(code=CONTINUE)

    async def amid_fetch(self, server: PackageServer) -> None:
        """The preamble of what happens while a package is fetched: wait for a request that gets no answer.

        Raises:
            Inconclusive: the device never came so far.
        """
        try:
            await asyncio.wait_for(server.paused.wait(), self.limit)
        except TimeoutError:
            raise Inconclusive(f"preamble: the SUT did not fetch blocks within {self.limit:.1f} s") from None

    async def lost_within(self, seconds: float | None) -> None:
        """Wait, at most so many seconds, while a download is on its way."""
        await self.wait_while(ON_THE_WAY, limit=seconds)

    async def stays(self, situation: Situation, seconds: float) -> None:
        """Wait so many seconds, at most until a situation is left."""
        await self.wait_while((situation,), limit=seconds)

    async def need_listed(self, path: Path) -> None:
        """Raise NotApplicable unless Discover lists an optional Resource of Object 5."""
        listed = await self.device.discover(Path(5, 0))
        listed.require(code=CONTENT)
        if str(path) not in listed.targets:
            raise NotApplicable(f"the SUT does not list the optional Resource {path}")

    async def protocols(self) -> frozenset[object]:
        """What /5/0/8 lists; CoAP alone where it cannot be read, as the definition says."""
        told = await self.device.read(PROTOCOLS)
        if told.code != CONTENT:
            return frozenset({COAP})
        try:
            return frozenset(told.values.values())
        except UnreadableError as problem:
            told.note(str(problem))
            return frozenset({COAP})

    async def need_protocol(self, number: int, name: str) -> None:
        """Raise NotApplicable unless the device fetches by this protocol."""
        if number not in await self.protocols():
            raise NotApplicable(f"the SUT does not list {name} in /5/0/8")

    async def version(self) -> str | None:
        """Firmware Version /3/0/3; None where the device has none."""
        told = await self.device.read("/3/0/3")
        return str(told.value) if told.code == CONTENT else None

    async def expect_version(self, version: object, *, name: str = "version") -> None:
        """Read /3/0/3 and expect this version; None stands for a device without one."""
        if version is not None:
            told = await self.device.read("/3/0/3")
            told.expect(name=name, code=CONTENT, value=version)

    async def expect_nothing_to_install(self, name: str = "update") -> None:
        """Execute /5/0/2 and expect 4.05; 4.00 passes, too, as the definition of Object 5 names no code."""
        answer = await self.update()
        answer.expect(name=name, code=METHOD_NOT_ALLOWED, tolerated={"code": BAD_REQUEST})

    async def give_up_what_is_there(self) -> None:
        """Write one NUL, or an empty Package URI, in state Downloaded: from there the state machine has no
        way to another download but over Idle. Nothing is judged."""
        situation = await self.look(self.limit)
        if situation is not None and situation[0] == DOWNLOADED:
            await (self.push(NUL) if self.device.context.ics["firmware_push"] else self.name(""))

    async def expect_found_out(self, result: object, *, version: str | None) -> None:
        """The package at hand cannot be used: Idle with this Update Result; or it is Downloaded, and so ends
        the update, for a device may also check what it installs. `version` is the one that stays."""
        situation = await self.look(self.limit)
        if situation != (DOWNLOADED, 0):
            await self.expect(IDLE, result)
            await self.expect_nothing_to_install()
            return
        update = await self.update()
        update.note("the package is checked when it is installed, not before", ambiguity="Q31")
        update.expect(name="update", code=CHANGED)
        await self.expect_after(IN_PROGRESS, one_of(IDLE, DOWNLOADED), result, tolerated=UPDATE_FAILED)
        await self.expect_version(version)

    async def expect_arrives(self, name: str = "new") -> None:
        """Push the package of the profile, whatever was before, and expect it to arrive whole; records
        ``<name>-package.code``, ``<name>-state.value`` and ``<name>-result.value``."""
        await self.give_up_what_is_there()
        before = await self.look(self.limit)
        written = await self.push(self.package("firmware_package"))
        written.expect(name=f"{name}-package", code=CHANGED)
        passing = [*ON_THE_WAY, *([before] if before and before[0] == IDLE else [])]
        await self.expect_after(passing, DOWNLOADED, 0, name=name)

    async def expect_installs(self, name: str = "new") -> None:
        """`expect_arrives`, then install it: the proof that an update is possible after all that was."""
        await self.expect_arrives(name)
        await self.expect_update(name)

    async def expect_update(self, name: str = "new") -> None:
        """Install what has arrived; records ``<name>-update.code``, ``<name>-end-state.value``,
        ``<name>-end-result.value`` and, where the profile tells the version, ``<name>-version.value``."""
        (await self.update()).expect(name=f"{name}-update", code=CHANGED)
        await self.expect_after(IN_PROGRESS, IDLE, SUCCESS, name=f"{name}-end")
        await self.expect_version(self.device.ixit.firmware_version, name=f"{name}-version")

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

        Raises:
            Inconclusive: the update was put off by the user of the device.
        """
        await self.wait_while(passing)
        await self.device.registered()
        if PUT_OFF in passing and await self.look(self.limit) == PUT_OFF:
            raise Inconclusive("the update was put off, Update Result 11, until the user of the SUT agrees")
        await self.expect(state, result, name=name, tolerated=tolerated)

    async def wait_while(self, passing: Collection[Situation], *, limit: float | None = None) -> None:
        """Wait while a situation that passes lasts, at most `limit` seconds (``ixit.firmware_time``)."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (limit or self.limit)
        while (rest := deadline - loop.time()) > 0:
            situation = await self.look(rest)
            if situation is not None and situation not in passing:
                return
            await asyncio.sleep(BETWEEN_LOOKS)

    async def look(self, limit: float) -> Situation | None:
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
        await self.give_up_what_is_there()
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
