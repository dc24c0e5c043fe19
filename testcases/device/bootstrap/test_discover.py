"""Bootstrap-Discover (LwM2M Core 1.1.1 §6.1.7.3)."""

from conformance.formats import ContentFormat
from conformance.matching import ABSENT, containing, one_of, unordered
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT, NOT_FOUND
from conformance.roles import Device
from conformance.roles.tester_bootstrap_server import uri_of
from conformance.testcase import testcase
from conformance.verdicts import Level, Subject

BOOTSTRAP = ("bootstrap",)


@testcase(
    "BS-DISC-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.3; RFC 6690 §2",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
async def test_root_is_discovered(device: Device) -> None:
    """A Discover of the root is answered in link-format, with the enabler's version and every Object."""
    await device.bootstrap.requested()
    own = await device.bootstrap.own_account()
    answer = await device.bootstrap.discover()
    answer.expect(code=CONTENT, format=ContentFormat.LINK)
    answer.expect(targets=containing(str(own), "/3/0"))
    answer.expect(name="root", targets=containing("/"), level=Level.SHOULD)
    device.context.record.judge(
        "root.lwm2m",
        device.context.lwm2m,
        (answer.attributes("/").get("lwm2m") or "").strip('"'),
        subject=Subject("payload", answer.frame),
        what="the version of the enabler",
        level=Level.SHOULD,
    )
    await device.bootstrap.provision()
    (await device.bootstrap.finish()).require(code=CHANGED)


@testcase(
    "BS-DISC-02",
    verifies=["HLF-019", "OSR-001"],
    clause="LwM2M Core 1.1.1 §6.1.7.3, §5.1.2",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
async def test_accounts_are_told_apart(device: Device) -> None:
    """A Discover shows Short Server ID and URI of a server account, and no such ID for its own account."""
    await device.bootstrap.requested()
    own = await device.bootstrap.own_account()
    given = await device.bootstrap.provision()
    answer = await device.bootstrap.discover()
    answer.require(code=CONTENT)
    for name, path, expected, level in (
        ("security", given.security, str(given.ssid), Level.MUST),
        ("server", given.server, str(given.ssid), Level.MUST),
        ("bootstrap", own, ABSENT, Level.SHOULD),
    ):
        device.context.record.judge(
            f"{name}.ssid",
            expected,
            answer.attributes(str(path)).get("ssid"),
            subject=Subject("payload", answer.frame),
            what=f"ssid of {path}",
            level=level,
        )
    device.context.record.judge(
        "security.uri",
        uri_of(device.endpoint),
        answer.attributes(str(given.security)).get("uri"),
        subject=Subject("payload", answer.frame),
        what=f"uri of {given.security}",
        level=Level.SHOULD,
    )
    (await device.bootstrap.finish()).require(code=CHANGED)


@testcase(
    "BS-DISC-03",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.3",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
async def test_one_object_is_discovered(device: Device) -> None:
    """A Discover of the Server Object lists its Instances and those of no other Object."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    answer = await device.bootstrap.discover("/1")
    answer.expect(code=CONTENT, format=ContentFormat.LINK, targets=containing(str(given.server)))
    foreign = [target for target in answer.targets if target not in ("/", "/1", str(given.server))]
    device.context.record.judge(
        "discover.foreign", [], foreign, subject=Subject("payload", answer.frame), what="links of others"
    )
    (await device.bootstrap.finish()).require(code=CHANGED)


@testcase(
    "BS-DISC-04",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.3; LwM2M Transport 1.1.1 §6.7",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_unknown_object_is_not_discovered(device: Device) -> None:
    """A Discover of an Object that the device has not is answered 4.04, and the session goes on."""
    await device.bootstrap.requested()
    answer = await device.bootstrap.discover("/4242")
    answer.expect(code=NOT_FOUND, tolerated={"code": one_of(BAD_REQUEST, "4.05")})
    await device.bootstrap.provision()
    finished = await device.bootstrap.finish()
    finished.expect(name="afterwards", code=CHANGED)


@testcase(
    "BS-DISC-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.3",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
async def test_every_object_is_discovered(device: Device) -> None:
    """A Discover of the root shows every Instance that is registered later; one of an Object, the same."""
    await device.bootstrap.requested()
    await device.bootstrap.provision()
    root = await device.bootstrap.discover()
    root.require(code=CONTENT)
    shown = [target for target in root.targets if target.count("/") == 2]
    record = device.context.record
    for number in sorted({int(target.split("/")[1]) for target in shown}):
        answer = await device.bootstrap.discover((number,))
        answer.expect(name=f"object-{number}", code=CONTENT)
        found = [target for target in answer.targets if target.count("/") == 2]
        own = [target for target in shown if target.startswith(f"/{number}/")]
        subject = Subject("payload", answer.frame)
        record.judge(f"object-{number}.instances", unordered(*own), found, subject=subject, what="Instances")
    (await device.bootstrap.finish()).require(code=CHANGED)
    registered = [target for target in (await device.registered()).objects if target.count("/") == 2]
    subject = Subject("payload", root.frame)
    record.judge("root.instances", containing(*registered), shown, subject=subject, what="Instances")
