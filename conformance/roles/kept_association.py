"""Whether a device goes on with an association after something that it was to ignore."""

from conformance.messages import Register
from conformance.messages.codes import CONTENT
from conformance.roles.device import Device
from conformance.roles.other_server import started_anew
from conformance.verdicts import Level, Subject


async def expect_association_kept(device: Device) -> None:
    """The device answers over its association still; records ``association.kept``, at the level SHOULD
    (RFC 6347 §4.1.2.7). One that does not is brought back.

    Raises:
        CheckFailed: it does not come back, not even when it is started anew.
    """
    answer = await device.read(device.server_object / 1)
    kept = answer.code == CONTENT
    device.context.record.judge(
        "association.kept",
        "goes on",
        "goes on" if kept else "ended",
        what="the association",
        subject=Subject("answer", answer.frame),
        level=Level.SHOULD,
    )
    if kept:
        return
    await device.trigger("update")
    if await device.back() is None:
        await started_anew(device)
        await device.next(Register, device.ixit.restart_time)
