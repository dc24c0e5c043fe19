"""Rules of observations."""

from collections.abc import Iterator, Sequence

from conformance.rules.rule import Finding, Line, Rule

OBSERVE = 6


def _option_on_an_error(messages: Sequence[Line]) -> Iterator[Finding]:
    for line in messages:
        code = line.get("code") or ""
        refused = line["direction"] == "in" and code[:1] in ("4", "5") and not line["malformed"]
        if refused and any(option["number"] == OBSERVE for option in line["options"]):
            yield Finding(line["frame"], f"{code} with an Observe option")


RULES = (
    Rule(
        "rule.observation.no-option-on-error",
        "an error response carries no Observe option",
        "RFC 7641 §3.2, §4.2",
        _option_on_an_error,
        roles=("device",),
    ),
)
