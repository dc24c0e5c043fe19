"""Notifications from the device of a pair to its server."""

from conformance.coap.exchange import Exchange
from conformance.messages import Path
from conformance.pair.asked import Asked, expect_told
from conformance.pair.pair import Pair
from conformance.pair.wire import Seen
from conformance.roles.answer import Answer
from conformance.verdicts import HarnessError, Subject


def _notifies(seen: Seen, observed: Asked) -> bool:
    """Whether a message is a response with the token of an observation, behind the answer to Observe."""
    return (
        seen.passage.sender == "device"
        and seen.message.is_response
        and seen.message.token == observed.seen.message.token
        and seen.frame > (observed.answer.frame or 0)
    )


async def notified(pair: Pair, observed: Asked, after: int) -> tuple[Answer, Seen]:
    """Expect the device to notify behind a frame; records ``notification.received``.

    Raises:
        CheckFailed: it did not within the reaction time.
    """
    context = pair.device.context
    limit = context.ixit.reaction_time
    seen = await pair.wire.first(lambda seen: _notifies(seen, observed), limit, after)
    if seen is None:
        pair.device.check_alive()
    context.record.judge(
        "notification.received",
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
    return Answer(context.record, "notification", path, exchange, pair.type_of, limit=limit), seen


async def told(pair: Pair, path: str, notification: Answer) -> None:
    """Expect the server to tell its user of a notification; records ``event-notify.<field>`` for it."""
    event = await pair.server.event("notify", pair.device.name)
    event.expect(path=path)
    expect_told(event, "event-notify", notification, pair.server.context)


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
