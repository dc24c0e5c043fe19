"""Hostile text becomes one harmless line."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reporting.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("lt=120 §6 ü 東", "lt=120 §6 ü 東"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31mred\x00\x7f\x9b", "\\x1b[31mred\\x00\\x7f\\x9b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_cut() -> None:
    assert visible("x" * 10, 4) == "xxxx… (10 characters)"
    assert visible("x" * 4, 4) == "xxxx"


@given(st.text(alphabet=st.characters()))
def test_any_text_prints_and_fits_xml(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    element = ET.Element("x", a=shown)
    assert ET.fromstring(ET.tostring(element)).get("a") == shown
