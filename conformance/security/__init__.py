"""How a conversation is secured: the credentials of both ends, and the tester's end of DTLS."""
