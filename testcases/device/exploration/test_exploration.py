"""Random conversations against a model of the device: what no script thought of."""

from functools import partial

from conformance.exploration import MANAGEMENT, REPORTING, Explorer, conversations, damaged, strange_requests
from conformance.formats import ContentFormat
from conformance.roles import Device
from conformance.testcase import testcase, vary

WRITABLE = (
    "(ixit.writable_integer | ixit.writable_string | ixit.writable_float | ixit.writable_boolean"
    " | ixit.writable_opaque | ixit.writable_time)"
)


@testcase(
    "EXP-OPS-01",
    verifies=["HLF-010", "HLF-020", "HLF-032", "HLF-033", "HLF-034", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3",
    applies=f"device & {WRITABLE}",
)
async def test_any_sequence_of_operations_leaves_what_was_written(device: Device) -> None:
    """Whatever the order of operations, each is answered as the device was told to be before."""
    explorer = Explorer(device, "EXP-OPS-01")
    await explorer.explore(partial(conversations, themes=MANAGEMENT))


@testcase(
    "EXP-OBS-01",
    verifies=["HLF-010", "HLF-017", "HLF-021", "HLF-028", "HLF-029"],
    clause="LwM2M Core 1.1.1 §6.4.2",
    applies=f"device & observe & {WRITABLE}",
)
async def test_any_sequence_of_observations_tells_every_change(device: Device) -> None:
    """Whatever was observed, cancelled and conditioned before, each change that is due is told."""
    explorer = Explorer(device, "EXP-OBS-01")
    await explorer.explore(partial(conversations, themes=REPORTING))


@testcase(
    "EXP-PAY-01",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies=f"device & {WRITABLE}",
)
@vary(
    format=[
        ContentFormat.TEXT,
        ContentFormat.CBOR,
        ContentFormat.TLV,
        ContentFormat.SENML_JSON,
        ContentFormat.SENML_CBOR,
        ContentFormat.LWM2M_JSON,
        ContentFormat.LWM2M_CBOR,
    ]
)
async def test_no_damaged_payload_changes_anything(device: Device, format: ContentFormat) -> None:
    """A payload damaged at random is answered, and unless it is accepted it changes nothing."""
    number = device.need_format(format)
    explorer = Explorer(device, "EXP-PAY-01", part=0.5)
    await explorer.explore(partial(damaged, type_of=device.context.type_of, content_format=number))


@testcase(
    "EXP-PATH-01",
    verifies=["HLF-020", "HLF-034"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies=f"device & {WRITABLE}",
)
async def test_requests_for_what_is_not_there_are_refused(device: Device) -> None:
    """Requests at random paths and with unknown options are refused with 4.xx or ignored as RFC 7252 says."""
    explorer = Explorer(device, "EXP-PATH-01", part=0.5)
    await explorer.explore(strange_requests)
