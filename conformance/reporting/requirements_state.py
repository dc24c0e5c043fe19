"""From the verdicts of cases to the state of each requirement, held per SUT."""

from collections.abc import Iterable, Sequence

from conformance.reporting.record import Check, RequirementState, Result, Run, State, Verdict

_RANK = {Verdict.PASS: 0, Verdict.INCONCLUSIVE: 1, Verdict.FAIL: 2, Verdict.ERROR: 3}
_SEVERITY = (State.NOT_MET, State.INCONCLUSIVE, State.MET, State.NOT_APPLICABLE, State.NOT_TESTED)
_STATE = {
    Verdict.FAIL: State.NOT_MET,
    Verdict.INCONCLUSIVE: State.INCONCLUSIVE,
    Verdict.ERROR: State.INCONCLUSIVE,
    Verdict.PASS: State.MET,
}


def evidence_for(result: Result, label: str) -> State:
    """What one result says of one requirement.

    Only checks that count for the label speak. A passive rule can only worsen the state. Where the case's
    verdict is worse than all its checks (a time limit, a broken adapter, a flaky case), it falls on every
    requirement of the case.
    """
    if result.verdict is Verdict.NOT_APPLICABLE:
        return State.NOT_APPLICABLE if label in result.requirements else State.NOT_TESTED
    own = label in result.requirements
    if result.flaky:
        return State.INCONCLUSIVE if label in labels_of(result) else State.NOT_TESTED
    heard = [check.verdict for check in result.checks if own and check.counts_for(label)]
    heard += [
        rule.verdict
        for rule in result.rules
        if rule.verdict is not Verdict.PASS
        and (label in rule.requirements or (own and not rule.requirements))
    ]
    if own and _beyond(result.verdict, result.judged):
        heard.append(result.verdict)
    if not heard:
        return State.NOT_TESTED
    # A broken check leaves a failed one standing: any fail means not met, as between cases.
    return _worst(_STATE[verdict] for verdict in heard)


def labels_of(result: Result) -> tuple[str, ...]:
    """The requirements that a result speaks of: those of its case and those that a red rule names."""
    named = (
        label for rule in result.rules if rule.verdict is not Verdict.PASS for label in rule.requirements
    )
    return tuple(dict.fromkeys((*result.requirements, *named)))


def roll_up(run: Run, labels: Iterable[str] = ()) -> tuple[RequirementState, ...]:
    """The state of every requirement for every SUT of a run.

    Any fail gives ``not met``; else any inconclusive or error ``inconclusive``; else at least one pass
    ``met``; else ``not applicable`` or ``not tested``. `labels` (the catalogue's) come first and in their
    order; labels that only the record has follow.
    """
    everything = dict.fromkeys(labels)
    for result in run.results:
        everything.update(dict.fromkeys(labels_of(result)))
    for left_out in run.deselected:
        everything.update(dict.fromkeys(left_out.requirements))
    speaking: dict[tuple[str, str], list[Result]] = {}
    for result in run.results:
        for label in labels_of(result):
            speaking.setdefault((label, result.sut), []).append(result)
    return tuple(
        _state(label, sut.name, speaking.get((label, sut.name), []))
        for label in everything
        for sut in run.suts
    )


def _state(label: str, sut: str, results: Sequence[Result]) -> RequirementState:
    heard = [(result.name, evidence_for(result, label)) for result in results]
    cases = tuple(name for name, state in heard if state is not State.NOT_TESTED)
    return RequirementState(label, sut, _worst(state for _, state in heard), cases)


def _worst(states: Iterable[State]) -> State:
    return min(states, key=_SEVERITY.index, default=State.NOT_TESTED)


def _beyond(verdict: Verdict, checks: Sequence[Check]) -> bool:
    return verdict is not Verdict.PASS and all(_RANK[check.verdict] < _RANK[verdict] for check in checks)
