"""Verbs as HTTP requests by templates, answers as results, server-sent events as events of the contract."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.sut.adapter import SutNotStartedError, UnsupportedVerbError, VerbFailedError
from conformance.sut.adapters import open_adapter
from conformance.sut.profile import Profile, ProfileError
from conformance.sut.rest_templates import Rest, TemplateError, select
from tests.sut.peers import launch, profile_of

SERVER = """
    import http.server, json, sys, threading
    class Api(http.server.BaseHTTPRequestHandler):
        def answer(self, status, text, kind="application/json"):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())
        def do_GET(self):
            if self.path == "/events":
                data = json.dumps({"who": "dev-1", "list": [{"url": "/"}, {"url": "/3/0"}]})
                text = "event: NEW\\ndata: " + data + "\\n\\nevent: OTHER\\ndata: {}\\n\\n"
                self.answer(200, text, "text/event-stream")
                threading.Event().wait()
            elif "nobody" in self.path:
                self.answer(404, "no such client")
            elif self.path.startswith("/c/dev-1/3/0"):
                found = {"status": "OK(205)", "asked": self.path, "content": {"value": 7}}
                self.answer(200, json.dumps(found))
            else:
                self.answer(500, "what?")
        def do_PUT(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answer(200, json.dumps({"status": "CHANGED(204)", "asked": self.path, "body": body}))
        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    print("CoAP at coap://127.0.0.1:9", flush=True)
    print("CoAP at coaps://127.0.0.1:10", flush=True)
    print(f"HTTP at http://127.0.0.1:{server.server_address[1]}/", flush=True)
    server.serve_forever()
"""
TABLES = r"""
[adapter.rest]
http = 'HTTP at (http://[^/]+)/'
coap = 'CoAP at (coap://\S+)'
coaps = 'CoAP at (coaps://\S+)'
events_path = "/events"
code = '\((\d)(\d\d)\)'
nodes = { resource = '{"id": {id}, "value": {value}}' }
errors = { not-registered = "no such client" }
[adapter.rest.verbs.read]
method = "GET"
path = "/c/{endpoint}{path}"
query = { format = "{format}" }
result = { code = "status", value = "content.value", asked = "asked" }
[adapter.rest.verbs.write]
method = "PUT"
path = "/c/{endpoint}{path}"
body = "{node}"
result = { code = "status", body = "body" }
[adapter.rest.events.NEW]
event = "registered"
fields = { endpoint = "who", objects = "list[].url", gone = "gone" }
"""


def server_profile(
    folder: Path, program: str = SERVER, tables: str = TABLES, ready_time: float = 10.0
) -> Profile:
    return profile_of(folder, program, (), tables, control="rest", stop="sigterm", ready_time=ready_time)


def test_a_sut_is_driven_by_its_own_api(tmp_path: Path) -> None:
    async def run() -> None:
        adapter = open_adapter(server_profile(tmp_path))
        try:
            ready = await adapter.start(launch(sys.executable))
            assert ready.uris == {"coap": "coap://127.0.0.1:9", "coaps": "coaps://127.0.0.1:10"}
            assert ready.verbs == {"read", "write"}
            told = await adapter.next_event("registered", 5)
            assert told == {"event": "registered", "endpoint": "dev-1", "objects": ["/3/0"]}
            assert await adapter.next_event("registered", 0.01) is None
            read = await adapter.trigger("read", endpoint="dev-1", path="/3/0/9", format=110)
            assert read == {"code": "2.05", "value": 7, "asked": "/c/dev-1/3/0/9?format=110"}
            write = await adapter.trigger("write", endpoint="dev-1", path="/3/0/15", value={"hex": "00ff"})
            assert write == {"code": "2.04", "body": '{"id": 15, "value": "00ff"}'}
            with pytest.raises(VerbFailedError, match="not-registered"):
                await adapter.trigger("read", endpoint="nobody", path="/3")
            with pytest.raises(VerbFailedError, match="http-500"):
                await adapter.trigger("read", endpoint="dev-2", path="/3")
            with pytest.raises(VerbFailedError, match="'path' is missing"):
                await adapter.trigger("read", endpoint="dev-1")
            with pytest.raises(UnsupportedVerbError):
                await adapter.trigger("delete", endpoint="dev-1", path="/3")
            assert not (await adapter.stop()).forced
        finally:
            await adapter.stop()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (
            "print('CoAP at coap://127.0.0.1:9', flush=True)\nimport time; time.sleep(30)",
            "did not show coaps, http",
        ),
        ("raise SystemExit(3)", "exit status 3 before it was ready"),
    ],
)
def test_a_sut_that_shows_no_address_did_not_start(tmp_path: Path, program: str, reason: str) -> None:
    async def run() -> None:
        adapter = open_adapter(server_profile(tmp_path, program, ready_time=1.0))
        with pytest.raises(SutNotStartedError, match=reason):
            await adapter.start(launch(sys.executable))

    asyncio.run(run())


def test_a_profile_needs_both_the_table_and_the_word(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"adapter\.rest: missing"):
        server_profile(tmp_path, tables="")
    with pytest.raises(ProfileError, match="a regular expression"):
        server_profile(tmp_path, tables=TABLES.replace("HTTP at (", "HTTP at (("))


ANSWER = {"content": {"resources": [{"id": 0, "value": "a"}, {"id": 6, "values": {"0": 1}}]}}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("content.resources[id].value|values", {"0": "a", "6": {"0": 1}}),
        ("content.resources[].id", [0, 6]),
        (["content.value", "content.resources[].id"], [0, 6]),
        ("content.nothing.at.all", None),
        ("", ANSWER),
    ],
)
def test_selectors(where: str | list[str], found: Any) -> None:
    assert select(ANSWER, where) == found


def test_what_an_api_does_not_offer_is_refused() -> None:
    rest = Rest.model_validate(
        {
            "http": "(h)",
            "coap": "(c)",
            "words": {"format": {"0": "TEXT"}},
            "nodes": {"new_instance": '{"resources": [{resources}]}', "resource": '{id}: {value} "{type}"'},
            "verbs": {
                "read": {"method": "GET", "path": "{path}", "query": {"format": "{format}"}},
                "cancel": {"method": "DELETE", "path": "{path}", "only": {"how": "passive"}},
                "create": {"method": "POST", "path": "/{object}", "body": "{node}"},
            },
        }
    )
    assert rest.request("read", {"path": "/3", "format": 0}) == ("/3?format=TEXT", "")
    assert rest.request("create", {"object": 3, "values": {"1": True, "2": 2.5}}) == (
        "/3",
        '{"resources": [1: true "boolean", 2: 2.5 "float"]}',
    )
    for verb, args, reason in (
        ("read", {"path": "/3", "format": 110}, "format = 110 is not offered, only 0"),
        ("cancel", {"path": "/3", "how": "active"}, "how = active is not offered, only passive"),
        ("create", {"object": 3, "values": {}, "instance": 4}, "has no instance"),
    ):
        with pytest.raises(TemplateError, match=reason):
            rest.request(verb, args)


def test_times_of_an_api_become_seconds() -> None:
    template = {"method": "GET", "path": "/", "result": {"value": "at", "values": "all", "asked": "at"}}
    rest = Rest.model_validate(
        {"http": "a", "coap": "b", "times": r"\d{4}-\d\d-\d\dT[\d:]+Z", "verbs": {"read": template}}
    )
    time, text = "2023-11-14T22:13:20Z", "2023-11-14"
    found = rest.result("read", {"at": time, "all": {"13": time, "9": {"0": time}, "3": text}})
    assert found["value"] == 1_700_000_000
    assert found["values"] == {"13": 1_700_000_000, "9": {"0": 1_700_000_000}, "3": text}
    assert found["asked"] == time
