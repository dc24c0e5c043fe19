"""What a SUT prints, what its HTTP API answers, files that a user gives: all is taken, or refused with the
error that is documented and never with another."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.exploration.step import Conversation, ConversationError
from conformance.reporting.conversation import read_conversation
from conformance.reporting.known_issues import KnownIssuesError, load_known_issues
from conformance.reporting.record import RunError, load_run
from conformance.reporting.recovery import open_run, read_case
from conformance.reporting.report import write_report
from conformance.roles.expectation import UnreadableError
from conformance.roles.http_package_server import http_package_server
from conformance.roles.user_side import RESPONSE, Result, Told
from conformance.session import StartError, _read_observed
from conformance.sut.adapter import Ready, SutError
from conformance.sut.control import Control
from conformance.sut.profile import ProfileError, load_profile
from conformance.sut.rest_templates import AnswerError, Rest
from conformance.sut.web import LARGEST_BODY, EventStream, WebError, ask
from conformance.verdicts import CaseRecord, CheckFailed
from tests.fuzz.strategies import JSON, bent, bent_json, table

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
READY = {"event": "ready", "contract": 1, "verbs": ["read"], "uris": {"coap": "coap://127.0.0.1:1"}}
LINES = (
    table("event", "contract", "verbs", "uris", "id", "result", "unsupported", "error", "detail").map(
        json.dumps
    )
    | bent_json(READY, {"id": 1, "result": {"code": "2.05"}}, {"id": 1, "error": "timeout"})
    | st.text(max_size=20)
)


@FEW
@given(lines=st.lists(LINES, max_size=4))
def test_lines_of_a_sut(lines: list[str]) -> None:
    async def run() -> None:
        control = Control(lambda line: None)
        asking = asyncio.create_task(control.ask("read", {}, 0.005))
        await asyncio.sleep(0)
        for line in lines:
            control.line(line)
        with suppress(SutError):
            assert isinstance(await asking, dict)
        with suppress(SutError):
            event = await control.next_event("registered", 0)
            assert event is None or event["event"] == "registered"
        if control.ready.done():
            with suppress(SutError):
                assert isinstance(control.ready.result(), Ready)

    asyncio.run(run())


@pytest.mark.parametrize(
    "line", ['{"a":' * 100_000, '{"id": ' + "9" * 100_000 + "}", '{"id": true, "result": {}}']
)
def test_lines_that_are_too_deep_too_long_or_too_clever(line: str) -> None:
    async def run() -> None:
        control = Control(lambda line: None)
        asking = asyncio.create_task(control.ask("read", {}, 5))
        await asyncio.sleep(0)
        assert control.line(line)
        with pytest.raises(SutError, match="broke the contract"):
            await asking

    asyncio.run(run())


@FEW
@given(given_=table("code", "value", "values", "links", "format", "detail", "observation"), event=JSON)
def test_results_and_events_of_a_server(given_: dict[str, Any], event: Any) -> None:
    record = CaseRecord((), "")
    result = Result(record, "read", "Read", RESPONSE, given_)
    for name in ("outcome", "success", "code", "value", "values", "targets"):
        with suppress(UnreadableError):
            result.field(name)
    with suppress(CheckFailed):
        result.expect(code="2.05", value=1, targets=["/3/0"])
    with suppress(CheckFailed):
        Told(record, {"event": "registered", "endpoint": event}).shows(endpoint="dev")
    json.dumps([check.as_data() for check in record.checks])


REST = Rest.model_validate(
    {
        "http": "(h)",
        "coap": "(c)",
        "times": r"\d{4}.*",
        "verbs": {
            "read": {
                "method": "GET",
                "path": "/",
                "result": {
                    "code": "status",
                    "value": "content.value",
                    "values": "content.resources[id].value|values",
                    "links": {"links": "list", "target": "url", "attributes": "attributes"},
                    "rows": {"rows": "list", "fields": {"a": "b[]"}},
                },
            }
        },
        "events": {"NEW": {"event": "registered", "fields": {"objects": "list[].url", "value": "value"}}},
    }
)
ANSWERS = st.recursive(
    JSON,
    lambda below: st.dictionaries(
        st.sampled_from(
            ["status", "content", "value", "resources", "id", "list", "url", "attributes", "b", "at"]
        ),
        below | st.lists(below, max_size=2) | st.sampled_from(["2024-99-99T00:00:00Z", "CONTENT(205)"]),
        max_size=4,
    ),
    max_leaves=8,
)


@FEW
@given(answer=ANSWERS)
def test_answers_of_an_api(answer: Any) -> None:
    with suppress(AnswerError):
        assert isinstance(REST.result("read", answer), dict)
    with suppress(AnswerError):
        REST.event("NEW", answer)


def served(answer: bytes, talk: Callable[[str], Any]) -> Any:
    """What a talk with a server makes of these bytes, that come whatever it asks."""

    async def run() -> Any:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
                await writer.drain()
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await asyncio.wait_for(talk(f"http://127.0.0.1:{port}"), 5)

    return asyncio.run(run())


async def one(base: str) -> int:
    return (await ask(base, "GET", "/")).status


async def events(base: str) -> int:
    stream = await EventStream.open(base, "/")
    try:
        return len([event async for event in stream])
    finally:
        stream.close()


HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: NEW\ndata: {}\n\ndata: x\n\n"


@settings(FEW, max_examples=25)
@given(answer=bent(HTTP) | st.binary(max_size=30))
def test_answers_over_http(answer: bytes) -> None:
    for talk in (one, events):
        with suppress(WebError):
            served(answer, talk)


@pytest.mark.parametrize(
    ("answer", "talk", "told"),
    [
        (b"HTTP/1.1 2\xc2\xb20 OK\r\n\r\n", one, "no HTTP answer"),
        (b"", one, "the connection was closed"),
        (b"HTTP/1.1 200 " + b"x" * (2 << 20), one, "a line of the answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 300, one, "the head of the answer"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(LARGEST_BODY + 1), one, "the body of the answer"),
        (b"HTTP/1.1 200 OK\r\n\r\ndata: " + b"x" * (2 << 20), events, "a line of the answer"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", events, "was answered 302"),
    ],
)
def test_http_without_measure(answer: bytes, talk: Callable[[str], Any], told: str) -> None:
    with pytest.raises(WebError, match=told):
        served(answer, talk)


@settings(FEW, max_examples=25)
@given(request=bent(b"GET /package HTTP/1.1\r\nHost: a\r\n\r\n") | st.binary(max_size=30))
def test_a_device_that_fetches_a_package(request: bytes) -> None:
    broken: list[dict[str, Any]] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: broken.append(context))
        async with http_package_server(CaseRecord((), ""), "127.0.0.1", b"package") as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(request)
            writer.write_eof()
            with suppress(OSError):
                await asyncio.wait_for(reader.read(), 5)
            writer.close()

    asyncio.run(run())
    assert broken == []


def result(**changes: object) -> dict[str, Any]:
    """One result as a run leaves it."""
    return {
        "sut": "T",
        "id": "A-B-01",
        "variant": {},
        "role": "device",
        "verdict": "pass",
        "reason": None,
        "requirements": ["HLF-001"],
        "clause": None,
        "ets": None,
        "seconds": 0.1,
        "case_revision": None,
        "checks": [CHECK],
        "rules": [],
        "observations": [],
        "known_issue": None,
        "flaky": False,
        **changes,
    }


CHECK: dict[str, Any] = {
    "id": "a.b",
    "verdict": "pass",
    "level": "MUST",
    "grade": "strict",
    "expected": "1",
    "actual": "1",
    "clause": None,
    "requirements": [],
    "frame": 1,
    "source": "wire",
    "matcher": None,
    "value": None,
    "limit": None,
    "subject": None,
}
RUN = {
    "schema": 1,
    "tool": {"name": "lwm2m-conformance", "version": "0"},
    "seconds": 1.0,
    "seed": 1,
    "suts": [{"name": "T", "role": "device", "lwm2m": ["1.1"], "profile_sha256": None}],
    "started": "2026-11-21T11:51:21Z",
    "environment": {},
    "command": [],
    "interrupted": False,
    "exit_code": 0,
    "results": [result()],
    "deselected": [],
    "requirements": [],
}
BOMBS = {
    "open": b"[" * 20_000,
    "deep": b"[" * 20_000 + b"]" * 20_000,
    "long": b"9" * 9_000,
    "long frame": b'{"frame": ' + b"9" * 9_000 + b"}",
    "long time": b'{"time": 1' + b"0" * 400 + b"}",
    "no text": b"\xff\xfe",
    "empty": b"",
}
BOMB = st.sampled_from(sorted(BOMBS)).map(BOMBS.__getitem__)
"""Files that are too deep, too long, or no text."""


@FEW
@given(text=bent(json.dumps(RUN).encode()) | BOMB)
def test_records_of_a_run(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "run.json").write_bytes(text)
    with suppress(RunError):
        load_run(tmp_path)
    with suppress(RunError):
        open_run(tmp_path)


@settings(FEW, max_examples=20)
@given(text=bent(json.dumps(result()).encode()) | BOMB)
def test_results_of_cases(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "result.json").write_bytes(text)
    with suppress(RunError):
        read_case(tmp_path)


MESSAGE = {"frame": 1, "time": 0.5, "direction": "in", "summary": "CON", "payload": "00", "malformed": None}


@FEW
@given(lines=st.lists(bent(json.dumps(MESSAGE).encode()) | BOMB, max_size=3), values=JSON)
def test_messages_of_cases(tmp_path: Path, lines: list[bytes], values: Any) -> None:
    wild = json.dumps(dict.fromkeys(MESSAGE, values)).encode()
    (tmp_path / "messages.jsonl").write_bytes(b"\n".join([*lines, wild] * 41))
    read_conversation(tmp_path / "messages.jsonl", [1])


def test_a_report_of_texts_that_are_no_unicode(tmp_path: Path) -> None:
    wild = {**CHECK, "actual": "\ud800", "value": "\udfff"}
    text = json.dumps({**RUN, "results": [result(checks=[wild], reason="\ud800", verdict="fail")]})
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    report = write_report(tmp_path)
    assert report.html.stat().st_size > 0
    assert report.junit.stat().st_size > 0


PROFILE = b"""[sut]
name = "T"
role = "device"
lwm2m = ["1.1"]
[adapter]
kind = "command"
start = ["x", "{server_uri}"]
[adapter.with]
psk = ["{psk_identity}"]
[ics]
queue_mode = true
[ixit]
reaction_time = 1.0
"""
ISSUES = b"""[[issue]]
sut = "T"
case = "A-B-01"
check = "a.b"
actual = "x"
link = "y"
expires = 2027-01-31
"""
TOML_BOMBS = {
    "deep": b"a = " + b"[" * 20_000,
    "long": b"a = " + b"9" * 9_000,
    "no date": b"[sut]\nname = 1979-05-27T99:99:99",
    "no text": b"\xff",
}
TOML_BOMB = st.sampled_from(sorted(TOML_BOMBS)).map(TOML_BOMBS.__getitem__)


@FEW
@given(text=bent(PROFILE) | TOML_BOMB)
def test_profiles(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "sut.toml").write_bytes(text)
    with suppress(ProfileError):
        load_profile(tmp_path / "sut.toml")


@FEW
@given(text=bent(ISSUES) | TOML_BOMB)
def test_known_issues(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "known.toml").write_bytes(text)
    with suppress(KnownIssuesError):
        load_known_issues(tmp_path / "known.toml")


@settings(FEW, max_examples=20)
@given(data=JSON, text=BOMB)
def test_files_that_suite_wrote_for_itself(tmp_path: Path, data: Any, text: bytes) -> None:
    for content in (json.dumps(data).encode(), json.dumps({"schema": 1, "steps": data}).encode(), text):
        (tmp_path / "file.json").write_bytes(content)
        with suppress(ConversationError):
            Conversation.load(tmp_path / "file.json")
        with suppress(StartError):
            _read_observed(tmp_path / "file.json")
