"""Settings that hold for all tests."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent

# How fast examples are made tells of the load of the machine, not of the code under test.
settings.register_profile("any-load", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-load")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those who wait for the timers of other implementations are dealt out among those who start whole runs,
    so that the processor has something to do meanwhile; the order within each stays."""
    waiting = [item for item in items if item.path.is_relative_to(HERE / "dtls")]
    working = [item for item in items if item.path.is_relative_to(HERE / "run")]
    placed = {*waiting, *working}
    others = [item for item in items if item not in placed]
    places = [
        (number / len(group), item) for group in (waiting, working) for number, item in enumerate(group)
    ]
    items[:] = [item for _, item in sorted(places, key=lambda place: place[0])] + others
