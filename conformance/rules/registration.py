"""Rules of the Client Registration interface."""

from collections.abc import Iterator, Sequence

from conformance.rules.rule import Finding, Line, Rule


def _after_deregister(messages: Sequence[Line]) -> Iterator[Finding]:
    gone: set[str] = set()
    accepted: dict[str, str] = {}
    for line in messages:
        operation, code = line.get("operation"), line.get("code")
        if line["direction"] == "in" and operation == "Deregister" and code == "0.04":
            accepted[line["token"]] = line["remote"]
        elif line["direction"] == "out" and code == "2.02" and line["token"] in accepted:
            gone.add(_target(messages, line["token"]))
        elif line["direction"] == "in" and operation == "Update" and _path(line) in gone:
            yield Finding(line["frame"], f"Update of {_path(line)} after its De-register was answered 2.02")


def _path(line: Line) -> str:
    return "/" + "/".join(option["value"] for option in line["options"] if option["number"] == 11)


def _target(messages: Sequence[Line], token: str) -> str:
    return next(_path(line) for line in messages if line["direction"] == "in" and line["token"] == token)


RULES = (
    Rule(
        "rule.registration.nothing-after-deregister",
        "a registration that was taken back is not updated any more",
        "LwM2M Core 1.1.1 §6.2.3",
        _after_deregister,
        roles=("device",),
    ),
)
