"""What to say when the disk takes no more evidence."""

from pathlib import Path


class EvidenceError(Exception):
    """Evidence cannot be written: one line with the file, the system's reason and what to do."""

    def __init__(self, file: Path, problem: OSError) -> None:
        reason = problem.strerror or str(problem)
        super().__init__(
            f"{file}: the evidence cannot be written: {reason}; make room there, or run with another --out"
        )
        self.file, self.reason = file, reason
