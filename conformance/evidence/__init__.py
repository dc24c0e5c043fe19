"""What a run leaves behind for an outsider to check: captures, decoded messages, logs and the run record."""
