"""A vendor-neutral conformance and interoperability test suite for OMA Lightweight M2M."""

__version__ = "0.1.0"
