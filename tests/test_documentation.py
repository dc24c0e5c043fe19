"""What the documentation says of the profile is complete, and the README's table names every command."""

import re
from pathlib import Path

import pytest

from conformance.cli import app
from conformance.reporting.known_issues import load_known_issues
from conformance.sut.check import VERBS
from conformance.sut.ics import items
from conformance.sut.ixit import keys

ROOT = Path(__file__).resolve().parent.parent
PROFILE = (ROOT / "docs/profile.md").read_text(encoding="utf-8")
ADAPTER = (ROOT / "docs/adapter.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(items()))
def test_every_ics_item_is_described(name: str) -> None:
    assert f"| `{name}` | {items()[name].meaning} |" in PROFILE


@pytest.mark.parametrize("key", keys(), ids=lambda key: key.name)
def test_every_ixit_key_is_described(key: object) -> None:
    assert f"| `{key.name}` | {key.meaning} |" in PROFILE  # type: ignore[attr-defined]


@pytest.mark.parametrize("verb", sorted(frozenset().union(*VERBS.values()) - {"sms"}))
def test_every_verb_is_described(verb: str) -> None:
    assert f"| `{verb}` |" in ADAPTER


def test_the_readme_names_every_command() -> None:
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}  # type: ignore[union-attr]
    missing = {name for name in commands if not re.search(rf"`[^`|]*{name}\b", README)}
    assert missing <= {"version"}


@pytest.mark.parametrize(
    "file", sorted((ROOT / "fixtures/profiles").glob("*.known-issues.toml")), ids=lambda file: file.name
)
def test_a_known_issue_leads_to_its_finding(file: Path) -> None:
    for entry in load_known_issues(file).entries:
        page, anchor = entry.link.split("#")
        assert f'<a id="{anchor}">' in (ROOT / page).read_text(encoding="utf-8"), entry
    assert file.with_name(file.name.replace(".known-issues", "")).exists()
