"""Bootstrap-Read, which LwM2M 1.1 added (LwM2M Core 1.1.1 §6.1.7.4)."""

from conformance.formats import ContentFormat
from conformance.matching import code_class, covering, matches
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.content import Values
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Subject

BOOTSTRAP = ("bootstrap",)


@testcase(
    "BS-READ-01",
    verifies=["HLF-019", "HLF-010"],
    clause="LwM2M Core 1.1.1 §6.1.7.4; LwM2M Transport 1.1.1 §6.4.2",
    ets="int-8",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
@vary(level=["object", "instance"])
@vary(format=[ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
async def test_server_settings_are_read(device: Device, format: ContentFormat, level: str) -> None:
    """A Read of the Server Object or of its Instance gives what was written, or is refused."""
    device.need_format(format)
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    path = given.server if level == "instance" else given.server.parent
    answer = await device.bootstrap.read(path, format)
    answer.expect(code=CONTENT, tolerated={"code": code_class(4)})
    if answer.code == CONTENT:
        expected = {str(given.server / 0): given.ssid, str(given.server / 1): given.lifetime}
        answer.expect(format=format, values=covering(expected))
    else:
        answer.note("Transport names the Access Control Object alone as what a bootstrap server reads")
    (await device.bootstrap.finish()).require(code=CHANGED)


@testcase(
    "BS-READ-02",
    verifies=["HLF-019", "SEC-002"],
    clause="LwM2M Core 1.1.1 §6.1.7.4",
    ets="int-8",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
@vary(target=["security", "device"])
async def test_other_objects_are_not_read(device: Device, target: str) -> None:
    """A Read of another Object than Server and Access Control is answered by an error."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    path = given.security if target == "security" else (3, 0)
    answer = await device.bootstrap.read(path)
    answer.expect(code=matches(r"4\.0[01456]"), tolerated={"code": matches(r"[45]\.\d\d")})
    host, port = device.endpoint.local
    told = f"{host}:{port}".encode() in answer.payload
    subject = Subject("payload", answer.frame)
    device.context.record.judge("payload.uri", False, told, subject=subject, what="the server URI is told:")
    (await device.bootstrap.finish()).require(code=CHANGED)


@testcase(
    "BS-READ-03",
    verifies=["HLF-019", "HLF-031"],
    clause="LwM2M Core 1.1.1 §6.1.7.4",
    applies="device & bootstrap & access_control & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
@vary(level=["object", "instance"])
async def test_access_control_is_read(device: Device, level: str) -> None:
    """A Read of the Access Control Object or of its Instance gives the rights that were written."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    path = Path(2, 0)
    rights: dict[int, Values] = {0: given.server[0], 1: given.server[1], 2: {given.ssid: 15}, 3: given.ssid}
    (await device.bootstrap.write(path, rights)).require(code=CHANGED)
    answer = await device.bootstrap.read(path if level == "instance" else path.parent)
    expected = {str(path / 0): 1, str(path / 2 / given.ssid): 15, str(path / 3): given.ssid}
    answer.expect(code=CONTENT, values=covering(expected))
    (await device.bootstrap.finish()).require(code=CHANGED)
