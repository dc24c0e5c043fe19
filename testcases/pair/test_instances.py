"""Object Instances that the server's user changes, makes and removes (LwM2M Core 1.1.1 §6.3)."""

from conformance.formats import Value
from conformance.matching import PRESENT, between, matches
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, CREATED, DELETED, NOT_FOUND
from conformance.pair.pair import Pair
from conformance.testcase import testcase
from conformance.verdicts import Inconclusive, Level, NotApplicable, Subject

SAMPLES: dict[str, Value] = {"String": "pump 7", "Integer": 42, "Boolean": True, "Float": -2.5}
"""A value that fits any ordinary Resource of the type."""
HIGHEST_ID = 65_534


def writable(pair: Pair, path: Path) -> dict[int, Value]:
    """A value for each single Resource that can be written and read, by the Object definition.

    Those that an Instance cannot lack come first.

    Raises:
        NotApplicable: there are not two, or one of another kind cannot be lacking.
    """
    found = pair.device.context.model.object(path[0])
    items = [item for item in (found.resources.values() if found else ()) if {"R", "W"} <= item.operations]
    fit = [item for item in items if not item.multiple and item.type in SAMPLES]
    if len(fit) < 2 or any(item.mandatory for item in items if item not in fit):
        raise NotApplicable(f"the definition of Object {path[0]} has not two Resources that fit")
    return {item.id: SAMPLES[item.type] for item in sorted(fit, key=lambda item: not item.mandatory)}


async def held(pair: Pair, path: Path) -> dict[int, Value]:
    """Those of them that the Instance has: the preamble of what changes it."""
    chosen = writable(pair, path)
    read = await pair.read(path, name="before")
    read.answer.require(code=CONTENT, values=PRESENT)
    has = {number: value for number, value in chosen.items() if str(path / number) in read.answer.values}
    if len(has) < 2:
        raise NotApplicable(f"{path} has not two of the Resources {', '.join(map(str, chosen))}")
    return has


@testcase(
    "PAIR-WRITE-02",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="device & write_partial & ixit.writable_instance",
    partner="server & verb_read & verb_write",
)
async def test_user_updates_a_part_of_an_instance(pair: Pair) -> None:
    """What the user updates of an Instance changes, and what is not named stays."""
    await pair.registered()
    path = Path.of(pair.device.context.ixit.writable_instance)
    (kept, was), (changed, value), *_ = (await held(pair, path)).items()
    (await pair.write(path / kept, was, name="first-write")).expect(CHANGED)
    written = await pair.write(path, {changed: value}, mode="update")
    written.request.expect(name="write", mode="partial", values={str(path / changed): value})
    written.expect(CHANGED)
    (await pair.read(path / changed, name="read-changed")).expect_value(value)
    (await pair.read(path / kept, name="read-kept")).expect_value(was)


@testcase(
    "PAIR-WRITE-03",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="device & write_replace & ixit.writable_instance",
    partner="server & verb_read & verb_write",
)
async def test_user_replaces_an_instance(pair: Pair) -> None:
    """The Resources of an Instance that the user replaces arrive in one request, and are read back."""
    await pair.registered()
    path = Path.of(pair.device.context.ixit.writable_instance)
    values = await held(pair, path)
    written = await pair.write(path, values)
    named = {str(path / number): value for number, value in values.items()}
    written.request.expect(name="write", mode="replace", values=named)
    written.expect(CHANGED)
    for number, value in values.items():
        read = await pair.read(path / number, name=f"read-{number}")
        read.expect_value(value)


def values_of(pair: Pair) -> dict[int, Value]:
    """The values that a new Instance must be given."""
    return {int(number): value for number, value in pair.device.context.ixit.creatable_values.items()}


async def expect_held(pair: Pair, path: Path) -> None:
    """Expect to read what the new Instance was given."""
    for number, value in values_of(pair).items():
        (await pair.read(path / number, name=f"read-{number}")).expect_value(value)


async def created(pair: Pair) -> Path:
    """Have an Instance created and expect that both say which; gives its path."""
    ixit, values = pair.device.context.ixit, values_of(pair)
    made = await pair.create(ixit.creatable_object or 0, values)
    made.expect(CREATED)
    made.answer.expect(location=PRESENT, level=Level.SHOULD, clause="RFC 7252 §5.8.2")
    if made.answer.location is None:
        raise Inconclusive("the device does not tell which Instance it made, so nobody can ask for it")
    location = made.answer.location
    made.answer.expect(name="told", location=matches(rf"(/.+)?/{ixit.creatable_object}/\d+"))
    number = int(location.rpartition("/")[2])
    pair.device.context.record.judge(
        "create.instance",
        between(0, HIGHEST_ID),
        number,
        subject=Subject("create.location", made.answer.frame),
        what="answer to create with the Instance",
        clause="LwM2M Core 1.1.1 §7.3",
    )
    made.result.expect(name="create-result", location=matches(f"/?{location.strip('/')}"))
    path = Path(ixit.creatable_object or 0, number)
    await expect_held(pair, path)
    return path


@testcase(
    "PAIR-CRE-01",
    verifies=["HLF-010", "HLF-033"],
    clause="LwM2M Core 1.1.1 §6.3.6",
    applies="device & create & ixit.creatable_object & ixit.creatable_values",
    partner="server & verb_read & verb_create",
)
async def test_user_creates_an_instance(pair: Pair) -> None:
    """The user learns the id that the device gave to a new Instance, and reads there what was given to it."""
    await pair.registered()
    await created(pair)


@testcase(
    "PAIR-CRE-02",
    verifies=["HLF-010", "HLF-033"],
    clause="LwM2M Core 1.1.1 §6.3.6",
    applies="device & create & ixit.creatable_object & ixit.creatable_values",
    partner="server & verb_read & verb_create",
)
async def test_user_chooses_the_new_instance(pair: Pair) -> None:
    """An Instance that the user creates under an id of the user's choice is there, with its values."""
    await pair.registered()
    target = Path(pair.device.context.ixit.creatable_object or 0)
    free = next(number for number in range(HIGHEST_ID) if str(target / number) not in pair.device.instances)
    made = await pair.create(target[0], values_of(pair), free)
    given = {str(target / free / number): value for number, value in values_of(pair).items()}
    made.request.expect(name="create", values=given)
    made.expect(CREATED)
    await expect_held(pair, target / free)


@testcase(
    "PAIR-DEL-01",
    verifies=["HLF-010", "HLF-033"],
    clause="LwM2M Core 1.1.1 §6.3.7",
    applies="device & create & delete & ixit.creatable_object & ixit.creatable_values",
    partner="server & verb_read & verb_create & verb_delete",
)
async def test_user_deletes_an_instance(pair: Pair) -> None:
    """An Instance that the user deletes is gone, and the user learns both."""
    await pair.registered()
    path = await created(pair)
    (await pair.delete(path)).expect(DELETED)
    number = min(values_of(pair))
    gone = await pair.read(path / number, name="read-deleted")
    gone.expect(NOT_FOUND)
