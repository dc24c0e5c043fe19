"""A device that comes back to its server after it was out of reach."""

from conformance.messages import Register, Update
from conformance.roles.account import Account
from conformance.roles.arrival import Arrival
from conformance.verdicts import HarnessError, Subject


async def expect_back(account: Account, within: float | None = None) -> Arrival[Register] | Arrival[Update]:
    """Expect an Update to the registration, or a Register: that is for a device whose address changed
    meanwhile (LwM2M Transport 1.1.1 §6.4.3). Records ``update.received`` and, of an Update, its location.

    Raises:
        CheckFailed: neither came within the limit (seconds, default the reaction time).
    """
    seconds = within or account.context.ixit.reaction_time
    back = await account.back(seconds)
    account.context.record.judge(
        "update.received",
        True,
        back is not None,
        subject=Subject("operation", back.frame if back else None),
        what="an Update, or a Register, of the device that comes back:",
        limit=seconds,
    )
    if back is None:
        raise HarnessError("unreachable: a missing operation passed its check")
    if isinstance(back.message, Register):
        back.note("the SUT comes back with a new registration")
    else:
        back.expect(name="update", location=account.current.location)
    return back
