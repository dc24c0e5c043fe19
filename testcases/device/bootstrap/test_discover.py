"""Bootstrap-Discover (LwM2M Core 1.1.1 §6.1.7.3)."""

from conformance.formats import ContentFormat
from conformance.matching import ABSENT, containing, one_of, unordered
from conformance.messages import Path
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT, NOT_FOUND
from conformance.roles import Answer, Device
from conformance.roles.tester_bootstrap_server import uri_of
from conformance.testcase import testcase
from conformance.verdicts import Level, Subject

BOOTSTRAP = ("bootstrap",)
ACCESS_CONTROL = "/2/"
"""Instances of this Object a device makes by itself, also when the bootstrap is over (Core 1.1.1 §8.1.2)."""


def targets_of(answer: Answer) -> list[str]:
    """What is listed, without the slash at the end that the examples of §6.1.7.3 have here and there."""
    return [target.rstrip("/") or "/" for target in answer.targets]


def attribute(answer: Answer, path: Path, name: str) -> str | None:
    """An attribute of what is listed, with or without such a slash."""
    return (answer.attributes(str(path)) or answer.attributes(f"{path}/")).get(name)


def judge_listed(device: Device, answer: Answer, *paths: Path) -> None:
    """Check that the answer lists these paths."""
    device.context.record.judge(
        "bootstrap-discover.targets",
        containing(*(str(path) for path in paths)),
        targets_of(answer),
        subject=Subject("payload", answer.frame),
        what="Discover lists",
    )


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
    judge_listed(device, answer, own, Path(3, 0))
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
            attribute(answer, path, "ssid"),
            subject=Subject("payload", answer.frame),
            what=f"ssid of {path}",
            level=level,
        )
    device.context.record.judge(
        "security.uri",
        uri_of(device.endpoint),
        attribute(answer, given.security, "uri"),
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
    answer.expect(code=CONTENT, format=ContentFormat.LINK)
    judge_listed(device, answer, given.server)
    foreign = [item for item in targets_of(answer) if item not in ("/", "/1") and not item.startswith("/1/")]
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
    shown = [target for target in targets_of(root) if target.count("/") == 2]
    record = device.context.record
    for number in sorted({int(target.split("/")[1]) for target in shown}):
        answer = await device.bootstrap.discover((number,))
        answer.expect(name=f"object-{number}", code=CONTENT)
        found = [target for target in targets_of(answer) if target.count("/") == 2]
        own = [target for target in shown if target.startswith(f"/{number}/")]
        subject = Subject("payload", answer.frame)
        record.judge(f"object-{number}.instances", unordered(*own), found, subject=subject, what="Instances")
    (await device.bootstrap.finish()).require(code=CHANGED)
    announced = (await device.registered()).objects
    registered = [item for item in announced if item.count("/") == 2 and not item.startswith(ACCESS_CONTROL)]
    subject = Subject("payload", root.frame)
    record.judge("root.instances", containing(*registered), shown, subject=subject, what="Instances")
