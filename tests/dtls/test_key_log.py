"""Lines of a key log."""

from __future__ import annotations

import pytest

from conformance.dtls.key_log import client_random, text


def test_a_line_holds_random_and_master_secret() -> None:
    line = client_random(b"\x01" * 32, b"\x02" * 48)
    assert line == f"CLIENT_RANDOM {'01' * 32} {'02' * 48}"
    assert text([line, line]) == line.encode() + b"\n"
    assert text([]) == b""


def test_a_wrong_length_is_told() -> None:
    with pytest.raises(ValueError, match="not 31 and 48"):
        client_random(bytes(31), bytes(48))
