"""Another server at the address of the device's own, and a device that is started anew to meet it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from conformance.dtls.configuration import Configuration
from conformance.dtls.events import Established, Failed
from conformance.dtls.hello import ClientHello
from conformance.dtls.message import Fragment, HandshakeType, read_fragments
from conformance.dtls.records import ContentType
from conformance.roles.device import Device
from conformance.roles.power_cut import RESTART_SECONDS
from conformance.roles.secured import Secured
from conformance.security.channel import Happened
from conformance.security.datagrams import Datagram
from conformance.sut.adapter import AdapterUnavailableError, Launch
from conformance.verdicts import Inconclusive, NotApplicable, Subject


async def started_anew(device: Device, **values: str) -> None:
    """Start the SUT as before, with these placeholders changed; nothing is waited for. It is killed for it
    where a reset cannot give it the same credentials.

    Raises:
        NotApplicable: the suite cannot kill it.
    """
    context = device.context
    assert context.launch is not None
    context.launch = Launch({**context.launch.values, **values}, context.launch.options)
    if context.launch.options <= context.reset_with | {"bootstrap"}:
        device.server.registrations.clear()
        device.server.forget()
        await context.adapter.reset(context.launch)
        return
    try:
        await context.adapter.kill()
    except AdapterUnavailableError as problem:
        raise NotApplicable(str(problem)) from None
    await asyncio.sleep(RESTART_SECONDS)
    device.server.registrations.clear()
    device.server.forget()
    await context.adapter.start(context.launch)


async def another_in_its_place(device: Device) -> None:
    """Reset the SUT: a device as from the factory, with another endpoint name and from another socket.

    Raises:
        NotApplicable: the SUT cannot be reset while it runs.
    """
    context = device.context
    assert context.launch is not None
    if context.isolation != "reset":
        raise NotApplicable('the SUT cannot be reset while it runs: adapter.isolation is not "reset"')
    name = {"endpoint": f"{context.endpoint}-2"}
    await context.adapter.reset(Launch({**context.launch.values, **name}, context.launch.options))


class OtherServer:
    """What a device has to do with the server that took the place of its own."""

    def __init__(self, device: Device, secured: Secured) -> None:
        self._device = device
        self._channel = secured.channel
        self._first = len(self._channel.datagrams)

    @property
    def heard(self) -> list[Datagram]:
        """What came from the device since this server is there."""
        return [each for each in self._channel.datagrams[self._first :] if each.incoming]

    @property
    def _told(self) -> Sequence[Datagram]:
        """What came since the first ClientHello: before it, the device may go on over the association that it
        had with its own server, whose end it has not noticed yet."""
        heard = self.heard
        began = next((number for number, each in enumerate(heard) if _begins_handshake(each)), len(heard))
        return heard[began:]

    @property
    def _fragments(self) -> list[Fragment]:
        return [
            fragment
            for each in self.heard
            for record in each.records
            if record.content_type == ContentType.HANDSHAKE and not record.epoch
            for fragment in read_fragments(record.fragment)
        ]

    @property
    def was_taken_up(self) -> bool:
        """Whether the device went on with its handshake behind the ServerHello: it sent a
        ClientKeyExchange."""
        return any(each.type == HandshakeType.CLIENT_KEY_EXCHANGE for each in self._fragments)

    @property
    def was_named_a_session(self) -> bool:
        """Whether a ClientHello that came in one piece names a session to resume."""
        hellos = (each for each in self._fragments if each.type == HandshakeType.CLIENT_HELLO)
        whole = (ClientHello.parse(each.data) for each in hellos if len(each.data) == each.length)
        return any(hello.session_id for hello in whole)

    async def expect_refused(self, within: float | None = None, *, may_stay_away: str = "") -> None:
        """No handshake comes about, and nothing but handshakes is sent; records ``handshake.absent``,
        ``application-data.absent`` and ``plain-coap.absent``.

        Raises:
            Inconclusive: the device did not try within the limit (seconds, default the time of a restart).
            NotApplicable: the same, where `may_stay_away` says why a device may do so.
            CheckFailed: it let the server in, or sent something of LwM2M.
        """
        context = self._device.context
        ended = await self._tried(within, may_stay_away)
        if ended is not None and isinstance(ended.event, Failed):
            ended = await self._channel.next(Established, context.ixit.quiet_time)
        let_in = ended is not None and isinstance(ended.event, Established)
        context.record.judge(
            "handshake.absent",
            "no handshake",
            "a completed handshake" if let_in else "no handshake",
            subject=Subject("handshake", ended.frame if ended and let_in else None),
            what="with a server that is to be refused:",
        )
        self._expect_untold()

    async def expect_untold(self, within: float | None = None) -> None:
        """The device begins a handshake and sends nothing but handshakes, whatever the server holds for
        complete; records ``application-data.absent`` and ``plain-coap.absent``.

        Raises:
            Inconclusive: the device did not try within the limit (seconds, default the time of a restart).
            CheckFailed: it sent something of LwM2M.
        """
        ended = await self._tried(within)
        if ended is not None and isinstance(ended.event, Established):
            await self._channel.next(Failed, self._device.context.ixit.quiet_time)
        self._expect_untold()

    async def _tried(self, within: float | None, may_stay_away: str = "") -> Happened | None:
        context = self._device.context
        seconds = within or context.ixit.restart_time
        context.more_time(seconds)
        ended = await self._channel.next((Established, Failed), seconds)
        if not any(each.holds(ContentType.HANDSHAKE) for each in self.heard):
            self._device.check_alive()
            if may_stay_away:
                raise NotApplicable(may_stay_away)
            raise Inconclusive(f"preamble: the SUT began no handshake within {seconds:g} s")
        return ended

    def _expect_untold(self) -> None:
        protected = next((each for each in self._told if each.holds(ContentType.APPLICATION_DATA)), None)
        plain = next((each for each in self.heard if each.is_plain_coap), None)
        self._nothing("application-data", protected)
        self._nothing("plain-coap", plain)

    def _nothing(self, what: str, found: Datagram | None) -> None:
        self._device.context.record.judge(
            f"{what}.absent",
            "nothing of LwM2M",
            found.data.hex() if found else "nothing of LwM2M",
            subject=Subject("datagram", found.frame if found else None),
            what="for a server that is to be refused:",
        )


def _begins_handshake(datagram: Datagram) -> bool:
    return any(
        record.content_type == ContentType.HANDSHAKE
        and not record.epoch
        and record.fragment[:1] == bytes([HandshakeType.CLIENT_HELLO])
        for record in datagram.records
    )


@asynccontextmanager
async def other_server(
    device: Device, configuration: Configuration, secured: Secured | None = None
) -> AsyncIterator[OtherServer]:
    """While this is open, a server with this configuration answers in place of the tester's; `secured` is the
    tester's end of DTLS that is meant, by default that of the server."""
    meant = secured or device.dtls
    channel = meant.channel
    channel.transport.serve(configuration)
    try:
        yield OtherServer(device, meant)
    finally:
        channel.transport.serve(channel.configuration)
