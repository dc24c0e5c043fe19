"""Every combination of what may apply, against the precedence."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from conformance.reporting.exit_code import exit_code
from conformance.reporting.record import result_from_data

Data = Callable[..., dict[str, Any]]
KNOWN = {"link": "https://example.org/1", "reason": "not sent", "expires": None}
OUTCOMES: dict[str, dict[str, Any]] = {
    "pass": {},
    "warning": {},
    "not_applicable": {"verdict": "not_applicable", "reason": "no"},
    "known": {"verdict": "fail", "known_issue": KNOWN},
    "fail": {"verdict": "fail"},
    "inconclusive": {"verdict": "inconclusive", "reason": "no"},
    "error": {"verdict": "error", "reason": "no"},
}
CODE_OF = {"fail": 1, "inconclusive": 5, "error": 3}
FLAGS = {"interrupted": 130, "usage_error": 2, "harness_failed": 3, "finding": 1, "stale": 4}
ORDER = (130, 2, 3, 1, 4, 5, 0)


@pytest.mark.parametrize("flags", list(product([False, True], repeat=len(FLAGS))))
def test_precedence(a_result: Data, flags: tuple[bool, ...]) -> None:
    given = dict(zip(FLAGS, flags, strict=True))
    of = {name: result_from_data(a_result(**changed)) for name, changed in OUTCOMES.items()}
    for present in product([False, True], repeat=len(OUTCOMES)):
        names = [name for name, there in zip(OUTCOMES, present, strict=True) if there]
        applying = {FLAGS[flag] for flag, is_set in given.items() if is_set} | {0}
        applying |= {CODE_OF[name] for name in names if name in CODE_OF}
        expected = next(code for code in ORDER if code in applying)
        assert exit_code([of[name] for name in names], **given) == expected, (names, given)
