"""DTLS 1.2 (RFC 6347) without sockets, clock or threads, open to a script before and after protection."""
