"""Conversations are data: what a file holds is played as it was found."""

from pathlib import Path

import pytest

from conformance.exploration import Conversation, ConversationError, Step
from conformance.exploration.step import restored, size, stored
from conformance.formats import ObjectLink, Value

STEPS = (
    Step("write", "/3442/0/120", value=7, format=60),
    Step("observe", "/3442/0", slot=2),
    Step("attributes", "/3442/0/120", values={"pmin": None, "st": 5}),
    Step("payload", "/3442/0/120", octets="c4", format=11542, cut=True),
    Step("request", segments=("é", "0"), method=2, options=((2049, "00"),)),
)


def test_a_conversation_survives_its_file(tmp_path: Path) -> None:
    file = tmp_path / "conversation.json"
    made = Conversation(STEPS, "EXP-OPS-01", 7, "read.value", "what it shows")
    made.save(file)
    assert Conversation.load(file) == made


@pytest.mark.parametrize("value", [True, 0, -1.5, "text", b"\x00\xff", ObjectLink(3, 0)])
def test_a_value_survives_its_json(value: Value) -> None:
    assert restored(stored(value)) == value
    assert type(restored(stored(value))) is type(value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not a stored conversation"),
        ('{"schema": 2, "steps": []}', "schema is 2, expected 1"),
        ('{"schema": 1, "steps": []}', "without steps"),
        ('{"schema": 1, "steps": [{"do": "dance"}]}', "do = 'dance'"),
        ('{"schema": 1, "steps": [{"do": "read", "colour": 1}]}', "'colour'"),
        ('{"schema": 1}', "not a stored conversation"),
    ],
)
def test_a_file_that_is_none_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "odd.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConversationError, match=r"odd\.json") as caught:
        Conversation.load(file)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [None, [], {"hex": "0"}, {"link": "3"}, {"other": 1}])
def test_what_is_no_value_is_refused(data: object) -> None:
    with pytest.raises(ConversationError):
        restored(data)


def test_fewer_steps_are_shorter_whatever_they_hold() -> None:
    assert size([Step("write", "/3442/0/110", value="x" * 99)]) < size([Step("read", "/3")] * 2)
