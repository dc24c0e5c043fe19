"""Random exploration: sequences of operations against a model of the device, shrunk when one goes wrong."""

from conformance.exploration.explorer import Explorer
from conformance.exploration.replay import replay, replay_all, stored_conversations
from conformance.exploration.sharing import SharingExplorer, sharing
from conformance.exploration.step import Conversation, ConversationError, Step
from conformance.exploration.strategies import MANAGEMENT, REPORTING, conversations, damaged, strange_requests
from conformance.exploration.surface import Surface

__all__ = [
    "MANAGEMENT",
    "REPORTING",
    "Conversation",
    "ConversationError",
    "Explorer",
    "SharingExplorer",
    "Step",
    "Surface",
    "conversations",
    "damaged",
    "replay",
    "replay_all",
    "sharing",
    "stored_conversations",
    "strange_requests",
]
