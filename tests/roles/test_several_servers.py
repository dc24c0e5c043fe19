"""What an Access Control Instance of a case holds."""

from types import SimpleNamespace
from typing import cast

import pytest

from conformance.messages.content import Values
from conformance.roles import Account
from conformance.roles.several_servers import ALL, MAX_ID, Access, Rights, shared

FIRST, SECOND = 101, 102


def account(ssid: int) -> Account:
    return cast(Account, SimpleNamespace(provided=SimpleNamespace(ssid=ssid)))


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (Access("/3/0", owner=1), {0: 3, 1: 0, 3: FIRST}),
        (Access("/3/0", owner=2, rights={1: Rights.READ}), {0: 3, 1: 0, 2: {FIRST: 1}, 3: SECOND}),
        (Access("/3/0", owner=1, rights={2: Rights.NONE}), {0: 3, 1: 0, 2: {SECOND: 0}, 3: FIRST}),
        (shared("/3/0"), {0: 3, 1: 0, 2: {0: int(ALL)}, 3: FIRST}),
        (Access((3311,), rights={2: Rights.CREATE}), {0: 3311, 1: MAX_ID, 2: {SECOND: 16}, 3: MAX_ID}),
    ],
)
def test_what_is_written(access: Access, expected: dict[int, Values]) -> None:
    assert access.values([account(FIRST), account(SECOND)]) == expected


def test_every_right_on_an_instance_has_no_right_to_create() -> None:
    assert int(ALL) == 1 + 2 + 4 + 8
