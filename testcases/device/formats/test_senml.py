"""SenML as a device writes it (RFC 8428, LwM2M Core 1.1.1 §7.4.4)."""

from collections.abc import Sequence

from conformance.formats import ContentFormat, ObjectLink
from conformance.matching import containing
from conformance.messages.codes import CONTENT
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Subject


def is_below(path: str, roots: Sequence[str]) -> bool:
    """Whether the path is one of these or below one of them.

    The Instances that Object Links name may be in the answer, too (LwM2M Core 1.1.1 §7.4.4).
    """
    return any(f"{path}/".startswith(f"{root}/".replace(":", "/")) for root in roots)


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
    linked = [f"/{link}" for link in (answer.values or {}).values() if isinstance(link, ObjectLink)]
    strays = [path for path in answer.paths if not is_below(path, [str(target), *linked])]
    subject = Subject("names", answer.frame)
    device.context.record.judge("senml.strays", [], strays, subject=subject, what="names elsewhere")
