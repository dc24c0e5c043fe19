"""OSCORE (RFC 8613): messages of our codec protected by aiocoap, and a carrier that does it on the way."""
