"""How a Write is judged that a device has to refuse."""

from conformance.matching import code_class
from conformance.messages.codes import BAD_REQUEST
from conformance.roles.answer import Answer
from conformance.roles.device import Device
from conformance.verdicts import Level


def of_type(device: Device) -> Level:
    """How strongly a value has to be checked against its type: only LwM2M 1.0 has no MUST for it."""
    return Level.SHOULD if device.current.version == "1.0" else Level.MUST


def expect_refused(written: Answer, level: Level) -> None:
    """The Write is answered, and the answer is an error; records the checks of its outcome and code.

    Raises:
        CheckFailed: it was not answered, or at the level MUST it was not refused.
    """
    written.expect(outcome="response")
    written.expect(code=BAD_REQUEST, tolerated={"code": code_class(4)}, level=level)
