"""Faults of the network between the tester and the SUT: schedules that are data, and the proxy that carries
them out."""

from conformance.faults.actions import (
    Action,
    Corrupt,
    Delay,
    Drop,
    Duplicate,
    Fragment,
    Loss,
    Mtu,
    Mutate,
    Mute,
    Rebind,
    Reorder,
    Replay,
    Truncate,
)
from conformance.faults.disturbance import Disturbance, Fired
from conformance.faults.network import Network
from conformance.faults.proxy import Proxy
from conformance.faults.schedule import Direction, Fault, Layer, Match, Schedule, ScheduleError

__all__ = [
    "Action",
    "Corrupt",
    "Delay",
    "Direction",
    "Disturbance",
    "Drop",
    "Duplicate",
    "Fault",
    "Fired",
    "Fragment",
    "Layer",
    "Loss",
    "Match",
    "Mtu",
    "Mutate",
    "Mute",
    "Network",
    "Proxy",
    "Rebind",
    "Reorder",
    "Replay",
    "Schedule",
    "ScheduleError",
    "Truncate",
]
