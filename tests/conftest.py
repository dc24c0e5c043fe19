"""Settings that hold for all tests."""

from hypothesis import HealthCheck, settings

# How fast examples are made tells of the load of the machine, not of the code under test.
settings.register_profile("any-load", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-load")
