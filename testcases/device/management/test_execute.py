"""Execute: starting what a Resource stands for, refusing what cannot be started (Core 1.1.1 §6.3.5)."""

from conformance.matching import code_class, one_of
from conformance.messages import Path, Register, Update
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT, METHOD_NOT_ALLOWED, NOT_FOUND
from conformance.messages.management import Execute
from conformance.roles import Device
from conformance.roles.expectation import UnreadableError
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

CLAUSE = "LwM2M Core 1.1.1 §6.3.5"
CODES = "LwM2M Transport 1.1.1 §6.7"
ERROR_CODE, RESET_ERROR_CODE = Path(3, 0, 11), Path(3, 0, 12)
UNUSED_ID = 42424


@testcase("DM-EXEC-01", verifies=["HLF-034", "HLF-036"], clause=CODES, applies="device & ixit.executable")
async def test_executable_resource_is_executed(device: Device):
    """An executable Resource is executed without arguments."""
    await device.registered()
    answer = await device.execute(device.ixit.executable)
    answer.expect(code=CHANGED)


@testcase(
    "DM-EXEC-02", verifies=["HLF-034"], clause=CLAUSE, applies="device & ixit.executable_with_arguments"
)
async def test_execute_takes_an_argument(device: Device):
    """An Execute with an argument that the Resource knows is carried out."""
    await device.registered()
    answer = await device.execute(device.ixit.executable_with_arguments, "0='1'")
    answer.expect(code=CHANGED)


@testcase(
    "DM-EXEC-03", verifies=["HLF-034"], clause=CLAUSE, applies="device & ixit.executable_with_arguments"
)
@vary(arguments=["0", "0='x'", "9=''", "0='1',1,2='y'", "2='10.3'", "0,1,2,3,4,5,6,7,8,9"])
async def test_arguments_arrive_as_they_were_sent(device: Device, arguments: str):
    """Every list of arguments that the grammar knows reaches the Resource, as the Test Object shows."""
    await device.registered()
    target = Path.of(device.ixit.executable_with_arguments)
    if target[0] != 3442 or target[2] != 3:
        raise NotApplicable("only /3442/x/3 of the LwM2M Test Object shows the arguments that it was given")
    answer = await device.execute(target, arguments)
    answer.expect(code=CHANGED)
    shown = await device.read(target.parent / 4)
    sent = dict(argument.partition("=")[::2] for argument in arguments.split(","))
    shown.expect(
        code=CONTENT,
        values={str(target.parent / 4 / int(key)): text.strip("'") for key, text in sent.items()},
    )


@testcase("DM-EXEC-04", verifies=["HLF-034"], clause=CODES, applies="device & ixit.executable_with_arguments")
@vary(arguments=["10", "a", "0=x", "0='x", "0,,1", "0,", "0='a'b'", "0='1'1"])
async def test_malformed_arguments_are_refused(device: Device, arguments: str):
    """Arguments that are not of the grammar are answered 4.00."""
    await device.registered()
    await device.control()
    answer = await device.execute(device.ixit.executable_with_arguments, arguments)
    answer.expect(code=BAD_REQUEST, level=Level.SHOULD)


@testcase(
    "DM-EXEC-05",
    verifies=["HLF-032"],
    clause=CLAUSE,
    applies="device & ixit.read_only & ixit.writable_integer",
)
@vary(resource=["read_only", "writable_integer"])
async def test_resource_that_is_not_executable_is_refused(device: Device, resource: str):
    """Execute of a Resource that does not support it is answered 4.05 and changes nothing."""
    await device.registered()
    target = Path.of(getattr(device.ixit, resource))
    before = await device.read(target)
    before.require(code=CONTENT)
    answer = await device.execute(target)
    answer.expect(code=METHOD_NOT_ALLOWED)
    after = await device.read(target)
    after.expect(code=CONTENT)
    if resource == "writable_integer":
        after.expect(value=before.value)
    elif after.payload != before.payload:
        after.note("the value is another one now, as that of a sensor may be")


@testcase("DM-EXEC-06", verifies=["HLF-032"], clause=CLAUSE, applies="device & ixit.executable")
async def test_instance_is_not_executed(device: Device):
    """Execute of an Object Instance is an error."""
    await device.registered()
    await device.control()
    answer = await device.perform(Execute(Path.of(device.ixit.executable).parent, "0"))
    answer.expect(code=code_class(4), tolerated={"code": code_class(5)})


