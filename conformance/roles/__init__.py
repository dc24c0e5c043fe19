"""The tester's end of the conversation, one module a role, and the SUT as a test case sees it."""

from conformance.roles.answer import Answer
from conformance.roles.arrival import Arrival
from conformance.roles.device import Account, Device
from conformance.roles.observation import Notification, Observation, Variable, variable
from conformance.roles.tester_server import TesterServer

__all__ = [
    "Account",
    "Answer",
    "Arrival",
    "Device",
    "Notification",
    "Observation",
    "TesterServer",
    "Variable",
    "variable",
]
