"""All that the suite knows about one SUT belongs here, and how it starts, resets, triggers and ends it.

The guardian program imports this package with a bare interpreter, so nothing is re-exported here.
"""