@testcase(
    "DM-EXEC-07",
    verifies=["HLF-032"],
    clause=CLAUSE,
    applies="device & lwm2m >= 1.1 & ixit.writable_multiple",
)
@vary(instance=["existing", "unknown"])
async def test_resource_instance_is_not_executed(device: Device, instance: str):
    """Execute of a Resource Instance is an error."""
    await device.registered()
    array = Path.of(device.ixit.writable_multiple)
    held = await device.read(array)
    held.require(code=CONTENT)
    below = [entry.path[3] for entry in held.entries if len(entry.path) == 4]
    answer = await device.execute(array / (below[0] if below and instance == "existing" else UNUSED_ID))
    answer.expect(code=code_class(4), tolerated={"code": code_class(5)})
    again = await device.read(array)
    again.expect(name="read-back", code=CONTENT, values=held.values)


@testcase("DM-EXEC-08", verifies=["HLF-020", "HLF-036"], clause=CODES, applies="device & ixit.executable")
@vary(unknown=["object", "instance", "resource"])
async def test_unknown_target_is_not_found(device: Device, unknown: str):
    """Execute of something that does not exist is answered 4.04."""
    await device.registered()
    await device.control()
    target = list(Path.of(device.ixit.executable))
    target[["object", "instance", "resource"].index(unknown)] = UNUSED_ID
    answer = await device.execute(tuple(target))
    answer.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})


@testcase(
    "DM-EXEC-09",
    verifies=["HLF-007"],
    clause=CLAUSE,
    ets="int-241",
    applies="device & ixit.reboot",
    fresh=True,
)
async def test_reboot_is_done_and_the_device_comes_back(device: Device):
    """A device that is told to reboot says so and can be reached again."""
    await device.registered()
    await device.server.next((Register,), 0.01)
    answer = await device.execute(device.ixit.reboot)
    if answer.answered:
        answer.expect(code=CHANGED)
    else:
        answer.note("the reboot came before the answer to the Execute", ambiguity="Q19")
    limit = device.ixit.restart_time
    back = await device.server.next((Register, Update), limit)
    sign, frame = "Register or Update", back[1].frame if back else None
    if back is None:
        device.context.record.note(
            "neither Register nor Update after the reboot: the registration outlives it"
        )
        kept = await device.read(device.server_object / 1)
        sign, frame = kept.outcome, kept.frame
    device.context.record.judge(
        "reboot.return",
        one_of("Register or Update", "response"),
        sign,
        subject=Subject("operation", frame),
        limit=limit,
    )


@testcase(
    "DM-EXEC-10",
    verifies=["HLF-006"],
    clause="LwM2M Core 1.1.1 §E.4",
    applies="device & object(3)",
    fresh=True,
)
async def test_error_code_has_a_value_from_the_start(device: Device):
    """Error Code /3/0/11 can be read after the start; what it holds then is noted."""
    await device.registered()
    await _expect_error_code(device, "error-code")


@testcase(
    "DM-EXEC-11",
    verifies=["HLF-006"],
    clause="LwM2M Core 1.1.1 §E.4",
    applies="device & discover & object(3)",
)
async def test_reset_error_code_leaves_a_value(device: Device):
    """Reset Error Code /3/0/12 is carried out, and Error Code can be read after it."""
    await device.registered()
    resources = await device.discover("/3/0")
    resources.require(code=CONTENT)
    if str(RESET_ERROR_CODE) not in resources.targets:
        raise NotApplicable("the SUT does not list the optional Resource /3/0/12")
    answer = await device.execute(RESET_ERROR_CODE)
    answer.expect(code=CHANGED)
    await _expect_error_code(device, "error-code-after-reset")


async def _expect_error_code(device: Device, name: str) -> None:
    answer = await device.read(ERROR_CODE)
    answer.expect(name=name, code=CONTENT)
    try:
        codes = [entry.value for entry in answer.entries if entry.value is not None]
    except UnreadableError as problem:
        codes = []
        answer.note(str(problem))
    if codes != [0]:
        answer.note(
            f"the error codes are {codes}, not the single 0 of a device without error", ambiguity="Q14"
        )
