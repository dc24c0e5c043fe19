"""Makes `tests.sut.peers` importable wherever pytest is started from."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))
