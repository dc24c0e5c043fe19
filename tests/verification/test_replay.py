"""A case that is run again is the same, and where it is not, the first message that differs is named."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.dtls.hello import ServerHello
from conformance.dtls.message import HandshakeType, read_fragments
from conformance.dtls.records import ContentType, parse_datagram
from conformance.evidence.capture import read_capture
from conformance.formats import DataType
from conformance.security.issuing import Authority, drawn_key
from conformance.verification.comparison import first_difference
from tests.verification.conftest import FAILING, suite

Line = dict[str, Any]


def server_random(case: Path) -> bytes:
    """The random of the tester's last ServerHello."""
    found = [
        ServerHello.parse(fragment.data).random
        for frame in read_capture(case / "capture.pcapng").frames
        for record in parse_datagram(frame.data).records
        if record.content_type == ContentType.HANDSHAKE and record.epoch == 0
        for fragment in read_fragments(record.fragment)
        if fragment.type == HandshakeType.SERVER_HELLO
    ]
    return found[-1]


def test_a_case_is_the_same_again_and_that_of_a_mended_device_is_not(run: Path, tmp_path: Path) -> None:
    copy, right, again = tmp_path / "run", tmp_path / "right.toml", tmp_path / "again"
    shutil.copytree(run, copy)
    record = json.loads((copy / "run.json").read_text())
    place = record["command"].index("--sut") + 1
    text = Path(record["command"][place]).read_text(encoding="utf-8")
    right.write_text(text.replace(f', "--mutant", "{FAILING}"', ""), encoding="utf-8")
    record["command"][place] = str(right)
    (copy / "run.json").write_text(json.dumps(record))
    printed = suite("replay", copy, "SEC-AUTH-01[security=psk]", "REG-UPD-02", "--out", again, expected=1)
    same, differs, in_message, in_check = printed.splitlines()
    assert same.startswith("same     SEC-AUTH-01[lwm2m=1.1,security=psk]  ")
    randoms = {server_random(next(folder.glob("cases/*/SEC-AUTH-01/*psk*"))) for folder in (run, again)}
    assert len(randoms) == 1
    assert differs.startswith("DIFFERS  REG-UPD-02[lwm2m=1.1]  ")
    then, _, now = in_message.partition(", now ")
    assert then.strip().startswith("options: ")
    assert "lt=" not in then
    assert "lt=" in now
    assert "(frame " in then
    assert in_check.strip() == "check update.lifetime: fail, now pass"


@pytest.mark.parametrize("name", ["REG-UPD-99", "REG-UPD-02[format=tlv]", "[x"])
def test_what_did_not_run_is_a_usage_error(run: Path, name: str) -> None:
    assert CliRunner().invoke(app, ["replay", str(run), name]).exit_code == 2


def message(frame: int, direction: str, code: str, **more: Any) -> Line:
    request = code.startswith("0.")
    return {
        "frame": frame,
        "time": frame / 10,
        "direction": direction,
        "local": "127.0.0.1:40000",
        "remote": "127.0.0.1:50000",
        "type": "CON" if request else "ACK",
        "code": code,
        "mid": 1,
        "token": "aa",
        "options": [],
        "payload": "",
        "operation": None,
        "summary": f"{code} in frame {frame}",
        "malformed": None,
    } | more


def option(number: int, name: str, value: object) -> Line:
    return {"number": number, "name": name, "value": value}


def conversation() -> list[Line]:
    """The device registers and updates; meanwhile the tester reads the time and a name."""
    read = [option(11, "Uri-Path", part) for part in ("3", "0", "13")]
    return [
        message(1, "in", "0.02", mid=7, token="01", options=[option(11, "Uri-Path", "rd")]),
        message(2, "out", "2.01", mid=7, token="01", options=[option(8, "Location-Path", "rd")]),
        message(3, "out", "0.01", mid=100, options=read),
        message(
            4, "in", "2.05", mid=100, options=[option(12, "Content-Format", 0)], payload=b"1700000000".hex()
        ),
        message(5, "in", "0.02", mid=8, token="02", options=[option(11, "Uri-Path", "rd/1")]),
        message(6, "out", "2.04", mid=8, token="02"),
    ]


def typed(path: tuple[int, ...]) -> DataType | None:
    return DataType.TIME if path[:3] == (3, 0, 13) else DataType.STRING


def later(lines: list[Line]) -> None:
    for line in lines:
        line["time"] += 1.5


