"""The command line; pytest is the runner underneath."""

from conformance.cli.program import app

from conformance.cli import running, cases, runs, proving  # isort: skip - the order of `--help`

__all__ = ["app", "cases", "main", "proving", "running", "runs"]


def main() -> None:
    """Entry point of the console script."""
    app()
