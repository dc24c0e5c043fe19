"""LwM2M operations as values: one class per operation, which builds a request and matches a received one."""

from conformance.messages.management import (
    Create,
    Delete,
    Discover,
    Execute,
    Observe,
    ObserveComposite,
    Read,
    ReadComposite,
    Write,
    WriteAttributes,
    WriteComposite,
)
from conformance.messages.path import Path
from conformance.messages.registration import Deregister, Register, Unknown, Update
from conformance.messages.reporting import Send

__all__ = [
    "Create",
    "Delete",
    "Deregister",
    "Discover",
    "Execute",
    "Observe",
    "ObserveComposite",
    "Path",
    "Read",
    "ReadComposite",
    "Register",
    "Send",
    "Unknown",
    "Update",
    "Write",
    "WriteAttributes",
    "WriteComposite",
]
