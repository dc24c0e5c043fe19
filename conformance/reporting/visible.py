"""Text of a SUT made safe to show: what does not print is written as an escape."""

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, limit: int | None = None) -> str:
    """The text with control, format and bidirectional characters as escapes, cut to `limit` characters.

    What comes back is one line, cannot steer a terminal, and holds only characters that XML 1.0 §2.2 allows.
    """
    cut = limit is not None and len(text) > limit
    shown = text[:limit] if cut else text
    if not shown.isprintable():
        shown = "".join(char if char.isprintable() else _escape(char) for char in shown)
    return f"{shown}… ({len(text)} characters)" if cut else shown


def _escape(char: str) -> str:
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
