"""A device that sleeps, and a server that waits for it (LwM2M Transport 1.1.1 §6.5)."""

from conformance.matching import PRESENT
from conformance.messages import Update
from conformance.pair.pair import Pair
from conformance.roles.user_side import RESPONSE
from conformance.testcase import testcase
from conformance.verdicts import Inconclusive

MANUFACTURER = "/3/0/0"


@testcase(
    "PAIR-QUE-01",
    verifies=["GISFI-4.2", "HLF-036"],
    clause="LwM2M Transport 1.1.1 §6.5",
    ets="int-109",
    applies="device & queue_mode",
    partner="server & verb_read",
    launch_options=("queue",),
    sleeps=1,
)
async def test_request_waits_until_the_device_is_awake(pair: Pair) -> None:
    """What the user asks of a device that sleeps is not sent before its Update, and answered after it.

    Where the queue is kept is left open: a server that refuses its user meanwhile is asked again.
    """
    if not (await pair.registered()).queue_mode:
        raise Inconclusive("preamble: the device did not register in queue mode")
    if pair.device.context.lwm2m != pair.server.context.lwm2m:
        raise Inconclusive("no version in common, and each says in another way that a device sleeps")
    await pair.asleep()
    chosen = pair.agreed_format()
    reading, after = pair.begin_read(MANUFACTURER, chosen)
    await pair.nothing_asked(after)
    refused = reading.done() and reading.result().outcome != RESPONSE
    if refused:
        reading.result().note(f"the user is told at once: {reading.result().outcome}")
    pair.device.begin(pair.device.verb("update"))
    update, request = await pair.device.next(Update, after)
    await pair.updated(update.message, request)
    if refused:
        reading, after = pair.begin_read(MANUFACTURER, chosen)
    (await pair.brought(reading, after, MANUFACTURER)).expect_value(PRESENT)
