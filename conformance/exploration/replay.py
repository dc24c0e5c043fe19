"""Plays a stored conversation as a case: the found one once more, or one of a collection."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path as File

from conformance.exploration.belief import Belief
from conformance.exploration.player import Player
from conformance.exploration.renewal import renewed
from conformance.exploration.step import Conversation, ConversationError
from conformance.exploration.surface import Surface
from conformance.roles.device import Device
from conformance.verdicts import CheckFailed, HarnessError, NotApplicable

FILE = "conversation.json"
"""The name, in the evidence of a case, of the conversation that it judges."""


async def replay(
    device: Device,
    conversation: Conversation,
    surface: Surface | None = None,
    earlier: Belief | None = None,
) -> Belief:
    """Play a conversation against a device that is started anew for it.

    `surface` is the one that it was drawn from, and `earlier` what was left behind on a device that a start
    does not put back; gives what this one leaves.

    Raises:
        CheckFailed: a prediction does not hold; the check is in the record of the case.
        NotApplicable: the device has not what the conversation needs.
    """
    context = device.context
    await renewed(device)
    surface = surface or await Surface.seen(device)
    if missing := surface.lacks(conversation.steps):
        raise NotApplicable(f"the conversation cannot be played: {missing}")
    conversation.save(context.folder / FILE)
    player = Player(device, surface, device.ixit.reaction_time, earlier)
    await judge(device, player, conversation)
    if context.isolation != "reset":
        await player.undo()
    return player.belief


async def judge(device: Device, player: Player, conversation: Conversation) -> None:
    """Let a player play a conversation, and put what does not hold into the record of the case.

    Raises:
        CheckFailed: a prediction does not hold.
    """
    context = device.context
    violation = await player.play(conversation.steps)
    for text in player.scene.notes:
        context.record.note(text)
    if violation is None:
        return
    check, number = violation.check, len(player.performed)
    context.record.note(f"the conversation: {'; '.join(map(str, player.performed))}", frame=check.frame)
    context.record.checks.append(check)
    raise CheckFailed(
        f"{check.id}: expected {check.expected}; actual {check.actual}, after {number} operations"
    )


async def replay_all(device: Device, files: Iterable[File]) -> None:
    """Play stored conversations one after the other; those that the device cannot have are noted.

    Raises:
        CheckFailed: a prediction does not hold.
        NotApplicable: there is none that can be played.
        HarnessError: a file holds no conversation.
    """
    record, played = device.context.record, 0
    earlier: Belief | None = None
    for file in files:
        try:
            conversation = Conversation.load(file)
        except ConversationError as problem:
            raise HarnessError(str(problem)) from None
        try:
            earlier = await replay(device, conversation, earlier=earlier)
        except NotApplicable as reason:
            record.note(f"{file.name}: {reason}")
            continue
        played += 1
    if not played:
        raise NotApplicable("none of the stored conversations can be played with this SUT")
    record.judge(
        "exploration.violations", 0, 0, what=f"violated predictions in {played} stored conversations:"
    )


def stored_conversations(places: Iterable[File]) -> list[File]:
    """The files at these places; of a folder all that end in ``.json``."""
    return [
        file for place in places for file in (sorted(place.glob("*.json")) if place.is_dir() else [place])
    ]
