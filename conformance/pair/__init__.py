"""A device and a server under test that talk with each other, the tester between them, seeing it all."""
