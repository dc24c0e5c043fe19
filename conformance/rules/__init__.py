"""What holds of every conversation: passive rules over the recorded messages, one module a layer."""

from collections.abc import Iterator, Sequence

from conformance.rules import blockwise, bootstrap_server, coap, content, observation, registration, server
from conformance.rules.rule import Finding, Line, Rule
from conformance.verdicts import CaseRecord, Check, Grade, Level, Subject, Verdict

__all__ = ["Finding", "Line", "Rule", "judge", "rules_of"]

_RULES = (
    *coap.RULES,
    *blockwise.RULES,
    *observation.RULES,
    *registration.RULES,
    *content.RULES,
    *server.RULES,
    *bootstrap_server.RULES,
)


def rules_of(role: str) -> tuple[Rule, ...]:
    """The rules that bind a SUT in this role."""
    return tuple(rule for rule in _RULES if role in rule.roles)


def known_to_sut(messages: Sequence[Line]) -> list[Line]:
    """What the SUT sent and what reached it: without what got lost on the way to it, without the copies that
    the network made of what it had, and without what the network made on the way from it."""
    known, had = [], set()
    for line in messages:
        message = line["local"], line.get("mid"), line.get("token"), line.get("code")
        injected = bool(line.get("injected"))
        if line["direction"] == "in":
            if not injected:
                known.append(line)
        elif not line.get("lost") and not (injected and message in had):
            had.add(message)
            known.append(line)
    return known


def judge(role: str, messages: Sequence[Line], record: CaseRecord) -> list[Check]:
    """The findings of all rules of a role over one conversation; a rule that holds leaves nothing."""
    return [check for rule in rules_of(role) for check in _findings(rule, messages, record)]


def _findings(rule: Rule, messages: Sequence[Line], record: CaseRecord) -> Iterator[Check]:
    for finding in rule.find(messages):
        failed = rule.level is Level.MUST
        yield Check(
            id=rule.id,
            verdict=Verdict.FAIL if failed else Verdict.PASS,
            level=rule.level,
            grade=Grade.STRICT if failed else Grade.WARNING,
            expected=rule.title,
            actual=f"{finding.text} (frame {finding.frame})",
            clause=rule.clause,
            requirements=tuple(record.requirements),
            frame=finding.frame,
            source="wire",
            matcher={"op": "equal", "value": None},
            value=finding.text,
            subject=Subject("message", finding.frame),
        )
        return
