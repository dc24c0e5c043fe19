"""Partial Update by iPATCH on an Object Instance (LwM2M Core 1.1.1 §6.3.3)."""

from conformance.coap.codes import Code
from conformance.matching import code_class
from conformance.messages import Path
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT, NOT_FOUND
from conformance.messages.content import payload_of
from conformance.messages.management import Payload
from conformance.roles import Answer, Device
from conformance.roles.crafted import crafted, sent
from conformance.roles.preamble import known
from conformance.testcase import testcase

APPLIES = "device & lwm2m >= 1.1 & ipatch_partial & ixit.writable_integer & ixit.writable_string"
CLAUSE = "LwM2M Core 1.1.1 §6.3.3"
NO_INSTANCE = 60_000


async def patch(device: Device, instance: Path, payload: Payload) -> Answer:
    """An iPATCH on an Instance."""
    message = crafted(
        device, Code.IPATCH, instance, payload=payload.data, content_format=payload.content_format
    )
    return await sent(device, message, "patch", instance)


def payload_for(device: Device, instance: Path, resource: int, value: int) -> Payload:
    """One Integer, in a format for several values."""
    number = device.format_for(instance, structured=True)
    return payload_of(instance, {resource: value}, number, device.context.type_of)


@testcase("DM-PATCH-01", verifies=["HLF-010", "HLF-034"], clause=CLAUSE, applies=APPLIES)
async def test_patch_changes_what_it_names(device: Device) -> None:
    """An iPATCH on an Instance changes the Resource that it names and leaves the others."""
    path, other = await known(device), device.writable("string")
    (await device.write(other, "kept")).require(code=CHANGED)
    answer = await patch(device, path.parent, payload_for(device, path.parent, path[2], 43))
    answer.expect(code=CHANGED)
    (await device.read(path)).expect(name="changed", code=CONTENT, value=43)
    (await device.read(other)).expect(name="kept", code=CONTENT, value="kept")


@testcase("DM-PATCH-02", verifies=["HLF-010", "HLF-036"], clause=CLAUSE, applies=APPLIES)
async def test_patch_of_a_missing_instance_is_refused(device: Device) -> None:
    """An iPATCH on an Instance that is not there is answered 4.04 and makes none."""
    path = await known(device)
    nowhere = Path(path[0], NO_INSTANCE)
    answer = await patch(device, nowhere, payload_for(device, nowhere, path[2], 43))
    answer.expect(code=NOT_FOUND)
    (await device.read(nowhere)).expect(name="after", code=NOT_FOUND)


@testcase("DM-PATCH-03", verifies=["HLF-010", "HLF-036"], clause=CLAUSE, applies=APPLIES)
async def test_patch_with_a_malformed_payload_changes_nothing(device: Device) -> None:
    """An iPATCH whose payload breaks off is answered 4.00 and changes nothing."""
    path = await known(device)
    whole = payload_for(device, path.parent, path[2], 43)
    broken = Payload(whole.data[:-1], whole.content_format)
    answer = await patch(device, path.parent, broken)
    answer.expect(code=BAD_REQUEST, tolerated={"code": code_class(4)})
    (await device.read(path)).expect(name="after", code=CONTENT, value=42)
