"""Rules of what a server asks of devices (LwM2M Core 1.1.1 §6.2, §6.3)."""

import re
from collections.abc import Iterator, Sequence

from conformance.rules.rule import (
    Finding,
    Line,
    Rule,
    is_readable,
    is_request,
    is_response,
    new_messages,
    option_values,
)
from conformance.verdicts import Level

URI_PATH = 11
EXECUTE_DEPTH = 3
IN_FLIGHT = 2.0
"""Seconds after an answer in which the SUT may still send what it had begun before."""
_ROOT = re.compile(rb'<([^<>]*)>[^,]*;\s*rt="?oma\.lwm2m"?')


def _requests(messages: Sequence[Line]) -> Iterator[Line]:
    for line in messages:
        if line["direction"] == "in" and is_readable(line) and is_request(line):
            yield line


def _not_confirmable(messages: Sequence[Line]) -> Iterator[Finding]:
    """An Execute that triggers something may go out non-confirmable."""
    for line in _requests(messages):
        executes = line["code"] == "0.02" and len(option_values(line, URI_PATH)) >= EXECUTE_DEPTH
        if line["type"] != "CON" and not executes:
            yield Finding(line["frame"], f"{line['summary']} is not confirmable")


def _not_registered(messages: Sequence[Line]) -> Iterator[Finding]:
    """Judged by the address of the tester: from a Register that was not refused, or an accepted Update, to an
    accepted De-register. A refusal is one of the last message with a Register, and ends no registration that
    there was; one block of several is neither accepted nor refused by 2.31, whenever a copy of it comes."""
    asking: dict[str, Line] = {}
    registered: set[str] = set()
    left: dict[str, float] = {}
    for line in new_messages(messages):
        here, operation = line["local"], line.get("operation")
        if line["direction"] == "out" and is_request(line) and operation == "Register":
            asking[here] = line
        elif line["direction"] == "in" and is_response(line):
            if (operation, line["code"]) in (("Register", "2.01"), ("Update", "2.04")):
                registered.add(here)
                left.pop(here, None)
            elif operation == "Register" and line["code"] != "2.31":
                if here in asking and asking[here]["token"] == line["token"]:
                    del asking[here]
            elif (operation, line["code"]) == ("Deregister", "2.02"):
                asking.pop(here, None)
                left[here] = line["time"]
        elif line["direction"] == "in" and is_request(line) and here not in asking:
            if here not in registered:
                yield Finding(line["frame"], f"{line['summary']} to a device that is not registered")
            elif line["time"] - left.get(here, line["time"]) > IN_FLIGHT:
                yield Finding(line["frame"], f"{line['summary']} to a device that de-registered")


def _beside_the_root(messages: Sequence[Line]) -> Iterator[Finding]:
    """Judged by the last Register that each address of the tester sent."""
    roots: dict[str, tuple[str, ...]] = {}
    for line in messages:
        if not is_readable(line) or not is_request(line):
            continue
        if line["direction"] == "out":
            marked = _ROOT.search(bytes.fromhex(line["payload"]))
            if line.get("operation") == "Register" and marked:
                text = marked[1].decode(errors="replace")
                roots[line["local"]] = tuple(part for part in text.split("/") if part)
            continue
        root = roots.get(line["local"], ())
        if option_values(line, URI_PATH)[: len(root)] != root:
            yield Finding(line["frame"], f"{line['summary']} lies beside /{'/'.join(root)}")


def _token_in_use(messages: Sequence[Line]) -> Iterator[Finding]:
    """A token belongs to a request until it is answered, and to an observation until it ends; a request for
    the same path, such as the next block or a cancellation, may have it again."""
    used: dict[tuple[str, str], Line] = {}
    for line in new_messages(messages):
        key = line["local"], line["token"]
        before = used.get(key)
        if line["direction"] == "in" and is_request(line):
            if before is not None and option_values(before, URI_PATH) != option_values(line, URI_PATH):
                text = f"{line['summary']} has the token of frame {before['frame']}, which is still in use"
                yield Finding(line["frame"], text)
            used[key] = line
        elif line["direction"] == "out" and is_response(line) and not _observes(line):
            used.pop(key, None)


def _observes(line: Line) -> bool:
    return any(option["name"] == "Observe" or option["number"] == 6 for option in line["options"])


RULES = (
    Rule(
        "rule.server.confirmable",
        "every operation but Execute is confirmable",
        "LwM2M Transport 1.1.1 §6.4",
        _not_confirmable,
        roles=("server", "bootstrap_server"),
    ),
    Rule(
        "rule.server.registered-devices-only",
        "nothing is asked of a device that is not registered",
        "LwM2M Core 1.1.1 §6.2",
        _not_registered,
        roles=("server",),
        level=Level.SHOULD,
    ),
    Rule(
        "rule.server.below-alternate-path",
        "paths lie below the alternate path of the device",
        "LwM2M Transport 1.1.1 §6.4.1",
        _beside_the_root,
        roles=("server",),
    ),
    Rule(
        "rule.server.token-not-in-use",
        "a token that is in use is not given to a request for another path",
        "RFC 7252 §5.3.1",
        _token_in_use,
        roles=("server", "bootstrap_server"),
        level=Level.SHOULD,
    ),
)
