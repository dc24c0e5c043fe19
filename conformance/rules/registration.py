"""Rules of the Client Registration interface."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from conformance.rules.rule import Finding, Line, Rule, new_messages, option_values
from conformance.verdicts import Level

LOCATION_PATH, URI_PATH = 8, 11
IN_FLIGHT = 2.0
"""Seconds after an answer of the tester in which the SUT may still send what it had begun before, on a loaded
machine too."""


def _after_deregister(messages: Sequence[Line]) -> Iterator[Finding]:
    """What two servers call by one Location are two registrations."""
    leaving: dict[tuple[str, str, str], tuple[str, ...]] = {}
    gone: dict[tuple[str, tuple[str, ...]], float] = {}
    for line in new_messages(messages):
        server, operation = line["local"], line.get("operation")
        key, path = (server, line["remote"], line["token"]), option_values(line, URI_PATH)
        if line["direction"] == "out":
            if line["code"] == "2.02" and key in leaving:
                gone[server, leaving.pop(key)] = line["time"]
            elif line["code"] == "2.01":
                gone.pop((server, option_values(line, LOCATION_PATH)), None)
        elif operation == "Deregister":
            leaving[key] = path
        elif operation == "Update" and line["time"] - gone.get((server, path), line["time"]) > IN_FLIGHT:
            yield Finding(line["frame"], f"Update of {_text(path)} after its De-register was answered 2.02")


def _foreign_location(messages: Sequence[Line]) -> Iterator[Finding]:
    """Judged once a Register of the same address was accepted here; what was before is not known."""
    given: defaultdict[tuple[str, str], dict[tuple[str, ...], float]] = defaultdict(dict)
    for line in new_messages(messages):
        locations, operation = given[line["local"], line["remote"]], line.get("operation")
        if line["direction"] == "out":
            if operation == "Register" and line["code"] == "2.01":
                locations[option_values(line, LOCATION_PATH)] = line["time"]
        elif operation in ("Update", "Deregister") and locations:
            path = option_values(line, URI_PATH)
            if path not in locations and line["time"] - max(locations.values()) > IN_FLIGHT:
                known = " and ".join(map(_text, locations))
                yield Finding(line["frame"], f"{operation} of {_text(path)}, where the server gave {known}")


def _text(path: tuple[str, ...]) -> str:
    return "/" + "/".join(map(str, path))


RULES = (
    Rule(
        "rule.registration.nothing-after-deregister",
        "a registration that was taken back is not updated any more",
        "LwM2M Core 1.1.1 §6.2.3",
        _after_deregister,
        roles=("device",),
        level=Level.SHOULD,
    ),
    Rule(
        "rule.registration.location-of-the-server",
        "Update and De-register go to a Location that the server gave",
        "LwM2M Core 1.1.1 §6.2.2",
        _foreign_location,
        roles=("device",),
    ),
)
