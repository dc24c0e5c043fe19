"""A capture of DTLS carries its secrets: tshark shows the CoAP in it, and no long-term key is in the file."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.coap import Code, Message, Option, OptionNumber, Type, encode
from conformance.evidence.recorder import ConversationRecorder
from conformance.transports import Address, DtlsTransport
from tests.dtls.modes import CBC, GCM, PSK, Mode, psk, raw_public_key, x509

TSHARK = shutil.which("tshark")
MESSAGE = encode(
    Message(Type.CON, Code.POST, 4711, b"\xa1\xb2", (Option.string(OptionNumber.URI_PATH, "rd"),), b"</3/0>")
)
MODES = {
    "psk-ccm-8": psk(),
    "psk-gcm": psk(GCM),
    "psk-cbc": psk(CBC),
    "psk-cbc-mac-then-encrypt": psk(CBC).both(encrypt_then_mac=False),
    "rpk": raw_public_key(),
    "x509": x509(),
    "psk-cid": Mode(replace(psk().client, cid=b"1"), replace(psk().server, cid=b"12")),
}


async def converse(modes: Iterable[Mode], folder: Path, tester: str) -> list[int]:
    """A message each way in each mode; the recorder sits at the `tester` end. Gives the servers' ports."""
    recorder = ConversationRecorder(folder, lambda _message, _direction: None)
    ports = []
    for mode in modes:
        ports.append(await one_conversation(mode, recorder, tester))
    recorder.close()
    return ports


async def one_conversation(mode: Mode, recorder: ConversationRecorder, tester: str) -> int:
    async def opened(end: str) -> DtlsTransport:
        return await DtlsTransport.open(
            recorder=recorder if end == tester else None,
            key_log=recorder.key_log if end == tester else None,
            random=secrets.token_bytes,
            server=mode.server if end == "server" else None,
        )

    def echo(data: bytes, remote: Address, _frame: int, _time: float) -> None:
        server.send(data, remote)

    server, device = await opened("server"), await opened("device")
    done = asyncio.Event()
    server.receiver = echo
    device.receiver = lambda _data, _remote, _frame, _time: done.set()
    await device.connect(server.local, mode.client, 10.0)
    device.send(MESSAGE, server.local)
    await asyncio.wait_for(done.wait(), 10.0)
    port = server.local[1]
    device.close()
    server.close()
    return port


@pytest.mark.skipif(
    TSHARK is None and not os.environ.get("REQUIRE_PEERS"),
    reason="tshark is not installed (apt-get install tshark)",
)
@pytest.mark.parametrize("tester", ["server", "device"])
def test_tshark_opens_a_capture_of_every_mode_decrypted(tmp_path: Path, tester: str) -> None:
    assert TSHARK, "tshark is not installed, and REQUIRE_PEERS=1 demands it"
    ports = asyncio.run(converse(MODES.values(), tmp_path, tester))
    command = [TSHARK, "-r", str(tmp_path / "capture.pcapng"), "-Y", "coap", "-T", "fields"]
    for field in ("udp.srcport", "udp.dstport", "coap.mid", "coap.opt.uri_path"):
        command += ["-e", field]
    for port in ports:
        command += ["-d", f"udp.port=={port},dtls", "-d", f"dtls.port=={port},coap"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in printed.splitlines()]
    assert all(row[2:] == ["4711", "rd"] for row in rows)
    for name, port in zip(MODES, ports, strict=True):
        shown = [row[:2].index(str(port)) for row in rows if str(port) in row[:2]]
        assert shown == [1, 0], f"{name}: a message to the server and one from it are due"
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"CLIENT_RANDOM" in content
    assert PSK.key not in content
    assert PSK.key.hex().encode() not in content
    assert MESSAGE not in content
