"""Conversations that went wrong somewhere once, played again."""

from pathlib import Path as File

from conformance.exploration import replay_all, stored_conversations
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

FOLDER = File(__file__).with_name("conversations")
WRITABLE = "(ixit.writable_integer | ixit.writable_string | ixit.writable_float | ixit.writable_boolean)"


@testcase(
    "EXP-REP-01",
    verifies=["HLF-010", "HLF-020", "HLF-028", "HLF-029", "HLF-033", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3",
    applies=f"device & {WRITABLE}",
)
@vary(conversation=[file.stem for file in stored_conversations([FOLDER])])
async def test_known_conversation_goes_well(device: Device, conversation: str) -> None:
    """A conversation that was one device's undoing goes as the model of the device predicts."""
    await device.registered()
    await device.control()
    await replay_all(device, [FOLDER / f"{conversation}.json"])


@testcase(
    "EXP-REP-02",
    verifies=["HLF-010", "HLF-020", "HLF-028", "HLF-029", "HLF-033", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3",
    applies=f"device & {WRITABLE}",
)
async def test_given_conversations_go_well(device: Device) -> None:
    """The conversations given with --conversation go as the model of the device predicts."""
    given = stored_conversations(device.context.exploration.conversations)
    if not given:
        raise NotApplicable("no stored conversation is given: see --conversation")
    await device.registered()
    await device.control()
    await replay_all(device, given)
