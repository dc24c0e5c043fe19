"""Resources that a device need not have: read where they have a value, judged value by value."""

from conformance.formats import Value
from conformance.messages import Path
from conformance.messages.codes import CONTENT, NOT_FOUND
from conformance.roles.answer import Answer
from conformance.roles.device import Device, PathLike
from conformance.sut.adapter import VerbFailedError
from conformance.verdicts import NotApplicable, Subject


async def read_optional(device: Device, path: PathLike) -> Answer:
    """Read a Resource that the device may do without.

    Raises:
        NotApplicable: it is not there, or has no value.
        CheckFailed: it is there and cannot be read.
    """
    answer = await device.read(path)
    if answer.code == NOT_FOUND:
        raise NotApplicable(f"the SUT has no value at {Path.of(path)}")
    answer.expect(name=f"read{str(Path.of(path)).replace('/', '-')}", code=CONTENT)
    return answer


def need_value(answer: Answer) -> None:
    """Raise NotApplicable for a multiple Resource without any Instance at present."""
    if not answer.entries:
        raise NotApplicable(f"the SUT has no Instance of {answer.path}")


def expect_each(device: Device, answer: Answer, expectation: object, name: str) -> None:
    """Judge that a Resource holds a value and every value is as expected.

    Records ``<name>.count`` and a check ``<name>-<Resource Instance ID>`` for each.
    """
    values = [(entry.path, entry.value) for entry in answer.entries if entry.value is not None]
    record = device.context.record
    record.judge(f"{name}.count", True, bool(values), subject=Subject("values", answer.frame), what="a value")
    for path, value in values:
        identifier = path[3] if len(path) > 3 else 0
        subject = Subject(f"value of {Path(*path)}", answer.frame)
        record.judge(f"{name}-{identifier}", expectation, value, subject=subject, what=name)


async def bring_about(device: Device, path: PathLike, value: Value) -> None:
    """Let the adapter give the device a value, as a sensor or a modem would.

    Raises:
        NotApplicable: the adapter has no verb ``set``, or does not let this Resource change.
    """
    target = str(Path.of(path))
    try:
        await device.trigger("set", path=target, value=value)
    except VerbFailedError as problem:
        raise NotApplicable(f"the adapter does not let {target} change: {problem}") from None


def instances_of(device: Device, object_id: int) -> list[Path]:
    """The Instances of an Object that the device announced."""
    paths = (Path.of(target) for target in device.current.objects)
    return [path for path in paths if len(path) == 2 and path[0] == object_id]
