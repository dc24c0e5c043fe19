"""Every stored check of a case judged again: its matcher, its value, its verdict, and the passive rules."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import rules
from conformance.evidence.lines import Line
from conformance.matching import describe, satisfies, show
from conformance.reporting.record import Check, Result, Verdict
from conformance.verdicts import CaseRecord
from conformance.verification.derivation import Deriving, NotDerivedError
from conformance.verification.finding import Account
from conformance.verification.transcript import Transcript


def judge_checks(
    result: Result, transcript: Transcript | None, deriving: Deriving | None, account: Account, place: str
) -> None:
    """Judge the checks of a result again; without a transcript, by what they say of themselves alone."""
    for check in result.checks:
        for text in _against_itself(check):
            account.found(place, text, check.id)
        account.judged["checks"] += 1
        _against_the_capture(check, transcript, deriving, account, place)


def _against_itself(check: Check) -> Iterator[str]:
    """Whether verdict, level and grade are what matcher and value give."""
    try:
        holds = satisfies(check.matcher or {}, check.value)
        words = describe(check.matcher or {})
    except Exception as problem:
        yield f"its matcher cannot be evaluated: {type(problem).__name__}: {problem}"
        return
    if holds:
        right = check.verdict is Verdict.PASS and check.grade in ("strict", "tolerated")
    elif check.level == "MUST":
        right = check.verdict is Verdict.FAIL and check.grade == "strict"
    else:
        right = check.verdict is Verdict.PASS and check.grade == "warning"
    if not right:
        yield (
            f"is recorded as {check.verdict} ({check.level}, {check.grade}), but its value "
            f"{show(check.value)} {'satisfies' if holds else 'does not satisfy'} {words}"
        )
    if words.strip() not in check.expected:
        yield f"expects {check.expected!r} in words, and {words!r} by its matcher"
    if check.frame is not None and not check.actual.endswith(f" (frame {check.frame})"):
        yield f"names frame {check.frame}, and says {check.actual!r}"
    if check.subject is not None and check.subject.frame != check.frame:
        yield f"names frame {check.frame} and, with its subject, frame {check.subject.frame}"


def _against_the_capture(
    check: Check, transcript: Transcript | None, deriving: Deriving | None, account: Account, place: str
) -> None:
    if check.source == "live":
        account.left["source: live"] += 1
        return
    if check.frame is None or check.subject is None:
        account.left["about no single frame"] += 1
        return
    if transcript is None or deriving is None:
        account.left["no evidence was kept"] += 1
        return
    if check.frame not in transcript.frames:
        account.found(place, f"names frame {check.frame}, which the capture does not have", check.id)
        return
    try:
        anew = deriving.values(check.id, check.subject.field, check.frame, check.value)
    except NotDerivedError as problem:
        account.left[str(problem)] += 1
        return
    account.judged["values from the capture"] += 1
    if check.value not in anew:
        account.found(
            place,
            f"its value is {show(check.value)}, and {show(anew[0])} in frame {check.frame} of the capture",
            check.id,
        )
    elif "unreadable" not in str(check.value) and show(check.value).strip() not in check.actual:
        account.found(place, f"its value is {show(check.value)}, and it says {check.actual!r}", check.id)


def judge_rules(
    raw: Mapping[str, Any], role: str, lines: Sequence[Line], account: Account, place: str
) -> None:
    """Judge the passive rules of a role over the decoded messages and compare with what was recorded."""
    if raw["verdict"] in ("error", "not_applicable") and not raw["checks"] and not raw["rules"]:
        account.left["rules of a case whose conversation did not come about"] += 1
        return
    record = CaseRecord(raw["requirements"], raw["clause"] or "")
    known = rules.known_to_sut(lines)
    try:
        anew = [json.loads(json.dumps(check.as_data())) for check in rules.judge(role, known, record)]
    except Exception as problem:
        account.found(place, f"the rules cannot be judged over what the capture holds: {problem!r}")
        return
    account.judged["rules"] += len(rules.rules_of(role))
    recorded = {rule["id"]: rule for rule in raw["rules"]}
    for found in anew:
        rule = recorded.pop(found["id"], None)
        if rule is None:
            account.found(place, f"is broken in the capture: {found['actual']}", found["id"])
        elif different := [key for key in found if found[key] != rule.get(key)]:
            key = different[0]
            account.found(
                place, f"{key} is {rule.get(key)!r}, and {found[key]!r} by the capture", found["id"]
            )
    for identifier in recorded:
        account.found(place, "holds in the capture, and is recorded as broken", identifier)
