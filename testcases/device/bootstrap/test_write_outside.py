"""A Bootstrap-Write whose payload names something outside of its target (LwM2M Core 1.1.1 §6.1.7.5)."""

from conformance.formats import ContentFormat
from conformance.matching import code_class, excluding
from conformance.messages import Path, Register
from conformance.messages.codes import CHANGED
from conformance.messages.content import payload_of
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, Subject

BOOTSTRAP = ("bootstrap",)


@testcase(
    "BS-WR-11",
    verifies=["HLF-019", "HLF-034"],
    clause="LwM2M Core 1.1.1 §6.1.7.5, §7.4; LwM2M Transport 1.1.1 §6.7",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(format=[ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
async def test_other_instance_is_not_written(device: Device, format: ContentFormat) -> None:
    """A Write of one Instance whose payload is another's creates none; it should be answered 4.00."""
    device.need_format(format)
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    other = Path(1, given.server[1] + 7)
    values = {other[1]: device.bootstrap.server_values(given.ssid + 1, given.lifetime + 1)}
    payload = payload_of(Path(1), values, format, device.context.type_of)
    written = await device.bootstrap.write(given.server, payload)
    written.expect(outcome="response")
    written.expect(code=code_class(4), level=Level.SHOULD)
    found = [str(path) for path in await device.bootstrap.instances(1)]
    subject = Subject("payload")
    device.context.record.judge("outside.absent", excluding(str(other)), found, subject=subject, what="/1")
    if written.code == CHANGED:
        await device.bootstrap.provision(given)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    register = await device.next(Register)
    register.expect(lifetime=given.lifetime)
