"""Notifications from the device of a pair to its server."""

from collections.abc import Mapping

from conformance.coap.exchange import Exchange
from conformance.formats.errors import MalformedPayload
from conformance.matching import between, covering
from conformance.messages import Path, Send
from conformance.messages.content import values_of
from conformance.pair.asked import Asked, expect_told, expect_told_values
from conformance.pair.pair import Pair
from conformance.pair.wire import Seen
from conformance.roles.answer import Answer
from conformance.verdicts import HarnessError, Subject

MUTE_SEND = 23


def _notifies(seen: Seen, observed: Asked) -> bool:
    """Whether a message is a response with the token of an observation, behind the answer to Observe."""
    return (
        seen.passage.sender == "device"
        and seen.message.is_response
        and seen.message.token == observed.seen.message.token
        and seen.frame > (observed.answer.frame or 0)
    )


async def notified(
    pair: Pair, observed: Asked, after: int, *, later: float = 0.0, name: str = "notification"
) -> tuple[Answer, Seen]:
    """Expect the device to notify behind a frame; records ``<name>.received``.

    Raises:
        CheckFailed: it did not within the reaction time and so many seconds more.
    """
    context = pair.device.context
    limit = context.ixit.reaction_time + later
    seen = await pair.wire.first(lambda seen: _notifies(seen, observed), limit, after)
    if seen is None:
        pair.device.check_alive()
    context.record.judge(
        f"{name}.received",
        "notification",
        "notification" if seen else None,
        actual="a notification" if seen else "no notification",
        subject=Subject("notification", seen.frame if seen else None),
        limit=limit,
    )
    if seen is None:
        raise HarnessError("unreachable: a missing notification passed its check")
    exchange = Exchange(observed.seen.message, seen.received.remote, [observed.seen.frame])
    exchange.response, exchange.outcome, exchange.body = seen.received, "response", seen.message.payload
    path: Path = observed.answer.path
    return Answer(context.record, name, path, exchange, pair.type_of, limit=limit), seen


async def acknowledged(pair: Pair, notification: Seen, name: str = "notification") -> None:
    """Expect the server to acknowledge a notification that asks for it; records ``<name>.acknowledged`` for
    the server. Until then the device may hold back the next (RFC 7252 §4.7).

    Raises:
        CheckFailed: it did not within the reaction time.
    """
    if notification.message.type.name != "CON":
        return
    context = pair.server.context
    limit = context.ixit.reaction_time

    def acknowledges(seen: Seen) -> bool:
        same = seen.message.mid == notification.message.mid
        return seen.passage.sender == "server" and seen.message.type.name == "ACK" and same

    seen = await pair.wire.first(acknowledges, limit, notification.frame)
    context.record.judge(
        f"{name}.acknowledged",
        True,
        seen is not None,
        what=f"an ACK to the notification in frame {notification.frame}:",
        subject=Subject("message", seen.frame if seen else notification.frame),
        clause="RFC 7641 §3.5, RFC 7252 §4.2",
        limit=limit,
    )


async def told(pair: Pair, path: str, notification: Answer, name: str = "event-notify") -> None:
    """Expect the server to tell its user of a notification; records ``<name>.<field>`` for it."""
    event = await pair.server.event("notify", pair.device.name, check=name)
    event.expect(name=name, path=path)
    expect_told(event, name, notification, pair.server.context)


def judge_apart(pair: Pair, seconds: float, pmin: float) -> None:
    """Expect two notifications to be at least pmin apart; records ``second-change.seconds``."""
    ixit = pair.device.context.ixit
    pair.device.context.record.judge(
        "second-change.seconds",
        between(pmin - ixit.timing_tolerance, pmin + 3 * pair.patience),
        seconds,
        what="second notification, in seconds behind the first:",
    )


async def told_values(pair: Pair, notification: Answer, values: Mapping[str, object]) -> None:
    """Expect the server to tell its user these values of a composite notification."""
    event = await pair.server.event("notify", pair.device.name)
    expect_told_values(event, "event-notify", notification, values, pair.server.context)


async def sent(pair: Pair, wanted: Mapping[str, object]) -> Seen:
    """Have the device send what is at these paths, and expect these values; records ``send.received`` and
    ``send.values``.

    Send is off where Mute Send is true (LwM2M Core 1.1.1 §E.2), so that is taken back where it can be.

    Raises:
        CheckFailed: it sent nothing, or other values, or something that cannot be read.
    """
    if pair.server.context.ics["verb_write"]:
        await pair.write(pair.device.server_object / MUTE_SEND, False, name="unmute")
    after, context = pair.wire.last, pair.device.context
    await pair.device.asked("send", paths=list(wanted))
    arrival, seen = await pair.device.next(Send, after)
    message = arrival.message
    try:
        values: Mapping[str, object] = values_of(
            message.payload, message.content_format or 0, Path(), pair.type_of
        )
    except MalformedPayload as problem:
        values = {"unreadable": str(problem)}
    subject = Subject("send.values", seen.frame)
    context.record.judge("send.values", covering(wanted), values, subject=subject, what="Send with values")
    return seen


async def not_notified(pair: Pair, observed: Asked, after: int) -> None:
    """Expect that the device does not notify any more for its quiet time; records ``notification.absent``.

    Raises:
        CheckFailed: it did.
    """
    context = pair.device.context
    seconds = context.ixit.quiet_time
    seen = await pair.wire.first(lambda seen: _notifies(seen, observed), seconds, after)
    context.record.judge(
        "notification.absent",
        None,
        "notification" if seen else None,
        actual="a notification" if seen else "no notification",
        subject=Subject("notification", seen.frame if seen else None),
        what=f"no notification for {seconds:.1f} s, not",
    )


async def reset_by_server(pair: Pair, notification: Seen) -> None:
    """Expect the server to answer a notification by a Reset; records ``reset.received`` for the server.

    Raises:
        CheckFailed: it did not within the reaction time.
    """
    context = pair.server.context
    limit = context.ixit.reaction_time

    def resets(seen: Seen) -> bool:
        same = seen.message.mid == notification.message.mid
        return seen.passage.sender == "server" and seen.message.type.name == "RST" and same

    seen = await pair.wire.first(resets, limit, notification.frame)
    context.record.judge(
        "reset.received",
        "Reset",
        "Reset" if seen else None,
        actual="a Reset" if seen else f"no Reset to the notification in frame {notification.frame}",
        subject=Subject("message", seen.frame if seen else notification.frame),
        limit=limit,
    )
