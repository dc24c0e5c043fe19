"""Ranges of definitions, as OMA writes them."""

import pytest

from conformance.model.ranges import permits


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("0..100", [0, 100, 50.5], [-1, 101, 100.5]),
        ("1-65534", [1, 65534], [0, 65535]),
        ("-24..24", [-24, 24], [-25]),
        ("0.000001..1.0", [0.5, 0.000001], [0.0, 1.5]),
        ("0..18446744073709551615", [2**64 - 1], [2**64, -1]),
        ("0..255 bytes", ["x" * 255, b"x" * 255, "", b""], ["x" * 256, b"x" * 256, "ü" * 128]),
        ("1..64 Bytes", ["x"], ["", b""]),
    ],
)
def test_a_range_bounds_numbers_and_lengths(text: str, inside: list[object], outside: list[object]) -> None:
    assert all(permits(text, value) for value in inside)
    assert not any(permits(text, value) for value in outside)


@pytest.mark.parametrize("text", ["", "16,32,48", "8 bit", "ON;OFF", "<7 to >12.5", "255", "2 Instances"])
def test_what_is_no_range_permits_all(text: str) -> None:
    assert permits(text, 10**6)
    assert permits(text, "x" * 1000)


def test_a_boolean_has_no_size() -> None:
    assert permits("5..6", True)
