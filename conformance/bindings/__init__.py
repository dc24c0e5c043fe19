"""Bindings map LwM2M operations to one protocol; every protocol has a module here."""
