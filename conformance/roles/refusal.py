"""How a Write is judged that a device has to refuse."""

from collections.abc import Callable
from typing import NamedTuple

from conformance.formats import ContentFormat
from conformance.matching import code_class
from conformance.messages import Path
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT
from conformance.messages.management import Payload
from conformance.roles.answer import Answer
from conformance.roles.device import Device
from conformance.roles.preamble import KNOWN, known
from conformance.verdicts import Level


def of_type(device: Device) -> Level:
    """How strongly a value has to be checked against its type: only LwM2M 1.0 has no MUST for it."""
    return Level.SHOULD if device.current.version == "1.0" else Level.MUST


def expect_refused(written: Answer, level: Level, *, name: str | None = None) -> None:
    """The Write is answered, and the answer is an error; records the checks of its outcome and code.

    A 5.xx is a warning: it refuses, too, and no text forbids it where a 4.xx would do (LwM2M Transport
    1.1.1 §6.7 demands a 5.xx where none does).

    Raises:
        CheckFailed: it was not answered, or at the level MUST it was not refused.
    """
    written.expect(name=name, outcome="response")
    level = Level.SHOULD if _is_server_error(written) else level
    written.expect(name=name, code=BAD_REQUEST, tolerated={"code": code_class(4)}, level=level)


def expect_taken_or_refused(written: Answer, *, name: str | None = None) -> None:
    """The Write is done, or refused because the device may do so; a 5.xx is a warning as in `expect_refused`.

    Raises:
        CheckFailed: it was not answered, or neither with 2.04 nor with an error.
    """
    level = Level.SHOULD if _is_server_error(written) else Level.MUST
    written.expect(name=name, code=CHANGED, tolerated={"code": code_class(4)}, level=level)


def _is_server_error(written: Answer) -> bool:
    return written.code is not None and written.code.startswith("5.")


async def expect_unwritten(
    device: Device, kind: str, path: Path, payload: Payload, level: Level, *, name: str = ""
) -> None:
    """A Write on a Resource that `preamble.known` prepared is refused, and a Read gives the known value.

    What it reads is not judged where a lenient device did the Write, against no more than a SHOULD. `name`
    tells the Writes of one case apart.

    Raises:
        CheckFailed: it was not answered, was done against a MUST, or changed the value nevertheless.
    """
    written = await device.write(path, payload)
    expect_refused(written, level, name=f"write-{name}" if name else None)
    if written.code != CHANGED:
        answer = await device.read(path)
        answer.expect(name=f"read-back-{name}" if name else "read-back", code=CONTENT, value=KNOWN[kind])


class Fault(NamedTuple):
    """A payload with one fault for the Resource of a kind (``integer`` …), as octets by path.

    `level` is how strongly the payload has to be refused; None for a value of a wrong type, see `of_type`.
    """

    kind: str
    octets: Callable[[Path], bytes]
    level: Level | None = None


async def expect_fault_refused(device: Device, fault: Fault, format: ContentFormat) -> None:
    """A Write with the fault is refused, and the Resource keeps the value that it was given before.

    Raises:
        NotApplicable: the profile names no such Resource, or the SUT does not take the format.
        Inconclusive: the device did not register, or refused the Write of the value before.
        CheckFailed: as `expect_unwritten`.
    """
    device.need_format(format)
    path = await known(device, fault.kind)
    level = of_type(device) if fault.level is None else fault.level
    await expect_unwritten(device, fault.kind, path, Payload(fault.octets(path), format), level)
