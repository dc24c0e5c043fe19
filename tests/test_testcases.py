"""The test cases and the catalogue hold each other: no tag without a requirement, no claim without a case."""

import re

import pytest

from conformance import bundle
from conformance.requirements import Clause, Disposition, Role, load_catalogue
from conformance.selection import Declared, declared_cases
from conformance.selftest.mutants import load_mutants
from conformance.sut.applies import parse

CASES = declared_cases(bundle.testcases())
CATALOGUE = load_catalogue()
CASE_IDS = [case.case.id for case in CASES]


@pytest.mark.parametrize("declared", CASES, ids=CASE_IDS)
def test_a_case_verifies_requirements_of_the_catalogue(declared: Declared) -> None:
    assert [label for label in declared.case.verifies if CATALOGUE.get(label) is None] == []


@pytest.mark.parametrize("declared", CASES, ids=CASE_IDS)
def test_a_case_names_clauses_that_can_be_looked_up(declared: Declared) -> None:
    assert Clause.parse_all(declared.case.clause)


@pytest.mark.parametrize("declared", CASES, ids=CASE_IDS)
def test_a_case_says_when_it_applies(declared: Declared) -> None:
    assert parse(declared.case.applies)


@pytest.mark.parametrize("declared", CASES, ids=CASE_IDS)
def test_a_case_reads_at_one_sitting(declared: Declared) -> None:
    source = declared.file.read_text(encoding="utf-8").splitlines()
    start = declared.line - 1
    end = next(
        (
            number
            for number in range(start + 1, len(source))
            if re.match(r"(async def|def|@|class|[A-Z_a-z])", source[number])
            and not source[number].startswith(("async def " + declared.function.__name__, ")", "@vary"))
            and number > start + 6
        ),
        len(source),
    )
    assert end - start <= 60, f"{declared.case.id} takes {end - start} lines"


@pytest.mark.parametrize("declared", CASES, ids=CASE_IDS)
def test_a_case_makes_no_bare_assertion(declared: Declared) -> None:
    assert not re.search(r"^\s+assert\b", declared.file.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_requirement_that_is_called_tested_has_a_case() -> None:
    covered = {label for case in CASES for label in case.case.verifies}
    tested = {item.label for item in CATALOGUE if item.disposition is Disposition.TESTED}
    assert tested - covered == set()


def test_what_is_called_tested_has_a_case_of_each_role_that_it_concerns() -> None:
    played = {role.value.replace("-", "_"): role for role in Role if role is not Role.NETWORK}
    covered = {
        (label, played[case.case.role])
        for case in CASES
        if case.case.role in played
        for label in case.case.verifies
    }
    tested = {
        (item.label, role)
        for item in CATALOGUE
        for role in item.roles
        if role is not Role.NETWORK and item.standing(role).disposition is Disposition.TESTED
    }
    assert tested - covered == set()


def test_no_case_verifies_a_requirement_that_does_not_concern_its_role() -> None:
    roles = {item.label: {role.value.replace("-", "_") for role in item.roles} for item in CATALOGUE}
    strange = {
        f"{case.case.id}: {label}"
        for case in CASES
        if case.case.role in ("device", "server", "bootstrap_server")
        for label in case.case.verifies
        if case.case.role not in roles[label]
    }
    assert strange == set()


def test_every_requirement_has_a_case_or_a_disposition() -> None:
    covered = {label for case in CASES for label in case.case.verifies}
    assert [item.label for item in CATALOGUE if item.label not in covered and not item.reason] == []


def test_every_mutant_names_cases_that_exist() -> None:
    known = set(CASE_IDS)
    strange = {
        f"{mutant.name}: {case}"
        for mutant in load_mutants(bundle.fixtures() / "mutants")
        for case in mutant.cases
        if case not in known
    }
    assert strange == set()
