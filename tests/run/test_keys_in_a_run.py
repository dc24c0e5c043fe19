"""No long-term key of an IXIT is in any file that a run leaves, whoever tells of it and however it ends."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.dtls.credentials import RawPublicKey
from conformance.security.issuing import Authority, drawn_key, private_der
from tests.run.conftest import Workplace

ROOT = Path(__file__).parents[2]
NAME = "urn:example:meter-1"
CASES = ("server/security/test_handshake.py", "server/security/test_object_security.py")
FAILING = ("--psk", "--mutant", "ccm_8_not_taken")
TALKATIVE = (
    "import base64, os, sys; key = sys.argv[-1] if '--psk' in sys.argv else ''; "
    "print(sys.argv, key.upper(), base64.b64encode(bytes.fromhex(key)).decode(), flush=True); "
    "os.execv(sys.executable, [sys.executable, '-m', 'reference.device', *sys.argv[1:]])"
)


@contextmanager
def server(*arguments: str, **credential: str) -> Iterator[str]:
    """The URI of a reference server that runs already and knows one device."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'fixtures'}:{ROOT}"}
    command = [sys.executable, "-m", "reference.server", *arguments]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = map(json.loads, process.stdout)
        uris = next(line["uris"] for line in told if line["event"] == "ready")
        request = {"id": 1, "verb": "credential", "args": {"endpoint": NAME, **credential}}
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        assert next(line for line in told if "id" in line)["result"] == {}
        yield next(iter(uris.values()))
        process.stdin.close()


def profile(folder: Path, mode: str, uri: str, **ixit: str) -> Path:
    """A server that the suite finds running."""
    claim, where = ("oscore", "coap_uri") if mode == "oscore" else (f"dtls_{mode}", "coaps_uri")
    given = {where: uri, "endpoint": NAME, **ixit}
    keys = "".join(f"{key} = {json.dumps(text)}\n" for key, text in given.items())
    file = folder / f"{mode}.toml"
    file.write_text(
        f'[sut]\nname = "Server {mode}"\nrole = "server"\nlwm2m = ["1.1"]\n[adapter]\nkind = "attach"\n'
        f"[ics]\n{claim} = true\n[ixit]\n{keys}",
        encoding="utf-8",
    )
    return file


def talkative_device(folder: Path, key: bytes) -> Path:
    """A device that is started with the key of the IXIT, and prints it in every way it knows."""
    start = ["{python}", "-c", TALKATIVE, "--server-uri", "{server_uri}", "--endpoint", "{endpoint}"]
    file = folder / "device.toml"
    file.write_text(
        '[sut]\nname = "Device"\nrole = "device"\nlwm2m = ["1.1"]\n[adapter]\nkind = "command"\n'
        f'start = {json.dumps(start)}\nenv = {{ PYTHONPATH = "{{fixtures}}:{{root}}" }}\n'
        'control = "json-lines"\n'
        '[adapter.with]\npsk = ["--psk", "{psk_identity}", "{psk_key_hex}"]\n[ics]\ndtls_psk = true\n'
        f'[ixit]\npsk_identity = "device-1"\npsk_key_hex = "{key.hex()}"\n',
        encoding="utf-8",
    )
    return file


def test_no_key_is_in_any_file_of_a_run(place: Workplace) -> None:
    chance, authority, folder = random.Random(7), Authority(random.Random(3)), place.folder
    rpk, x509, own = drawn_key(chance), drawn_key(chance), drawn_key(chance)
    psk, secret, salt, of_device = (chance.randbytes(16) for _ in range(4))
    shown = authority.issue("127.0.0.1", own)
    certificate = authority.issue(NAME, x509)
    files = {
        "own.der": private_der(own),
        "own.pub": public(own),
        "own.crt": shown.chain[0],
        "ca.crt": authority.anchor,
        "rpk.der": private_der(rpk),
        "x509.der": private_der(x509),
        "x509.crt": certificate.chain[0],
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    rpk_hex = public(rpk).hex()
    at = {name: str(folder / name) for name in files}
    with (
        server(*FAILING, mode="psk", identity="m", key_hex=psk.hex()) as with_psk,
        server("--rpk", at["own.pub"], at["own.der"], mode="rpk", public_key_hex=rpk_hex) as with_rpk,
        server(
            "--x509",
            *(at["own.crt"], at["own.der"], at["ca.crt"]),
            mode="x509",
            certificate_hex=certificate.chain[0].hex(),
        ) as with_x509,
        server(
            "--oscore",
            mode="oscore",
            sender_id_hex="01",
            recipient_id_hex="02",
            master_secret_hex=secret.hex(),
            master_salt_hex=salt.hex(),
        ) as with_oscore,
    ):
        profiles = [
            profile(folder, "psk", with_psk, psk_identity="m", psk_key_hex=psk.hex()),
            profile(folder, "rpk", with_rpk, rpk_key="rpk.der", rpk_peer_key="own.pub"),
            profile(
                folder,
                "x509",
                with_x509,
                x509_certificate="x509.crt",
                x509_key="x509.der",
                x509_peer_certificate="own.crt",
            ),
            profile(
                folder,
                "oscore",
                with_oscore,
                oscore_sender_id="02",
                oscore_recipient_id="01",
                oscore_master_secret=secret.hex(),
                oscore_master_salt=salt.hex(),
            ),
            talkative_device(folder, of_device),
        ]
        suts = [argument for file in profiles for argument in ("--sut", file)]
        trees = [ROOT / "testcases" / file for file in (*CASES, "device/security/test_authentication.py")]
        wanted = "SSEC-SUITE-01 or SSEC-OSC-04 or SEC-AUTH-01"
        written = ("--alluredir", place.out / "allure", "--junitxml", place.out / "j.xml")
        ended = place.pytest(*trees, *suts, "-k", wanted, "-vv", *written)
    assert ended.record, ended.text
    ended_as = {(row["sut"], row["verdict"]) for row in ended.record["results"]}
    judged = {each for each in ended_as if each[1] != "not_applicable"}
    passed = {(name, "pass") for name in ("Server rpk", "Server x509", "Server oscore", "Device")}
    assert judged == passed | {("Server psk", "fail")}, ended.text
    logs = [file.read_text(encoding="utf-8") for file in place.out.rglob("sut.log")]
    assert any(line.count("[redacted]") == 3 for log in logs for line in log.splitlines())
    keys = {"psk": psk, "device": of_device, "secret": secret, "salt": salt}
    keys |= {"rpk": number(rpk), "x509": number(x509)}
    keys |= {name: files[name] for name in ("rpk.der", "x509.der")}
    assert found(place.out, keys) == []
    assert found_in(ended.text.encode(), keys) == []


def public(key: Any) -> bytes:
    return RawPublicKey(key).public


def number(key: Any) -> bytes:
    return int(key.private_numbers().private_value).to_bytes(32)


def found_in(data: bytes, keys: dict[str, bytes]) -> list[str]:
    return [
        name
        for name, key in keys.items()
        if key in data
        or key.hex().encode() in data.lower()
        or base64.b64encode(key).rstrip(b"=")[:-1] in data
    ]


def found(folder: Path, keys: dict[str, bytes]) -> list[str]:
    """File and key, for every key that stands in a file."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} >= {".json", ".jsonl", ".pcapng", ".html", ".xml", ".log"}
    return [f"{file}: {name}" for file in files for name in found_in(file.read_bytes(), keys)]
