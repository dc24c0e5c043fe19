"""Rules of the CoAP message layer."""

from collections.abc import Iterator, Sequence

from conformance.rules.rule import Finding, Line, Rule


def _malformed(messages: Sequence[Line]) -> Iterator[Finding]:
    for line in messages:
        if line["direction"] == "in" and line["malformed"]:
            yield Finding(line["frame"], f"{line['summary']}: {line['malformed']}")


def _token_not_echoed(messages: Sequence[Line]) -> Iterator[Finding]:
    requests: dict[tuple[str, str, int], str] = {}
    for line in messages:
        if line.get("code") is None:
            continue
        key = (line["local"], line["remote"], line["mid"])
        if line["direction"] == "out" and line["code"][0] == "0" and line["code"] != "0.00":
            requests[key] = line["token"]
        elif line["direction"] == "in" and line["type"] == "ACK" and line["code"] != "0.00":
            expected = requests.get(key)
            if expected is not None and expected != line["token"]:
                yield Finding(
                    line["frame"],
                    f"the response carries the token {line['token'] or '(none)'}, not {expected}",
                )


def _acknowledgement_answered(messages: Sequence[Line]) -> Iterator[Finding]:
    answered_by_us = {
        (line["local"], line["remote"], line["mid"])
        for line in messages
        if line["direction"] == "out" and line.get("type") in ("ACK", "RST")
    }
    own = {
        (line["local"], line["remote"], line["mid"])
        for line in messages
        if line["direction"] == "out" and line.get("type") in ("CON", "NON")
    }
    for line in messages:
        if line["direction"] == "in" and line.get("type") in ("ACK", "RST"):
            key = (line["local"], line["remote"], line["mid"])
            if key in answered_by_us and key not in own:
                yield Finding(line["frame"], f"{line['type']} in answer to an acknowledgement or a Reset")


RULES = (
    Rule("rule.coap.well-formed", "every message is well-formed CoAP", "RFC 7252 §3", _malformed),
    Rule(
        "rule.coap.token-echoed",
        "a response carries the token of its request",
        "RFC 7252 §5.3.1",
        _token_not_echoed,
    ),
    Rule(
        "rule.coap.no-ack-of-ack",
        "an acknowledgement or a Reset is not answered by one",
        "RFC 7252 §4.2",
        _acknowledgement_answered,
    ),
)
