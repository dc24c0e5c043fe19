"""SenML as a device writes it (RFC 8428, LwM2M Core 1.1.1 §7.4.4)."""

from conformance.formats import ContentFormat
from conformance.matching import containing
from conformance.messages.codes import CONTENT
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Subject


@testcase(
    "FMT-SENML-01",
    verifies=["HLF-014", "HLF-020"],
    clause="RFC 8428 §4.5.1",
    ets="int-231",
    applies="device",
)
@vary(format=[ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
@vary(level=["instance", "resource"])
async def test_names_are_full_paths_below_the_one_asked_for(
    device: Device, format: ContentFormat, level: str
):
    """Base name and name of each record make the path of a Resource at or below the path of the request."""
    device.need_format(format)
    await device.registered()
    lifetime = device.server_object / 1
    target = lifetime if level == "resource" else lifetime.parent
    answer = await device.read(target, format)
    answer.expect(code=CONTENT, format=format, resources=containing(str(lifetime)))
    strays = [path for path in answer.paths if not f"{path}/".startswith(f"{target}/")]
    subject = Subject("names", answer.frame)
    device.context.record.judge("senml.strays", [], strays, subject=subject, what="names elsewhere")
