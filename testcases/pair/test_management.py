"""What the server's user asks of the device, and what the user learns (LwM2M Core 1.1.1 §6.3)."""

from typing import Any

from conformance.matching import PRESENT, close_to, equal
from conformance.messages import Path
from conformance.messages.codes import CHANGED, NOT_FOUND
from conformance.pair.pair import Pair
from conformance.testcase import NOSEC, testcase, vary

VALUES: dict[str, Any] = {"string": "LwM2M ü", "integer": 47, "float": 21.5, "boolean": False}


@testcase(
    "PAIR-READ-01",
    verifies=["HLF-010", "HLF-027", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    applies="device",
    partner="server & verb_read",
    security=[NOSEC, "psk"],
)
@vary(format=["own", "agreed"])
async def test_user_reads_what_the_device_says(pair: Pair, format: str) -> None:
    """The manufacturer that the server's user reads is the one that the device told, in a format of the
    server's choice and in one that both claim."""
    await pair.registered()
    read = await pair.read("/3/0/0", pair.need_agreed_format() if format == "agreed" else None)
    read.expect_value(PRESENT)


@testcase(
    "PAIR-READ-02",
    verifies=["HLF-010", "HLF-036"],
    clause="LwM2M Core 1.1.1 §6.3.1, LwM2M Transport 1.1.1 §6.7",
    applies="device",
    partner="server & verb_read",
    security=[NOSEC, "psk"],
)
async def test_user_learns_that_there_is_nothing(pair: Pair) -> None:
    """The 4.04 to a Read of an Instance that the device does not have reaches the server's user."""
    await pair.registered()
    read = await pair.read("/3/7/0")
    read.expect(NOT_FOUND)


@testcase(
    "PAIR-WRITE-01",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="device",
    partner="server & verb_read & verb_write",
    security=[NOSEC, "psk"],
)
@vary(kind=list(VALUES))
@vary(format=["own", "agreed"])
async def test_user_writes_and_reads_back(pair: Pair, kind: str, format: str) -> None:
    """A value that the server's user writes arrives as it is, and is read back."""
    path, value = pair.device.writable(kind), VALUES[kind]
    chosen = pair.need_agreed_format() if format == "agreed" else None
    await pair.registered()
    written = await pair.write(path, value, chosen)
    written.request.expect(name="write", value=close_to(value) if kind == "float" else equal(value))
    written.expect(CHANGED)
    read = await pair.read(path, chosen)
    read.expect_value(close_to(value) if kind == "float" else equal(value))


@testcase(
    "PAIR-EXE-01",
    verifies=["HLF-010", "HLF-032"],
    clause="LwM2M Core 1.1.1 §6.3.5",
    applies="device & execute & ixit.executable",
    partner="server & verb_read & verb_execute",
)
async def test_user_executes(pair: Pair) -> None:
    """An Execute of the server's user is carried out, and the user learns it."""
    await pair.registered()
    executed = await pair.execute(Path.of(pair.device.context.ixit.executable))
    executed.request.expect(name="execute", arguments="")
    executed.expect(CHANGED)


@testcase(
    "PAIR-DISC-01",
    verifies=["HLF-019", "HLF-027"],
    clause="LwM2M Core 1.1.1 §6.3.2",
    applies="device & discover",
    partner="server & verb_read & verb_discover",
)
async def test_user_discovers(pair: Pair) -> None:
    """The links of the Device Object that the device tells reach the server's user."""
    await pair.registered()
    discovered = await pair.discover("/3")
    discovered.expect_links()
