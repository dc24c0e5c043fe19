"""Answers that come while a verb is being given up are no breach of the contract; second answers are."""

import asyncio
import json
from typing import Any

import pytest

from conformance.sut.adapter import AdapterError
from conformance.sut.control import Control


def test_an_answer_may_come_in_the_moment_in_which_its_verb_is_given_up() -> None:
    async def scenario() -> None:
        asked: list[dict[str, Any]] = []
        control = Control(lambda line: asked.append(json.loads(line)))
        given_up = asyncio.create_task(control.ask("read", {}, 10))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.sleep(0)
        control.line(json.dumps({"id": asked[0]["id"], "result": {}}))
        with pytest.raises(asyncio.CancelledError):
            await given_up
        another = asyncio.create_task(control.ask("read", {}, 10))
        await asyncio.sleep(0)
        control.line(json.dumps({"id": asked[1]["id"], "result": {"code": "2.05"}}))
        assert await another == {"code": "2.05"}

    asyncio.run(scenario())


def test_two_answers_to_one_request_break_the_contract() -> None:
    async def scenario() -> None:
        asked: list[dict[str, Any]] = []
        control = Control(lambda line: asked.append(json.loads(line)))
        asking = asyncio.create_task(control.ask("read", {}, 10))
        await asyncio.sleep(0)
        answer = json.dumps({"id": asked[0]["id"], "result": {}})
        control.line(answer)
        control.line(answer)
        await asking
        with pytest.raises(AdapterError, match="a second answer to one request"):
            await control.ask("read", {}, 10)

    asyncio.run(scenario())