def other_numbers_of_the_device(lines: list[Line]) -> None:
    for index, mid, token in ((0, 70, "11"), (1, 70, "11"), (4, 71, "12"), (5, 71, "12")):
        lines[index].update(mid=mid, token=token)


def other_ports(lines: list[Line]) -> None:
    for line in lines:
        line.update(local="127.0.0.1:40001", remote="127.0.0.1:50001")


def update_before_the_read(lines: list[Line]) -> None:
    lines[2:] = [*lines[4:], *lines[2:4]]


def said_twice(lines: list[Line]) -> None:
    lines.insert(4, dict(lines[3]))
    lines.insert(3, dict(lines[2]))


def acknowledged_first(lines: list[Line]) -> None:
    lines.insert(3, message(3, "in", "0.00", mid=100, token="", type="ACK"))
    lines[4].update(type="CON", mid=55)
    lines.insert(5, message(5, "out", "0.00", mid=55, token="", type="ACK"))


def another_update(lines: list[Line]) -> None:
    lines += [dict(line, mid=line["mid"] + 1, token="03") for line in lines[4:6]]


def another_time(lines: list[Line]) -> None:
    lines[3]["payload"] = b"1700000042".hex()


@pytest.mark.parametrize(
    "change",
    [
        later,
        other_numbers_of_the_device,
        other_ports,
        update_before_the_read,
        said_twice,
        acknowledged_first,
        another_time,
        another_update,
    ],
)
def test_what_the_device_may_choose_is_no_difference(change: Callable[[list[Line]], None]) -> None:
    now = conversation()
    change(now)
    assert first_difference(conversation(), now, typed) is None


def test_a_pair_is_the_same_again(pair_run: Path, tmp_path: Path) -> None:
    case = "PAIR-READ-01[format=own,security=psk]"
    told = suite("replay", pair_run, case, "--out", tmp_path / "again", expected=0).splitlines()
    assert [line.split()[0] for line in told] == ["same", "same"]
    assert [line.rsplit("  ", 1)[0].split("] ")[1] for line in told] == [
        "Reference device",
        "Reference server",
    ]


def other_numbers_of_the_server(lines: list[Line]) -> None:
    for index in (2, 3):
        lines[index].update(mid=4711, token="99")
    lines[1]["options"] = [option(8, "Location-Path", name) for name in ("rd", "1")]


def test_both_ends_of_a_pair_may_choose() -> None:
    now = conversation()
    other_numbers_of_the_server(now)
    assert first_difference(conversation(), now, typed, pair=True) is None
    assert first_difference(conversation(), now, typed) is not None


def another_code(lines: list[Line]) -> None:
    lines[3]["code"] = "4.04"


def another_path(lines: list[Line]) -> None:
    lines[4]["options"] = [option(11, "Uri-Path", "dp")]


def another_token_of_the_tester(lines: list[Line]) -> None:
    lines[2]["token"] = lines[3]["token"] = "bb"


def another_mid_of_the_tester(lines: list[Line]) -> None:
    lines[2]["mid"] = lines[3]["mid"] = 101


def no_answer(lines: list[Line]) -> None:
    del lines[3]


def a_reset(lines: list[Line]) -> None:
    lines[3] = message(4, "in", "0.00", mid=100, token="", type="RST")


@pytest.mark.parametrize(
    ("change", "what", "frame"),
    [
        (another_code, "code", 4),
        (another_path, "options", 5),
        (another_token_of_the_tester, "message", 3),
        (another_mid_of_the_tester, "Message ID", 3),
        (no_answer, "message", 4),
        (a_reset, "code", 4),
    ],
)
def test_all_else_is(change: Callable[[list[Line]], None], what: str, frame: int | None) -> None:
    now = conversation()
    change(now)
    found = first_difference(conversation(), now, typed)
    assert found is not None
    assert (found.what, found.frame_then) == (what, frame)


def test_certificates_are_drawn_from_the_seed() -> None:
    anchors = {Authority(random.Random(seed)).anchor[-40:] for seed in (1, 2)}
    assert len(anchors) == 2
    first, second = (Authority(random.Random(1)) for _ in range(2))
    keys = [drawn_key(random.Random(2)) for _ in range(2)]
    made = [each.issue("name", key) for each, key in zip((first, second), keys, strict=True)]
    assert made[0].private.private_numbers() == made[1].private.private_numbers()
    assert first._chance.getstate() == second._chance.getstate()
