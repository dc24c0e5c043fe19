"""Rules of the CoAP message layer (RFC 7252)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from conformance.rules.rule import (
    Finding,
    Line,
    Rule,
    content,
    is_readable,
    is_request,
    is_response,
    new_messages,
)

EXCHANGE_LIFETIME = 200.0
"""Seconds in which a CON keeps its Message ID to itself, however short the timers (RFC 7252 §4.8.2)."""
NON_LIFETIME = 100.0
"""Seconds in which a NON keeps its Message ID to itself, likewise: MAX_LATENCY alone takes so long."""


DTLS_VERSIONS = ("7.30", (0xFD, 0xFF))
"""Octets 1 and 2 of a DTLS record, read as the code and the first half of the Message ID of a message."""


def _malformed(messages: Sequence[Line]) -> Iterator[Finding]:
    known = {line["remote"] for line in messages if is_readable(line)}
    for line in messages:
        if line["direction"] == "in" and line["malformed"] and not _is_stray(line, known):
            yield Finding(line["frame"], f"{line['summary']}: {line['malformed']}")


def _is_stray(line: Line, known: Collection[str]) -> bool:
    """Whether it is a record of DTLS from an address that has no part in the conversation: the last word of
    another one, to whom the port belonged before."""
    code, second = DTLS_VERSIONS
    return line["remote"] not in known and line.get("code") == code and line["mid"] >> 8 in second


def _token_not_echoed(messages: Sequence[Line]) -> Iterator[Finding]:
    """The tester may use one Message ID for several requests: any of their tokens is right."""
    requests: defaultdict[tuple[str, str, int], set[str]] = defaultdict(set)
    unclear: set[tuple[str, str, int]] = set()
    for line in messages:
        if "code" not in line:
            continue
        key = (line["local"], line["remote"], line["mid"])
        if line["direction"] == "out" and line["malformed"]:
            unclear.add(key)
        elif line["direction"] == "out" and is_request(line):
            requests[key].add(line["token"])
        elif line["direction"] == "in" and line["type"] == "ACK" and is_response(line):
            tokens = requests.get(key)
            if tokens and key not in unclear and line["token"] not in tokens:
                expected = " or ".join(sorted(token or "(none)" for token in tokens))
                yield Finding(
                    line["frame"],
                    f"the response carries the token {line['token'] or '(none)'}, not {expected}",
                )


def _acknowledgement_answered(messages: Sequence[Line]) -> Iterator[Finding]:
    """What the tester sent in a form that cannot be read may be reset, whatever it looks like."""
    answered_by_us: set[tuple[str, str, int]] = set()
    own: set[tuple[str, str, int]] = set()
    for line in messages:
        if line["direction"] != "out":
            continue
        if not is_readable(line):
            own.add((line["local"], line["remote"], line["mid"] if "mid" in line else _message_id(line)))
        elif line["type"] in ("ACK", "RST"):
            answered_by_us.add((line["local"], line["remote"], line["mid"]))
        else:
            own.add((line["local"], line["remote"], line["mid"]))
    for line in messages:
        if line["direction"] == "in" and line.get("type") in ("ACK", "RST"):
            key = (line["local"], line["remote"], line["mid"])
            if key in answered_by_us and key not in own:
                yield Finding(line["frame"], f"{line['type']} in answer to an acknowledgement or a Reset")


def _message_id(line: Line) -> int:
    return int.from_bytes(bytes.fromhex(line["payload"])[2:4], "big")


def _message_id_reused(messages: Sequence[Line]) -> Iterator[Finding]:
    """A Register or a Bootstrap-Request begins anew: behind it may stand a restarted device that remembers no
    Message ID, and that chose the same token and Message ID as at its first start."""
    used: dict[tuple[str, str], dict[int, tuple[float, tuple[Any, ...], Line]]] = defaultdict(dict)
    for line in messages:
        if line["direction"] != "in" or not is_readable(line) or line["type"] not in ("CON", "NON"):
            continue
        known = used[line["local"], line["remote"]]
        before = known.get(line["mid"])
        if line.get("operation") in ("Register", "BootstrapRequest"):
            known.clear()
        elif before is not None and before[1] == content(line):
            continue
        elif before is not None:
            lifetime = EXCHANGE_LIFETIME if line["type"] == before[2]["type"] == "CON" else NON_LIFETIME
            passed = line["time"] - before[0]
            if passed < lifetime:
                yield Finding(
                    line["frame"],
                    f"Message ID {line['mid']} of frame {before[2]['frame']} again after {passed:.1f} s, "
                    f"for another message: {line['summary']}",
                )
        known[line["mid"]] = (line["time"], content(line), line)


def _response_after_reset(messages: Sequence[Line]) -> Iterator[Finding]:
    """Judged only where the token went out in one single message: the response belongs to no other."""
    times_sent = Counter(
        (line["local"], line["remote"], line["token"])
        for line in messages
        if line["direction"] == "out" and "token" in line
    )
    rejected: dict[tuple[str, str, str], int] = {}
    by_mid: dict[tuple[str, str, int], tuple[str, str, str]] = {}
    for line in new_messages(messages):
        key = (line["local"], line["remote"], line["token"])
        if line["direction"] == "out":
            if is_request(line) and line["token"]:
                by_mid[line["local"], line["remote"], line["mid"]] = key
        elif line["type"] == "RST":
            asked = by_mid.get((line["local"], line["remote"], line["mid"]))
            if asked is not None and times_sent[asked] == 1:
                rejected[asked] = line["frame"]
        elif is_response(line) and key in rejected:
            yield Finding(line["frame"], f"a response to a request that was reset in frame {rejected[key]}")


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
    Rule(
        "rule.coap.message-id-once",
        "a Message ID stands for one message as long as an exchange can last",
        "RFC 7252 §4.4",
        _message_id_reused,
    ),
    Rule(
        "rule.coap.no-response-after-reset",
        "a request that was answered by a Reset is not answered otherwise",
        "RFC 7252 §4.2",
        _response_after_reset,
    ),
)
