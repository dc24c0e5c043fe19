"""A true run is verified; a forged one contradicts itself somewhere, even where the sums were made anew."""

import json
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.evidence.capture import read_capture
from conformance.evidence.manifest import NAME, write_manifest
from conformance.evidence.pcapng import CaptureFile
from conformance.evidence.run_record import write_json
from conformance.verification.run import verify_run

FAILED, SEALED = "REG-UPD-02", "SEC-AUTH-01"
Change = Callable[[dict[str, Any]], None]


def folder_of(run: Path, case: str, mode: str = "") -> Path:
    return next(place for place in sorted(run.glob(f"cases/*/{case}/*")) if mode in place.name)


def forge(run: Path, case: str, change: Change, mode: str = "") -> None:
    """Change a result where it stands, in both files."""
    place = folder_of(run, case, mode)
    own = json.loads((place / "result.json").read_text())
    record = json.loads((run / "run.json").read_text())
    for row in [own, *(row for row in record["results"] if row == own)]:
        change(row)
    write_json(place / "result.json", own)
    write_json(run / "run.json", record)


def failed(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(check for check in row["checks"] if check["verdict"] == "fail")
    return found


def verdict_of_the_case(run: Path) -> None:
    forge(run, FAILED, lambda row: row.update(verdict="pass", reason=""))


def verdict_of_the_check(run: Path) -> None:
    def change(row: dict[str, Any]) -> None:
        failed(row)["verdict"] = "pass"
        row.update(verdict="pass", reason="")

    forge(run, FAILED, change)


def value_of_the_check(run: Path) -> None:
    def change(row: dict[str, Any]) -> None:
        check = failed(row)
        wanted = check["matcher"]["value"]
        check.update(
            value=wanted, verdict="pass", actual=f"Update with lifetime {wanted} (frame {check['frame']})"
        )
        row.update(verdict="pass", reason="")

    forge(run, FAILED, change)


def matcher_of_the_check(run: Path) -> None:
    def change(row: dict[str, Any]) -> None:
        failed(row).update(matcher={"op": "any"}, verdict="pass")
        row.update(verdict="pass", reason="")

    forge(run, FAILED, change)


def level_of_the_check(run: Path) -> None:
    forge(run, FAILED, lambda row: failed(row).update(level="SHOULD"))


def frame_of_the_check(run: Path) -> None:
    forge(run, FAILED, lambda row: failed(row).update(frame=1))


def a_rule_that_holds(run: Path) -> None:
    def change(row: dict[str, Any]) -> None:
        rule = dict(failed(row), id="rule.coap.well-formed")
        row["rules"].append(rule)

    forge(run, FAILED, change)


def only_the_record(run: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    record["results"][0]["seconds"] += 1
    write_json(run / "run.json", record)


def a_result_left_out(run: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    del record["results"][0]
    write_json(run / "run.json", record)


def a_case_left_out(run: Path) -> None:
    shutil.rmtree(folder_of(run, FAILED))


def a_requirement(run: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    next(item for item in record["requirements"] if item["state"] == "not met")["state"] = "met"
    write_json(run / "run.json", record)


def the_exit_code(run: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    record["exit_code"] = 0
    write_json(run / "run.json", record)


def message(case: str, change: Change, mode: str = "") -> Callable[[Path], None]:
    """Change the last message of a case that has an operation."""

    def forged(run: Path) -> None:
        file = folder_of(run, case, mode) / "messages.jsonl"
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        change([line for line in lines if line["operation"]][-1])
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    return forged


def a_message_left_out(run: Path) -> None:
    file = folder_of(run, FAILED) / "messages.jsonl"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))


def a_byte_of_the_capture(run: Path) -> None:
    file = folder_of(run, FAILED) / "capture.pcapng"
    data = bytearray(file.read_bytes())
    data[data.rindex(b"\xff") + 1] ^= 1
    file.write_bytes(data)


def a_datagram(case: str, mode: str = "") -> Callable[[Path], None]:
    """Change the last octet of a capture's last datagram from the SUT, with all checksums made anew."""

    def forged(run: Path) -> None:
        place = folder_of(run, case, mode)
        capture = read_capture(place / "capture.pcapng")
        lines = [json.loads(line) for line in (place / "messages.jsonl").read_text().splitlines()]
        victim = [line["frame"] for line in lines if line["direction"] == "in"][-1]
        file = CaptureFile(place / "capture.pcapng", "forger")
        for random, master in capture.masters.items():
            file.tls_secrets(f"CLIENT_RANDOM {random.hex()} {master.hex()}")
        for frame in capture.frames:
            data = frame.data[:-1] + bytes([frame.data[-1] ^ 1]) if frame.number == victim else frame.data
            file.datagram(data, frame.source, frame.destination, frame.time)
        file.close()

    return forged


def a_frame_less(run: Path) -> None:
    file = folder_of(run, FAILED) / "capture.pcapng"
    data = file.read_bytes()
    file.write_bytes(data[: -struct.unpack("<I", data[-4:])[0]])


def a_cut_capture(run: Path) -> None:
    file = folder_of(run, FAILED) / "capture.pcapng"
    file.write_bytes(file.read_bytes()[:-7])


def no_capture(run: Path) -> None:
    (folder_of(run, FAILED) / "capture.pcapng").unlink()


def a_secret(run: Path) -> None:
    file = folder_of(run, SEALED, "psk") / "capture.pcapng"
    data, master = file.read_bytes(), next(iter(read_capture(file).masters.values())).hex().encode()
    file.write_bytes(data.replace(master, master[::-1]))


def one_of_its_copies(run: Path) -> None:
    file = folder_of(run, SEALED, "psk") / "capture.pcapng"
    data, master = file.read_bytes(), next(iter(read_capture(file).masters.values())).hex().encode()
    file.write_bytes(data.replace(master, master[::-1], 1))


def nonsense(run: Path) -> None:
    forge(run, FAILED, lambda row: failed(row).update(matcher={"op": "matches", "pattern": "("}, value="x"))


FORGERIES = [
    (verdict_of_the_case, "is recorded as pass, and its checks give fail"),
    (verdict_of_the_check, "does not satisfy"),
    (value_of_the_check, "of the capture"),
    (matcher_of_the_check, "by its matcher"),
    (level_of_the_check, "is recorded as fail (SHOULD"),
    (frame_of_the_check, "names frame 1"),
    (a_rule_that_holds, "holds in the capture, and is recorded as broken"),
    (only_the_record, "is not the same in result.json and in run.json"),
    (a_result_left_out, "run.json has no result for this folder"),
    (a_case_left_out, "is missing"),
    (a_requirement, "not met by the results"),
    (the_exit_code, "exit code 0, and 1 by the results"),
    (message(FAILED, lambda line: line.update(payload="00")), "payload is"),
    (message(FAILED, lambda line: line.update(code="4.04")), "code is"),
    (message(FAILED, lambda line: line.update(time=line["time"] + 60)), "its time is not"),
    (message(FAILED, lambda line: line.update(operation="Send")), "operation is"),
    (message(FAILED, lambda line: line.update(remote="127.0.0.1:1")), "remote is"),
    (message(FAILED, lambda line: line.pop("frame")), "is no message"),
    (message(SEALED, lambda line: line.update(payload="00"), "rpk"), "payload is"),
    (message(SEALED, lambda line: line.update(mid=1), "x509"), "mid is"),
    (message("SEC-OSC-01", lambda line: line.update(mid=1)), "mid is"),
    (a_message_left_out, "of its messages not in messages.jsonl"),
    (a_byte_of_the_capture, "a checksum is wrong"),
    (a_datagram(FAILED), "in the capture"),
    (a_datagram(SEALED, "psk"), "the capture holds no such message"),
    (a_frame_less, "not in the capture"),
    (a_cut_capture, "no whole block"),
    (no_capture, "capture.pcapng"),
    (a_secret, "the capture holds no such message"),
    (one_of_its_copies, "two secrets of one association"),
    (nonsense, "its matcher cannot be evaluated"),
]


def named(forgery: object) -> str:
    return getattr(forgery, "__name__", str(forgery))


@pytest.mark.parametrize(("forgery", "finding"), FORGERIES, ids=lambda each: named(each)[:40])
def test_a_forgery_contradicts_itself(
    short_run: Path, tmp_path: Path, forgery: Callable[[Path], None], finding: str
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(short_run, copy)
    forgery(copy)
    write_manifest(copy)
    found = [str(each) for each in verify_run(copy).findings]
    assert any(finding in text for text in found), found


def test_a_true_run_is_verified(run: Path) -> None:
    account = verify_run(run)
    assert not account.findings, [str(each) for each in account.findings]
    verdicts = {row["verdict"] for row in json.loads((run / "run.json").read_text())["results"]}
    assert verdicts == {"pass", "fail"}
    assert account.judged["values from the capture"] > 20
    assert account.left["messages inside OSCORE"] > 5


def test_the_command_says_what_it_found(run: Path, tmp_path: Path) -> None:
    def verified(folder: Path, *options: str, expected: int) -> str:
        ended = CliRunner().invoke(app, ["verify", str(folder), *options])
        assert ended.exit_code == expected, ended.output
        return ended.stdout

    told = json.loads(verified(run, "--format", "json", expected=0))
    assert told["findings"] == []
    assert told["manifest_sha256"] in verified(run, expected=0)
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    verdict_of_the_case(copy)
    printed = verified(copy, expected=1)
    assert "FOUND  run.json: changed\n" in printed
    assert f"FOUND  {FAILED}[lwm2m=1.1]: is recorded as pass, and its checks give fail\n" in printed
    verified(tmp_path / "nothing", expected=2)


def test_a_pair_is_verified_from_both_sides(pair_run: Path, tmp_path: Path) -> None:
    assert not verify_run(pair_run).findings
    copy = tmp_path / "run"
    shutil.copytree(pair_run, copy)
    for place in sorted(copy.glob("cases/*/PAIR-SEC-01/*psk*")):
        file = place / "messages.jsonl"
        file.write_text(file.read_text().replace('"code": "2.05"', '"code": "4.04"'))
    write_manifest(copy)
    assert {each.place.rpartition(" of ")[2] for each in verify_run(copy).findings} == {
        "Reference device",
        "Reference server",
    }


@pytest.mark.parametrize("name", ["result.json", "messages.jsonl", "capture.pcapng", "sut.log"])
def test_every_file_is_summed_up(short_run: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "run"
    shutil.copytree(short_run, copy)
    altered, removed, added = (
        folder_of(copy, SEALED, "psk") / name,
        folder_of(copy, FAILED) / name,
        folder_of(copy, FAILED) / f"{name}.txt",
    )
    with altered.open("ab") as content:
        content.write(b"\n")
    removed.unlink()
    added.write_text("x")
    found = {(each.place, each.text) for each in verify_run(copy).findings}
    places = [file.relative_to(copy).as_posix() for file in (altered, removed, added)]
    assert set(zip(places, ("changed", "missing", "not in the manifest"), strict=True)) <= found


def test_sha256sum_reads_the_manifest(run: Path) -> None:
    ended = subprocess.run(
        ["sha256sum", "--check", "--strict", NAME], cwd=run, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout
    lines = (run / NAME).read_text().splitlines()
    assert lines == sorted(lines, key=lambda line: line[66:].encode())
    assert any(line.endswith("  run.json") for line in lines)
    assert not any("  report/" in line for line in lines)
