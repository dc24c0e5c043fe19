"""Devices that run already, with credentials of their own, are tested in their mode throughout."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from conformance.dtls.credentials import RawPublicKey
from conformance.security.issuing import Authority, drawn_key, private_der
from tests.free_port import free_port
from tests.run.conftest import Workplace

ROOT = Path(__file__).parents[2]
NAME = "urn:example:meter-1"
CASES = ("security/test_authentication.py", "management/test_discover.py")
WANTED = "SEC-AUTH-01 or DM-DISC-01"


@contextmanager
def devices(*lines: list[str]) -> Iterator[None]:
    """Reference devices with these arguments, in one process."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'fixtures'}:{ROOT}"}
    program = [sys.executable, str(Path(__file__).with_name("attached_devices.py"))]
    with subprocess.Popen([*program, *map(json.dumps, lines)], env=environment, stdin=subprocess.PIPE) as one:
        yield
        assert one.poll() is None
        assert one.stdin is not None
        one.stdin.close()
        assert one.wait(10) == 0


def profile(folder: Path, mode: str, port: int, ixit: Mapping[str, str]) -> Path:
    given = {"endpoint": NAME, "tester": f"127.0.0.1:{port}", **ixit}
    claim = "oscore" if mode == "oscore" else f"dtls_{mode}"
    file = folder / f"{mode}.toml"
    file.write_text(
        f'[sut]\nname = "{mode}"\nrole = "device"\nlwm2m = ["1.1"]\n[adapter]\nkind = "attach"\n'
        f"[ics]\n{claim} = true\n[ixit]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in given.items()),
        encoding="utf-8",
    )
    return file


def test_a_device_that_runs_already_is_tested_in_its_mode(place: Workplace) -> None:
    folder, authority = place.folder, Authority(random.Random(3))
    ours, theirs = drawn_key(random.Random(1)), drawn_key(random.Random(2))
    shown, own = authority.issue("127.0.0.1", ours), authority.issue(NAME, theirs)
    files = {
        "ours.key": private_der(ours),
        "ours.pub": RawPublicKey(ours).public,
        "ours.crt": shown.chain[0],
        "theirs.key": private_der(theirs),
        "theirs.pub": RawPublicKey(theirs).public,
        "theirs.crt": own.chain[0],
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    key = "000102030405060708090a0b0c0d0e0f"
    at = {name: str(folder / name) for name in files}
    modes: dict[str, tuple[list[str], dict[str, str]]] = {
        "psk": (["m", key], {"psk_identity": "m", "psk_key_hex": key}),
        "rpk": (
            [at["theirs.pub"], at["ours.pub"], at["theirs.key"]],
            {"rpk_key": "ours.key", "rpk_peer_key": "theirs.pub"},
        ),
        "x509": (
            [at["theirs.crt"], at["ours.crt"], at["theirs.key"]],
            {"x509_certificate": "ours.crt", "x509_key": "ours.key", "x509_peer_certificate": "theirs.crt"},
        ),
        "oscore": (
            ["02", "01", key, "9e7c"],
            {
                "oscore_sender_id": "02",
                "oscore_recipient_id": "01",
                "oscore_master_secret": key,
                "oscore_master_salt": "9e7c",
            },
        ),
    }
    suts, lines = [], []
    for mode, (arguments, ixit) in modes.items():
        port = free_port()
        suts += ["--sut", profile(folder, mode, port, ixit)]
        uri = f"coap{'' if mode == 'oscore' else 's'}://127.0.0.1:{port}"
        named = ["--endpoint", NAME, "--lifetime", "60", "--ack-timeout", "0.1"]
        lines.append(["--server-uri", uri, *named, f"--{mode}", *arguments])
    with devices(*lines):
        trees = [ROOT / "testcases/device" / file for file in CASES]
        ended = place.pytest(*trees, *suts, "-k", WANTED)
    assert ended.record, ended.text
    rows = [row for row in ended.record["results"] if row["verdict"] != "not_applicable"]
    assert {row["verdict"] for row in rows} == {"pass"}, ended.text
    ran = {(row["sut"], row["id"], row["variant"].get("security")) for row in rows}
    with_handshake = {(mode, "SEC-AUTH-01", mode) for mode in ("psk", "rpk", "x509")}
    assert ran == with_handshake | {(mode, "DM-DISC-01", None) for mode in modes}
    for mode in ("psk", "rpk", "x509"):
        for capture in (place.out / "cases" / mode).rglob("capture.pcapng"):
            assert b"CLIENT_RANDOM" in capture.read_bytes(), capture
    told = place.suite("verify", place.out)
    assert told.code == 0, told.text
