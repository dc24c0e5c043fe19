"""What an item of pytest stands for: a test case, in one of its variants, for a SUT or a pair of them."""

from collections.abc import Iterator, Sequence

import pytest

from conformance.pair.pairing import Pairing
from conformance.system_under_test import SystemUnderTest
from conformance.testcase import TestCase, printed_value

Assigned = SystemUnderTest | Pairing


def case_of(function: object) -> TestCase | None:
    """The test case that a function is; None for another one."""
    case = getattr(function, "testcase", None)
    return case if isinstance(case, TestCase) else None


def varied_case_of(item: pytest.Function) -> TestCase | None:
    """The case of an item as it runs with the parameters of the item."""
    case = case_of(item.function)
    if case is None or not hasattr(item, "callspec"):
        return case
    sut = sut_of(item)
    if "security" not in item.callspec.params and isinstance(sut, SystemUnderTest):
        return sut.as_it_runs(case)
    return case.in_variant(item.callspec.params)


def variant_of(item: pytest.Function) -> dict[str, str]:
    """The SUT's version and the case's own parameters, as text."""
    sut = sut_of(item)
    variant = {"lwm2m": sut.lwm2m} if sut else {}
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    for name, value in parameters.items():
        if name != "assigned":
            variant[name] = printed_value(value)
    return variant


def sut_of(item: pytest.Function) -> Assigned | None:
    """What an item runs against; None without a SUT for its role."""
    sut = item.callspec.params.get("assigned") if hasattr(item, "callspec") else None
    return sut if isinstance(sut, Assigned) else None


def name_of(assigned: Assigned | None) -> str | None:
    """The name of a SUT; a pair has none of its own."""
    return assigned.profile.sut.name if isinstance(assigned, SystemUnderTest) else None


def cases_among(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Function, TestCase]]:
    """Those items that are test cases, as they run."""
    for item in items:
        if isinstance(item, pytest.Function) and (case := varied_case_of(item)):
            yield item, case


def reason_against(case: TestCase, sut: Assigned) -> str:
    """Why a case is not applicable to a SUT; empty when it is."""
    if isinstance(sut, Pairing):
        return sut.reason_against(case)
    if reason := sut.applicability(case.applies).reason:
        return reason
    if case.begins and sut.profile.isolation == "none":
        return f"the case needs {case.begins}, the profile says isolation = none"
    if sut.mode and case.mode not in sut.profile.held:
        held = " or ".join(sorted(sut.profile.held))
        return f"the case runs with {case.mode or 'no security'}, the SUT with {held} alone"
    return ""
