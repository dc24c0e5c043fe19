"""A registration that runs out, since nothing passes between the two (LwM2M Core 1.1.1 §6.2, §6.2.2)."""

from conformance.clock import now
from conformance.matching import between, differs, unordered
from conformance.messages import Register, Update
from conformance.messages.codes import BAD_REQUEST, NOT_FOUND
from conformance.pair.pair import Pair
from conformance.testcase import testcase
from conformance.verdicts import NotApplicable

SHORT = 6
"""Seconds of a lifetime that nearly every device and server works with."""
PARTNER = "server & verb_read & event_expired"
BACK = 15.0
"""Seconds in which a device that repeats a lost Update less and less often is heard again."""


def need_short_lifetime(pair: Pair) -> None:
    """Say that the case needs a lifetime that is over soon.

    Raises:
        NotApplicable: one of the two does not work with it.
    """
    for side, context in (("device", pair.device.context), ("server", pair.server.context)):
        if (shortest := context.ixit.shortest_lifetime) > SHORT:
            raise NotApplicable(f"the {side} needs a lifetime of {shortest:.0f} s, the case takes {SHORT} s")


@testcase(
    "PAIR-EXP-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2",
    applies="device",
    partner=PARTNER,
    launch={"lifetime": str(SHORT)},
    wait=10.0,
    final_control=False,
)
async def test_user_learns_that_the_device_is_gone(pair: Pair) -> None:
    """When nothing was heard of the device for its lifetime, the user learns it, and nothing is sent."""
    need_short_lifetime(pair)
    register, request = await pair.device.next(Register)
    register.expect(lifetime=SHORT)
    pair.accepted(await pair.answered(request, "register"))
    await pair.settled()
    await pair.known()
    await pair.control()
    context, name = pair.server.context, pair.device.name
    with pair.out_of_reach():
        await pair.server.event("expired", name, within=SHORT + context.ixit.reaction_time)
        silence = now() - pair.device.heard_at
        context.record.judge(
            "event-expired.seconds",
            between(SHORT - context.ixit.timing_tolerance, 2 * SHORT + pair.patience),
            silence,
            what="event expired, in seconds behind the last Register or Update:",
            source="live",
        )
        after = pair.wire.last
        refused = await pair.server.read(name, "/3/0/0")
        refused.expect(name="read-result", outcome=differs("response"))
        await pair.nothing_asked(after)


@testcase(
    "PAIR-EXP-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2, §6.2.2",
    applies="device",
    partner=PARTNER,
    launch={"lifetime": str(SHORT)},
    wait=25.0,
)
async def test_device_whose_registration_ran_out_comes_back(pair: Pair) -> None:
    """A device whose registration ran out is told so when it is heard again, and registers anew."""
    need_short_lifetime(pair)
    before = await pair.registered()
    with pair.out_of_reach():
        await pair.lapsed(SHORT)
    after = pair.wire.last
    pair.device.begin(pair.device.verb("update"))
    came = await pair.device.back(after, pair.device.context.ixit.reaction_time + BACK)
    if came is not None and isinstance(came[0], Update):
        answer = await pair.answered(came[1], "update")
        answer.expect(code=NOT_FOUND, tolerated={"code": BAD_REQUEST})
        after = came[1].frame
    again, request = await pair.device.next(Register, after)
    again.expect(endpoint=before.endpoint, lifetime=SHORT, objects=unordered(*before.objects))
    pair.accepted(await pair.answered(request, "register"))
    await pair.settled()
    await pair.known()
