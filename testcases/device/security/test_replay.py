"""A record that comes again has no effect (RFC 6347 §4.1.2.6)."""

from conformance.coap.message import Code
from conformance.messages import Update
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.crafted import crafted
from conformance.roles.device import Device
from conformance.roles.preamble import KNOWN, known
from conformance.roles.sealed import expect_unanswered, put, recorded, write_message
from conformance.testcase import SECURITY, testcase, vary

CLAUSE = "RFC 6347 §4.1.2.6, RFC 7252 §4.5"
BEYOND_THE_WINDOW = 70
"""More records than the window has room for, which is 64 by default."""


@testcase(
    "SEC-REPLAY-01",
    verifies=["SEC-004"],
    clause=CLAUSE,
    applies="device & ixit.writable_integer",
    security=SECURITY,
    standing=True,
)
@vary(later=[0, 10, BEYOND_THE_WINDOW])
async def test_a_write_that_comes_again_has_no_effect(device: Device, later: int) -> None:
    """A recorded Write that is sent again, at once or after other records, does not change the value back."""
    path = await known(device)
    record = await recorded(device, write_message(device, path, 5), "write-recorded")
    (await device.write(path, KNOWN["integer"])).require(code=CHANGED)
    for _ in range(later):
        (await device.read(path)).require(code=CONTENT, value=KNOWN["integer"])
    frame = put(device, record)
    (await device.read(path)).expect(name="read-back", code=CONTENT, value=KNOWN["integer"])
    expect_unanswered(device, frame)


@testcase(
    "SEC-REPLAY-02",
    verifies=["SEC-004"],
    clause=CLAUSE,
    applies="device & execute & update_trigger",
    security=SECURITY,
    standing=True,
)
async def test_an_execute_that_comes_again_has_no_effect(device: Device) -> None:
    """A recorded Execute of the Registration Update Trigger that is sent again triggers nothing."""
    await device.registered()
    trigger = crafted(device, Code.POST, device.server_object / 8)
    record = await recorded(device, trigger, "execute-recorded")
    await device.next(Update, name="triggered")
    frame = put(device, record)
    await device.none(Update)
    expect_unanswered(device, frame)


@testcase(
    "SEC-REPLAY-03",
    verifies=["SEC-004"],
    clause="RFC 6347 §4.1, RFC 5246 §6.3",
    applies="device & ixit.writable_integer",
    security=SECURITY,
)
async def test_a_write_of_an_association_before_has_no_effect(device: Device) -> None:
    """A recorded Write of the association before this one does not change the value back."""
    path = await known(device)
    record = await recorded(device, write_message(device, path, 5), "write-recorded")
    await device.dtls.renewed()
    (await device.write(path, KNOWN["integer"])).require(code=CHANGED)
    frame = put(device, record)
    (await device.read(path)).expect(name="read-back", code=CONTENT, value=KNOWN["integer"])
    expect_unanswered(device, frame)
