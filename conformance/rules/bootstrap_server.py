"""Rules of a bootstrap session, as a bootstrap server leads it (LwM2M Core 1.1.1 §6.1.7)."""

from collections.abc import Iterator, Sequence

from conformance.rules.rule import Finding, Line, Rule, is_request, is_response, new_messages
from conformance.verdicts import Level

IN_FLIGHT = 2.0
"""Seconds after an answer in which the SUT may still send what it had begun before."""


def _outside_a_session(messages: Sequence[Line]) -> Iterator[Finding]:
    """A session of an address lasts from a Bootstrap-Request that was accepted to a Finish that was."""
    finished: dict[str, float] = {}
    asked: set[str] = set()
    for line in new_messages(messages):
        here, operation = line["local"], line.get("operation")
        if line["direction"] == "out" and is_request(line) and operation == "BootstrapRequest":
            asked.add(here)
            finished.pop(here, None)
        elif line["direction"] == "out" and is_response(line):
            if operation == "BootstrapFinish" and line["code"] == "2.04":
                finished[here] = line["time"]
        elif line["direction"] == "in" and is_request(line):
            if here not in asked:
                yield Finding(line["frame"], f"{line['summary']} to a device that did not ask")
            elif line["time"] - finished.get(here, line["time"]) > IN_FLIGHT:
                yield Finding(line["frame"], f"{line['summary']} after Bootstrap-Finish was answered 2.04")


RULES = (
    Rule(
        "rule.bootstrap-server.within-the-session",
        "a device is asked from its Bootstrap-Request to Bootstrap-Finish, and not beyond",
        "LwM2M Core 1.1.1 §6.1.7",
        _outside_a_session,
        roles=("bootstrap_server",),
        level=Level.SHOULD,
    ),
)
