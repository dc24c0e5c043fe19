"""What the process that prepared commands are forked from has loaded: the suite, its test cases, and the data
that every run reads."""

import gc

from conformance import bundle, cli, plugin
from conformance.model.enablers import core_model
from conformance.selection import declared_cases

__all__ = ["cli", "plugin"]

core_model("1.1")
declared_cases(bundle.testcases())
gc.freeze()
