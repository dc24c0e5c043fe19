"""Proof that the tests can fail: mutants, null peers and the reference, and the kill matrix over them."""
