"""A download whose other end falls silent: Update Result 4, State Idle, and a new try (Core 1.1.1 §E.6)."""

from conformance.matching import differs, one_of
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.firmware import (
    COAP,
    CONNECTION_LOST,
    DOWNLOADED,
    DOWNLOADING,
    IDLE,
    INVALID_URI,
    ON_THE_WAY,
    RESULT,
    STATE,
    SUCCESS,
    Firmware,
)
from conformance.roles.package_server import PackageServer
from conformance.testcase import testcase
from conformance.transports.udp import UdpTransport

CLAUSE = "LwM2M Core 1.1.1 §E.6"
SILENCE = "device & blockwise & ixit.firmware_package & ixit.firmware_silence"
WAIT = 30.0


@testcase(
    "FW-LOST-01",
    verifies=["HLF-004", "MBMS-SW-1"],
    clause=CLAUSE,
    ets="int-775",
    applies=f"{SILENCE} & firmware_push",
    wait=WAIT,
)
async def test_push_that_stops_is_told(device: Device) -> None:
    """A push whose blocks stop, once it was told as Downloading, ends with State 0 and Result 4."""
    await device.registered()
    firmware = Firmware(device)
    earlier = (await device.read(RESULT)).value
    await firmware.begin_push()
    state = await device.read(STATE)
    if state.value == DOWNLOADING:
        await firmware.lost_within(device.ixit.firmware_silence)
        await firmware.expect(IDLE, CONNECTION_LOST)
    else:
        state.note("a push is not told as Downloading before it has arrived")
        await firmware.expect(IDLE, differs(SUCCESS), tolerated=earlier)
    await firmware.expect_nothing_to_install()
    await firmware.expect_arrives()


@testcase(
    "FW-LOST-02",
    verifies=["HLF-004", "MBMS-SW-1"],
    clause=CLAUSE,
    ets="int-775",
    applies=f"{SILENCE} & firmware_pull",
    wait=WAIT,
)
async def test_server_that_falls_silent_is_told(device: Device) -> None:
    """A CoAP server that falls silent after some blocks leads to State 0, Result 4; the next try succeeds."""
    await device.registered()
    firmware = Firmware(device)
    await firmware.need_protocol(COAP, "CoAP")
    server = PackageServer(device.server, {"package": firmware.package("firmware_package")})
    server.pause_after(2)
    (await firmware.name(server.uri("package"))).expect(name="first", code=CHANGED)
    await firmware.amid_fetch(server)
    await firmware.lost_within(device.ixit.firmware_silence)
    await firmware.expect(IDLE, CONNECTION_LOST, name="lost")
    await firmware.expect_nothing_to_install()
    server.go_on()
    (await firmware.name(server.uri("package"))).expect(name="second", code=CHANGED)
    await firmware.expect_after((*ON_THE_WAY, (IDLE, CONNECTION_LOST)), DOWNLOADED, 0)


@testcase("FW-LOST-03", verifies=["HLF-004"], clause=CLAUSE, applies=f"{SILENCE} & firmware_pull", wait=WAIT)
async def test_coap_server_that_is_away_is_told(device: Device) -> None:
    """A CoAP server that never answers leads to State 0, Result 4."""
    await device.registered()
    firmware = Firmware(device)
    await firmware.need_protocol(COAP, "CoAP")
    host = device.endpoint.local[0]
    silent = await UdpTransport.open((host, 0))
    try:
        shown = f"[{host}]" if ":" in host else host
        written = await firmware.name(f"coap://{shown}:{silent.local[1]}/package")
        written.expect(code=CHANGED)
        await firmware.lost_within(device.ixit.firmware_silence)
        await firmware.expect(IDLE, CONNECTION_LOST, tolerated=INVALID_URI)
    finally:
        silent.close()
    (await device.read(STATE)).expect(name="end", code=CONTENT, value=IDLE)


@testcase(
    "FW-LOST-04",
    verifies=["HLF-003"],
    clause=f"{CLAUSE}, RFC 7252 §4.2",
    applies="device & firmware_pull & blockwise & ixit.firmware_package",
    wait=5.0,
)
async def test_block_that_is_late_is_waited_for(device: Device) -> None:
    """While the server takes its time for a block, nothing is given up; then the package arrives."""
    await device.registered()
    firmware = Firmware(device)
    await firmware.need_protocol(COAP, "CoAP")
    server = PackageServer(device.server, {"package": firmware.package("firmware_package")})
    server.pause_after(1)
    (await firmware.name(server.uri("package"))).expect(code=CHANGED)
    await firmware.amid_fetch(server)
    await firmware.stays((DOWNLOADING, 0), device.ixit.quiet_time)
    await firmware.expect(one_of(IDLE, DOWNLOADING), 0, name="meanwhile")
    server.go_on()
    await firmware.expect_after(ON_THE_WAY, DOWNLOADED, 0)
