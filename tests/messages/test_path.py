"""Paths of the data model as text and as ids."""

import pytest

from conformance.messages import Path


@pytest.mark.parametrize(
    ("text", "identifiers"),
    [("/", ()), ("", ()), ("/3", (3,)), ("/3/0/11/65534", (3, 0, 11, 65534))],
)
def test_text_and_ids(text: str, identifiers: tuple[int, ...]) -> None:
    path = Path.parse(text)
    assert path == identifiers
    assert Path.of(identifiers) == path == Path.of(text)
    assert str(path) == (text or "/")
    assert path.segments == tuple(str(number) for number in identifiers)


@pytest.mark.parametrize(
    "text", ["3/0", "/3//0", "/3/0/", "/a", "/-1", "/3/65535", "/1/2/3/4/5", "/²", "/ 3"]
)
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(ValueError, match=r"path|id"):
        Path.parse(text)


def test_down_and_up() -> None:
    path = Path.parse("/3/0") / 11 / 2
    assert tuple(path) == (3, 0, 11, 2)
    assert tuple(path.parent) == (3, 0, 11)
    assert Path().parent == Path()
    assert repr(path) == "Path('/3/0/11/2')"
    with pytest.raises(ValueError, match="at most four ids"):
        path / 1
